"""Making a backup: one snapshot of the database, the files that its rows name, a manifest; read again, then named."""

import os
import shutil
import subprocess
import tarfile
import tomllib
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

from django.conf import settings
from django.db import connection, transaction
from psycopg import sql

from ..entrusted import KeptFile, kept_files
from . import BackupRefused, files, manifest, parts, tools

ROUNDS = 20
SPARE = 64 * 2**20
"""Bytes that stay free on the disk of the backup."""


@dataclass(frozen=True)
class Moment:
    """A snapshot of the database (its name, for other connections), when it was taken, and the files that it names."""

    snapshot: str
    at: str
    named: dict[str, KeptFile]


def make_backup(to: Path, *, echo: Callable[[str], None] = lambda text: None) -> manifest.Manifest:
    """Keep database and files of one moment in the new folder `to`; what it holds, once it was read again.

    Work goes on meanwhile; nothing that was committed before the call is lost. Raises BackupRefused, and leaves nothing
    behind then.
    """
    key, version = parts.recipient(), server_version()
    bin_folder = tools.at_least(version)
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise BackupRefused(f"{to} is there already: give each backup a folder of its own.")
    draft = to.with_name(f".{to.name}.{uuid4().hex[:8]}.part")
    try:
        draft.mkdir(parents=True, mode=0o700)
        with ExitStack() as snapshot:
            made = _write(draft, bin_folder, key, version, snapshot, echo)
        echo("Reading it again")
        for part in made.parts:
            parts.check(draft, part)
        _sync(draft)
        draft.replace(to)
        _sync(to.parent)
    except OSError as error:
        raise BackupRefused(f"The backup could not be written to {to}: {error.strerror}.") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return made


def _write(
    draft: Path, bin_folder: Path, key: str, version: int, snapshot: ExitStack, echo: Callable[[str], None]
) -> manifest.Manifest:
    end, copied, moments = ".age" if key else "", files.Copied(), list[Moment]()

    def copy_files(stream: IO[bytes]) -> None:
        with tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT) as tar:
            for _round in range(ROUNDS):
                moments.append(_moment(snapshot))
                _room(draft, moments[-1])
                if files.copy(moments[-1].named, copied, tar):
                    return
        raise BackupRefused("Files are deleted faster than they can be copied: try again when it is calmer.")

    echo("Files")
    kept = [parts.write_part(draft / f"files.tar{end}", copy_files, to=key)]
    moment = moments[-1]
    index = files.index(moment.named, copied)

    def list_files(stream: IO[bytes]) -> None:
        stream.write(index)

    def dump(stream: IO[bytes]) -> None:
        _dump(stream, bin_folder, moment.snapshot)

    kept.append(parts.write_part(draft / f"files.json{end}", list_files, to=key))
    echo("Database")
    kept.append(parts.write_part(draft / f"database.dump{end}", dump, to=key))
    sizes = [copied.files[name].size for name in moment.named if name in copied.files]
    made = manifest.Manifest(
        moment=moment.at,
        maillage=_version(),
        postgresql=version,
        migrations=[[app, name] for app, name in _ask("SELECT app, name FROM django_migrations ORDER BY id")],
        recipient=key,
        database_size=_database_size(),
        rows=count_rows(),
        files=len(sizes),
        files_size=sum(sizes),
        missing=sorted(copied.missing),
        differing=sorted(copied.differing),
        parts=kept,
    )
    manifest.write(draft, made)
    return made


def _moment(snapshot: ExitStack) -> Moment:
    """End the transaction of the moment before, if any, and begin that of this one; `snapshot` holds it open."""
    snapshot.close()
    snapshot.enter_context(transaction.atomic(durable=True))
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for timeout in ("statement_timeout", "idle_in_transaction_session_timeout"):
            cursor.execute(sql.SQL("SET LOCAL {} = 0").format(sql.Identifier(timeout)))
    ((name, at),) = _ask(
        "SELECT pg_export_snapshot(), to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
    )
    return Moment(name, at, kept_files())


def _room(draft: Path, moment: Moment) -> None:
    """Refuse early a disk that could not hold it: all files, and half of the database, which is compressed."""
    known = sum(kept.size or 0 for kept in moment.named.values())
    needed = known + _database_size() // 2 + SPARE
    free = shutil.disk_usage(draft).free
    if free < needed:
        raise BackupRefused(
            f"The disk of {draft.parent} has {free // 2**20} MB left, and the backup needs about {needed // 2**20} MB."
        )


def _dump(stream: IO[bytes], bin_folder: Path, snapshot: str) -> None:
    command = [
        str(bin_folder / "pg_dump"),
        "--format=custom",
        "--no-owner",
        "--no-privileges",
        f"--snapshot={snapshot}",
    ]
    env = tools.environment(connection.settings_dict)
    process = subprocess.Popen(command, stdout=stream, stderr=subprocess.PIPE, env=env)  # noqa: S603
    _out, said = process.communicate()
    if process.returncode:
        raise BackupRefused(f"pg_dump ended with {process.returncode}: {tools.last_words(said.decode())}")


def server_version() -> int:
    """The major version of PostgreSQL that Django is connected to."""
    ((number,),) = _ask("SELECT current_setting('server_version_num')::int")
    return int(number) // 10_000


def count_rows() -> dict[str, int]:
    """How many rows each table has, as the connection sees them now."""
    tables = _ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    found: dict[str, int] = {}
    for (table,) in tables:
        ((found[table],),) = _ask(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier("public", table)))
    return found


def _database_size() -> int:
    ((size,),) = _ask("SELECT pg_database_size(current_database())")
    return int(size)


def _ask(statement: str | sql.Composed) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def _version() -> str:
    with (settings.BASE_DIR / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
