"""The archive of the write-ahead log: base backups, and the pruning of what no base needs.

An archive is a folder with `wal/` (segments, compressed and perhaps encrypted by `bin/archive-wal`) and
`base/<moment, UTC>/`: the server's folder, or that folder in one encrypted part. The restore to a moment is
`moment.py`. Nothing here needs Django's applications.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO
from uuid import uuid4

import psycopg
from psycopg.conninfo import make_conninfo

from . import BackupRefused, parts, tools

STAMP = "%Y-%m-%dT%H%M%SZ"
SEGMENT = 16 * 2**20
SEALED = "base.json"
EXTENSIONS = (".gz", ".gz.age", ".sha256")
"""Of what `bin/archive-wal` writes: a segment, plain or encrypted, and what an encrypted one was."""


def base_backup(
    archive: Path, *, env: Mapping[str, str], version: int, keep: int, now: datetime, echo: Callable[[str], None]
) -> Path:
    """A base backup in the archive, read again; then bases beyond the `keep` newest go, and the log that none needs.

    Encrypted for `BACKUP_RECIPIENT` if it is set. `env` reaches the server by PG… variables. Raises BackupRefused, and
    leaves nothing behind then.
    """
    key, bin_folder = parts.recipient(), tools.at_least(version)
    target = archive / "base" / now.astimezone(UTC).strftime(STAMP)
    if target.exists():
        raise BackupRefused(f"{target} is there already.")
    draft = target.with_name(f".{target.name}.{uuid4().hex[:8]}.part")
    draft.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        echo("Base backup")
        if key:
            draft.mkdir(mode=0o700)
            _sealed(draft, bin_folder, env=env, version=version, key=key)
        else:
            tools.run([bin_folder / "pg_basebackup", "--checkpoint=fast", "--no-password", "--pgdata", draft], env=env)
            tools.run([bin_folder / "pg_verifybackup", "--quiet", draft])
        draft.replace(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    prune(archive, keep=keep, bin_folder=bin_folder, echo=echo)
    return target


@dataclass(frozen=True)
class Sealed:
    """What an encrypted base says of itself in the clear: for which key, PostgreSQL's version, its first segment."""

    recipient: str
    postgresql: int
    first_segment: str
    part: parts.Part


def sealed(base: Path) -> Sealed | None:
    """What an encrypted base says; None of one that is not encrypted. Raises BackupRefused when it cannot be read."""
    if not (base / SEALED).exists():
        return None
    try:
        told = json.loads((base / SEALED).read_text())
        return Sealed(**told | {"part": parts.Part(**told["part"])})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupRefused(f"The base backup is damaged: {base / SEALED} is not what was written.") from error


def _sealed(draft: Path, bin_folder: Path, *, env: Mapping[str, str], version: int, key: str) -> None:
    """One tar, encrypted on its way; a slot keeps the log that it needs until it has it."""
    command = [str(bin_folder / "pg_basebackup"), "--checkpoint=fast", "--no-password", "--format=tar", "--pgdata=-"]
    names = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGPASSWORD": "password", "PGSSLMODE": "sslmode"}
    place = {name: env[variable] for variable, name in names.items() if variable in env}

    def take(stream: IO[bytes]) -> None:
        words = [*command, "--wal-method=fetch", "--manifest-checksums=SHA256"]
        process = subprocess.Popen(words, stdout=stream, stderr=subprocess.PIPE, env=dict(env))  # noqa: S603
        _out, said = process.communicate()
        if process.returncode:
            raise BackupRefused(f"pg_basebackup ended with {process.returncode}: {tools.last_words(said.decode())}")

    where = make_conninfo(**place, dbname=env.get("PGDATABASE", "postgres"))
    with psycopg.connect(where, autocommit=True) as server:
        row = server.execute(_SLOT, [f"maillage_base_{uuid4().hex[:8]}"]).fetchone()
        part = parts.write_part(draft / "base.tar.age", take, to=key)
    if row is None:
        raise BackupRefused("The server keeps no log for the base backup.")
    parts.check(draft, part)
    with (draft / SEALED).open("x") as file:
        json.dump(asdict(Sealed(key, version, row[0], part)), file, indent=1)
        file.flush()
        os.fsync(file.fileno())


_SLOT = "SELECT pg_walfile_name(lsn) FROM pg_create_physical_replication_slot(%s, true, true)"


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
    first = first_segment(bases(archive)[0][1])
    for extension in EXTENSIONS:
        tools.run([bin_folder / "pg_archivecleanup", f"--strip-extension={extension}", archive / "wal", first])


def size(base: Path) -> int:
    """The bytes of a base that is not encrypted."""
    return sum(path.stat().st_size for path in base.rglob("*") if path.is_file())


def first_segment(base: Path) -> str:
    """The name of the first segment of log that a base backup needs."""
    if told := sealed(base):
        return told.first_segment
    first = json.loads((base / "backup_manifest").read_text())["WAL-Ranges"][0]
    high, low = (int(part, 16) for part in first["Start-LSN"].split("/"))
    return f"{first['Timeline']:08X}{high:08X}{low // SEGMENT:08X}"
