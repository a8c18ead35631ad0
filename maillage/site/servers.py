"""The command lines of the two servers, and the environment that they share."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from maillage.core import postgres

MANAGE = str(Path(settings.BASE_DIR) / "manage.py")


def web(*, host: str, port: int, workers: int, threads: int) -> list[str]:
    """Granian on the WSGI application."""
    return [
        str(Path(sys.executable).with_name("granian")),
        "--interface", "wsgi",
        "--host", host,
        "--port", str(port),
        "--workers", str(workers),
        "--blocking-threads", str(threads),
        "--backlog", "2048",
        "--no-ws",
        "--log-level", "warning",
        "--workers-kill-timeout", "10s",
        "--respawn-failed-workers",
        "--respawn-interval", "0.2",
        "maillage.wsgi:application",
    ]  # fmt: skip


def worker(*, concurrency: int = 1) -> list[str]:
    """The worker of background and periodic jobs. It is told of most jobs, and looks for the others (quiet events)."""
    return [sys.executable, MANAGE, "work", "--concurrency", str(concurrency)]


def parts(*names: str) -> dict[str, dict[str, str]]:
    """What each process is told of itself: a page gives up sooner than a job (settings.DATABASE_LIMITS), and web
    processes count their requests together (core.watching.metrics)."""
    told: dict[str, dict[str, str]] = {}
    for name in names:
        web = name.startswith("web")
        told[name] = {"MAILLAGE_PART": "web" if web else "worker"}
        if web and settings.METRICS_TOKEN:
            told[name]["PROMETHEUS_MULTIPROC_DIR"] = _counted_anew()
    return told


def _counted_anew() -> str:
    """The folder where web processes count, emptied; one a port, so that two servers of a machine stay apart."""
    folder = Path(settings.DATA_DIR) / f"counts-{os.environ.get('PORT', '8000')}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return str(folder)


def watches() -> list[Callable[[], None]]:
    """What the supervisor mends: the embedded database, when there is one."""
    return [postgres.watch(settings.DATA_DIR)] if settings.EMBEDDED else []


def environment() -> dict[str, str]:
    """Children join the same database, embedded or not, and the project's folder is importable."""
    path = os.pathsep.join(filter(None, [str(settings.BASE_DIR), os.environ.get("PYTHONPATH", "")]))
    return {"DATABASE_URL": settings.DATABASE_URL, "PYTHONPATH": path, "DJANGO_SETTINGS_MODULE": "maillage.settings"}
