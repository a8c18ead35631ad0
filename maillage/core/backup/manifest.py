"""What a backup says of itself: versions, moment, rows by table, files, and its parts with their digests."""

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

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
    if content["format"] > FORMAT or content.keys() - {known.name for known in fields(Manifest)}:
        raise newer(str(content.get("maillage", "?")))
    return Manifest(**content | {"parts": [Part(**part) for part in content["parts"]]})


def newer(version: str) -> BackupRefused:
    """The refusal of a backup that this version cannot read, in French and in English: a restore is nobody's page."""
    said = []
    for language in ("fr", "en"):
        with translation.override(language):
            said.append(
                _(
                    "Cette sauvegarde a été faite par une version plus récente de Maillage (%(version)s). "
                    "Rien n’a été touché : mettez d’abord Maillage à jour, puis recommencez."
                )
                % {"version": version}
            )
    return BackupRefused("\n".join(said))


def _seal(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
