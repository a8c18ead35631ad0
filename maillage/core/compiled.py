"""`python -m maillage.core.compiled`: each catalogue (`.po`) that changed is compiled to what is read (`.mo`).

Every command of `bin/` runs it. It needs no settings, and writes nothing when nothing changed.
"""

import os
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def compiled(path: Path) -> Path:
    """The `.mo` beside the `.po`, made whole or not at all: two commands may be at it at once."""
    wanted = path.with_suffix(".mo")
    partial = path.with_suffix(f".{os.getpid()}")
    with path.open("rb") as source, partial.open("wb") as target:
        write_mo(target, read_po(source, locale=path.parts[-3]))
    partial.replace(wanted)
    return wanted


def stale(root: Path) -> list[Path]:
    """The `.po` files below the folder that are newer than their `.mo`, or have none."""
    return [
        path
        for path in sorted(root.glob("*/locale/*/LC_MESSAGES/django.po"))
        if not (mo := path.with_suffix(".mo")).exists() or mo.stat().st_mtime < path.stat().st_mtime
    ]


if __name__ == "__main__":
    for path in stale(Path(__file__).parents[1]):
        compiled(path)
