"""Bringing a backup back: all of it is read and found whole first, then the database in one transaction, then files."""

import shutil
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, cast

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from .. import files as kept
from ..carried import APPS_OF_BEFORE
from ..entrusted import Read
from . import BackupRefused, files, manifest, parts, tools
from .make import SPARE, count_rows, server_version

EMPTIED = """
DROP SCHEMA public CASCADE;
CREATE SCHEMA public AUTHORIZATION pg_database_owner;
GRANT USAGE ON SCHEMA public TO PUBLIC;
"""


def restore_backup(
    folder: Path, *, replace: bool, echo: Callable[[str], None] = lambda text: None
) -> manifest.Manifest:
    """Bring database and files back from a backup, then up to date with this version; what the backup told.

    Nothing is touched before the whole backup was read, and the database changes in one transaction: when it fails, it
    is as it was. `replace` allows for a database that is not empty: what it holds is lost. Raises BackupRefused.
    """
    told = manifest.read(folder)
    _known(told)
    key = _key(told)
    echo(f"Reading the backup of {told.moment}")
    for part in told.parts:
        parts.check(folder, part, key=key)
    version = server_version()
    if version < told.postgresql:
        raise BackupRefused(f"The backup is of PostgreSQL {told.postgresql}; this server is {version}: use one as new.")
    bin_folder = tools.at_least(max(version, told.postgresql))
    if not replace and _tables():
        raise BackupRefused(
            "The database is not empty: restore into an empty one, or say --replace to lose what it holds."
        )
    with parts.opened(folder, told.part("files.json"), key=key) as stream:
        wanted = files.read_index(stream)
    _room(wanted)
    echo(f"Database: {sum(told.rows.values())} rows")
    with parts.opened(folder, told.part("database.dump"), key=key) as stream:
        _load(stream, bin_folder, version)
    _count(told)
    echo("Migrations")
    call_command("migrate", interactive=False, verbosity=0)
    echo(f"Files: {len(wanted)}")
    with parts.opened(folder, told.part("files.tar"), key=key) as stream:
        files.bring_back(stream, wanted)
    kept.adopt(kept.names_in_rows())  # of a version that did not note them
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return told


def _key(told: manifest.Manifest) -> Any:
    if not told.recipient:
        return None
    key = parts.identity()
    if key is None:
        raise BackupRefused("The backup is encrypted: name the file of its private key in BACKUP_KEY_FILE.")
    if str(key.to_public()) != told.recipient:
        raise BackupRefused(f"BACKUP_KEY_FILE is not the key of this backup, which was made for {told.recipient}.")
    return key


def _known(told: manifest.Manifest) -> None:
    """The code must know every migration of the backup."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    replaced = {key for node in loader.disk_migrations.values() for key in node.replaces}
    known = set(loader.disk_migrations) | replaced
    mine = [(app, name) for app, name in told.migrations if app not in APPS_OF_BEFORE]
    unknown = [f"{app}.{name}" for app, name in mine if (app, name) not in known]
    if unknown:
        raise manifest.newer(f"{told.maillage}, {unknown[-1]}")


def _tables() -> list[str]:
    return connection.introspection.table_names()


def _room(wanted: dict[str, Read]) -> None:
    """Refuse early a disk that could not hold the files. A storage that is not a disk is not asked."""
    place = Path(settings.MEDIA_ROOT)
    while not place.exists():
        place = place.parent
    needed, free = sum(read.size for read in wanted.values()) + SPARE, shutil.disk_usage(place).free
    if "s3" not in settings.STORAGES["default"]["BACKEND"].lower() and free < needed:
        raise BackupRefused(
            f"The disk of {place} has {free // 2**20} MB left, and the files need {needed // 2**20} MB."
        )


def _load(dump: IO[bytes], bin_folder: Path, version: int) -> None:
    """Empty the schema and load the dump, in one transaction."""
    env = tools.environment(connection.settings_dict)
    connection.close()
    written = subprocess.Popen(  # noqa: S603
        [bin_folder / "pg_restore", "--no-owner", "--no-privileges", "--no-comments", "--file=-"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    loaded = subprocess.Popen(  # noqa: S603
        [bin_folder / "psql", "-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-f", "-"],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        env=env | {"PGOPTIONS": "-c client_min_messages=warning -c statement_timeout=0 -c lock_timeout=0"},
    )  # fmt: skip
    feeder = threading.Thread(target=_feed, args=(dump, written.stdin), daemon=True)
    feeder.start()
    into = cast("IO[bytes]", loaded.stdin)
    whole = False
    try:
        into.write(EMPTIED.encode())
        _pour(cast("IO[bytes]", written.stdout), into, version)
        whole = written.wait() == 0
        if not whole:
            loaded.kill()  # before its COMMIT
        into.close()
    except BrokenPipeError:
        written.kill()
    words = _words(loaded) + _words(written)
    feeder.join()
    if loaded.returncode or not whole:
        raise BackupRefused(f"The database could not be restored and is as it was: {tools.last_words(words)}")


def _words(process: subprocess.Popen[bytes]) -> str:
    """What an ending process complained of. Its pipes are closed."""
    said = cast("IO[bytes]", process.stderr).read().decode(errors="replace")
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with suppress(BrokenPipeError):
                pipe.close()
    return said


def _pour(source: IO[bytes], into: IO[bytes], version: int) -> None:
    """The statements as they come. Those of newer tools that an older server does not know are left out."""
    heading = version < 17
    while heading and (line := source.readline()):
        if line != b"SET transaction_timeout = 0;\n":
            into.write(line)
        heading = not line.startswith(b"COPY ")
    shutil.copyfileobj(source, into, parts.BLOCK)


def _feed(source: IO[bytes], into: IO[bytes]) -> None:
    try:
        shutil.copyfileobj(source, into, parts.BLOCK)
        into.close()
    except (BrokenPipeError, ValueError):
        pass


def _count(told: manifest.Manifest) -> None:
    found = count_rows()
    wrong = [table for table, many in told.rows.items() if found.get(table) != many]
    if wrong:
        raise BackupRefused(f"The restored database lacks rows of the backup: {', '.join(wrong[:5])}.")
