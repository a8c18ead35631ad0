"""typst in a process of its own, for long documents: its caches go when it ends, so the worker's memory stays level.

Reads pickled `(sources, tagged)` from its input, writes the PDF; a refusal of typst goes to the error output, status 2.
"""

import pickle
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import typst

ROOT = Path(__file__).resolve().parents[2]
REFUSED = 2
TIMEOUT = 300


@cache
def _fonts() -> Any:
    return typst.Fonts(include_system_fonts=False)


def compose(sources: Mapping[str, bytes], *, tagged: bool) -> bytes:
    """The PDF of `sources` ("main.typ" and what it reads), here. Raises RuntimeError with typst's message."""
    made: bytes = typst.compile(dict(sources), format="pdf", timestamp=0, font_paths=_fonts(), pdf_tags=tagged)
    return made


def compose_apart(sources: Mapping[str, bytes], *, tagged: bool) -> bytes:
    """The same in a new process, waited for five minutes at most. Raises RuntimeError."""
    child = subprocess.run(
        [sys.executable, "-m", "maillage.core.typeset"],
        input=pickle.dumps((dict(sources), tagged)),
        capture_output=True,
        cwd=ROOT,
        timeout=TIMEOUT,
        check=False,
    )
    if child.returncode:
        raise RuntimeError(child.stderr.decode(errors="replace").strip() or f"typst ended with {child.returncode}")
    return child.stdout


def main() -> int:
    sources, tagged = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by compose_apart
    try:
        sys.stdout.buffer.write(compose(sources, tagged=tagged))
    except RuntimeError as error:
        sys.stderr.write(str(error))
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main())
