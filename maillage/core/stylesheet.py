"""The one style sheet that pages load: tokens, base, layout and every component, joined in the order of the layers.

Each component stays a file of its own in `static/core/components/`. Joined, they are one request, at an address that
names their content, so browsers and proxies may keep it for ever.
"""

import gzip
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from django.conf import settings

FOLDER = Path(__file__).parent / "static" / "core"
LAYERS = "@layer reset, tokens, base, layout, components, utilities;\n"


@dataclass(frozen=True)
class Stylesheet:
    """The text, the same compressed, and 12 characters that change when it does."""

    text: bytes
    packed: bytes
    version: str


def stylesheet() -> Stylesheet:
    """The joined style sheet, read once per process (each time while developing)."""
    return _joined() if settings.DEBUG else _kept()


def _joined() -> Stylesheet:
    files = [FOLDER / name for name in ("tokens.css", "base.css", "layout.css")]
    files += sorted((FOLDER / "components").glob("*.css"))
    text = (LAYERS + "".join(f.read_text(encoding="utf-8") for f in files)).encode()
    return Stylesheet(text, gzip.compress(text, mtime=0), sha256(text).hexdigest()[:12])


@lru_cache(maxsize=1)
def _kept() -> Stylesheet:
    return _joined()
