"""What makes a server archive its write-ahead log: for the embedded one, by the variable `WAL_ARCHIVE` (a folder).

Read before settings are: nothing of Django is imported here.
"""

import os
from pathlib import Path

CONFIGURATION = "maillage.archive.conf"
SCRIPT = Path(__file__).resolve().parents[2] / "bin" / "archive-wal"


def follow_environment(pgdata: Path) -> bool:
    """Have the embedded server of `pgdata` archive its log into the folder `WAL_ARCHIVE`; "off": no more.

    Unset, it stays as it was: a command started without the service's environment changes nothing. Called before the
    server starts; whether anything changed.
    """
    given = os.environ.get("WAL_ARCHIVE", "")
    if not given:
        return False
    return configure(pgdata, None if given == "off" else Path(given).resolve(), owner=pgdata.stat().st_uid)


def settings_for(archive: Path, *, timeout: int = 60) -> str:
    """What a server's configuration needs to archive its log: at most `timeout` seconds of work are not there yet."""
    return (
        "# Maillage: the write-ahead log is archived (docs/operations.md).\n"
        "wal_level = replica\narchive_mode = on\n"
        f"archive_timeout = {timeout}\n"
        f'archive_command = \'"{SCRIPT}" "%p" "%f" "{archive / "wal"}"\'\n'
    )


def configure(pgdata: Path, archive: Path | None, *, owner: int | None = None) -> bool:
    """Have the embedded server of `pgdata` archive its log from its next start on, or no more (None).

    Makes the archive's folder, for the user `owner` that the server runs as. Returns whether anything changed: a server
    that runs already must then be restarted.
    """
    own, main = pgdata / CONFIGURATION, pgdata / "postgresql.conf"
    wanted = settings_for(archive) if archive is not None else ""
    if archive is not None:
        for folder in (archive, archive / "wal"):
            folder.mkdir(parents=True, exist_ok=True, mode=0o755)
        if owner is not None:
            os.chown(archive / "wal", owner, -1)
    if wanted == (own.read_text() if own.exists() else ""):
        return False
    own.write_text(wanted)
    own.chmod(0o644)
    line = f"include_if_exists '{CONFIGURATION}'\n"
    if line not in main.read_text():
        with main.open("a") as file:
            file.write(line)
    return True
