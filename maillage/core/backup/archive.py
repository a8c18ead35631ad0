"""The archive of the write-ahead log: base backups, and the pruning of what no base needs.

An archive is a folder with `wal/` (segments, compressed by `bin/archive-wal`) and `base/<moment, UTC>/`. The restore to
a moment is `moment.py`. Nothing here needs Django's applications.
"""

import json
import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from . import BackupRefused, tools

STAMP = "%Y-%m-%dT%H%M%SZ"
SEGMENT = 16 * 2**20


def base_backup(
    archive: Path, *, env: Mapping[str, str], version: int, keep: int, now: datetime, echo: Callable[[str], None]
) -> Path:
    """A base backup in the archive, verified; then bases beyond the `keep` newest go, and the log that none needs.

    `env` reaches the server by PG… variables. Raises BackupRefused, and leaves nothing behind then.
    """
    bin_folder, target = tools.at_least(version), archive / "base" / now.astimezone(UTC).strftime(STAMP)
    if target.exists():
        raise BackupRefused(f"{target} is there already.")
    draft = target.with_name(f".{target.name}.{uuid4().hex[:8]}.part")
    draft.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        echo("Base backup")
        tools.run([bin_folder / "pg_basebackup", "--checkpoint=fast", "--no-password", "--pgdata", draft], env=env)
        tools.run([bin_folder / "pg_verifybackup", "--quiet", draft])
        draft.replace(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    prune(archive, keep=keep, bin_folder=bin_folder, echo=echo)
    return target


def bases(archive: Path) -> list[tuple[datetime, Path]]:
    """The base backups of an archive with the moments at which they were asked for, oldest first."""
    folders = (archive / "base").glob("[0-9]*Z")
    return sorted((datetime.strptime(folder.name, STAMP).replace(tzinfo=UTC), folder) for folder in folders)


def prune(archive: Path, *, keep: int, bin_folder: Path, echo: Callable[[str], None]) -> None:
    """Take away bases beyond the `keep` newest (one at least stays), then the segments older than the oldest kept."""
    known = bases(archive)
    for _at, folder in known[: -max(keep, 1)]:
        echo(f"Pruned {folder.name}")
        shutil.rmtree(folder)
    oldest = bases(archive)[0][1]
    tools.run([bin_folder / "pg_archivecleanup", "--strip-extension=.gz", archive / "wal", first_segment(oldest)])


def first_segment(base: Path) -> str:
    """The name of the first segment of log that a base backup needs."""
    first = json.loads((base / "backup_manifest").read_text())["WAL-Ranges"][0]
    high, low = (int(part, 16) for part in first["Start-LSN"].split("/"))
    return f"{first['Timeline']:08X}{high:08X}{low // SEGMENT:08X}"
