"""What a backup says of itself: versions, moment, rows by table, files, and its parts with their digests."""

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from . import BackupRefused
from .parts import Part

NAME = "manifest.json"
FORMAT = 1


@dataclass(frozen=True)
class Manifest:
    """`moment` is that of the snapshot (ISO 8601); `rows` counts each table then; `missing` and `differing` name files

    that were already gone, or not what their rows say, when the backup was made. Sizes in bytes.
    """

    moment: str
    maillage: str
    postgresql: int
    migrations: list[list[str]]
    recipient: str
    database_size: int
    rows: dict[str, int]
    files: int
    files_size: int
    missing: list[str]
    differing: list[str]
    parts: list[Part] = field(default_factory=list)
    format: int = FORMAT

    def part(self, stem: str) -> Part:
        """The part `database.dump`, `files.tar` or `files.json`, encrypted or not."""
        return next(part for part in self.parts if part.name.removesuffix(".age") == stem)


def write(folder: Path, manifest: Manifest) -> None:
    """The manifest with its seal, flushed to the disk."""
    content = asdict(manifest)
    with (folder / NAME).open("x", encoding="utf-8") as file:
        json.dump(content | {"seal": _seal(content)}, file, indent=1, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())


def read(folder: Path) -> Manifest:
    """The manifest of a backup. Raises BackupRefused when there is none, or when it is not what was written."""
    try:
        content = json.loads((folder / NAME).read_text(encoding="utf-8"))
        seal = content.pop("seal")
    except OSError as error:
        raise BackupRefused(f"{folder} is not a backup: {NAME} cannot be read ({error.strerror}).") from error
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise BackupRefused(f"The backup is damaged: {NAME} is not what was written.") from error
    if seal != _seal(content):
        raise BackupRefused(f"The backup is damaged: {NAME} is not what was written.")
    if content["format"] > FORMAT:
        raise BackupRefused("This backup was made by a newer Maillage: restore it with that version.")
    return Manifest(**content | {"parts": [Part(**part) for part in content["parts"]]})


def _seal(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
