"""What makes a server archive its write-ahead log: for the embedded one, by the variable `WAL_ARCHIVE` (a folder).

Read before settings are: nothing of Django is imported here but its exceptions.
"""

import os
import re
from pathlib import Path

CONFIGURATION = "maillage.archive.conf"
SCRIPT = Path(__file__).resolve().parents[2] / "bin" / "archive-wal"


def follow_environment(pgdata: Path) -> bool:
    """Have the embedded server of `pgdata` archive its log into the folder `WAL_ARCHIVE`; "off": no more.

    Encrypted for `BACKUP_RECIPIENT` if it is set. Without WAL_ARCHIVE it stays as it was: a command started without the
    service's environment changes nothing. Called before the server starts; whether anything changed.
    """
    given = os.environ.get("WAL_ARCHIVE", "")
    if not given:
        return False
    archive, recipient = (
        None if given == "off" else Path(given).resolve(),
        os.environ.get("BACKUP_RECIPIENT", "").strip(),
    )
    if recipient and not re.fullmatch(r"age1[0-9a-z]+", recipient):
        from django.core.exceptions import ImproperlyConfigured

        raise ImproperlyConfigured("BACKUP_RECIPIENT is not a public key of age (age1…).")
    return configure(pgdata, archive, recipient=recipient, owner=pgdata.stat().st_uid)


def settings_for(archive: Path, *, recipient: str = "", timeout: int = 60) -> str:
    """What a server's configuration needs to archive its log: at most `timeout` seconds of work are not there yet.

    `recipient` is the public key of age for which each segment is encrypted.
    """
    words = f'"{SCRIPT}" "%p" "%f" "{archive / "wal"}"' + (f' "{recipient}"' if recipient else "")
    return (
        "# Maillage: the write-ahead log is archived (docs/operations.md).\n"
        "wal_level = replica\narchive_mode = on\n"
        f"archive_timeout = {timeout}\n"
        f"archive_command = '{words}'\n"
    )


def configure(pgdata: Path, archive: Path | None, *, recipient: str = "", owner: int | None = None) -> bool:
    """Have the embedded server of `pgdata` archive its log from its next start on, or no more (None).

    Makes the archive's folder, for the user `owner` that the server runs as. Returns whether anything changed: a server
    that runs already must then be restarted.
    """
    own, main = pgdata / CONFIGURATION, pgdata / "postgresql.conf"
    wanted = settings_for(archive, recipient=recipient) if archive is not None else ""
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
