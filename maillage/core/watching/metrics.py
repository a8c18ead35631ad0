"""Figures of the service in Prometheus' text format, at `/mesures/`, for who knows `METRICS_TOKEN`.

Requests are counted by the web processes of the machine that is asked, together (prometheus_client's files in the
folder of `PROMETHEUS_MULTIPROC_DIR`, which `bin/serve` empties when it starts). Disk is its own. All else is
read in the database when asked: it is the same on every machine. Labels say what, never who.
"""

import hmac
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError
from django.http import HttpRequest
from prometheus_client import CollectorRegistry, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from .. import files, sql, workload
from ..models import Letter
from . import counts

log = logging.getLogger(__name__)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True)
class _Figure:
    name: str
    said: str
    value: Callable[[], float]


_figures: list[_Figure] = []


def figure(name: str, said: str, value: Callable[[], float]) -> None:
    """Add a figure that is read in the database when asked (`site/wiring.py` says which)."""
    if name not in {known.name for known in _figures}:
        _figures.append(_Figure(name, said, value))


# --- the last backup ------------------------------------------------------------------------------
_BACKUP = "backup:done"


def backup_done(*, now: datetime) -> None:
    """A backup was made and read again: noted in the database that it is of, for every machine to see."""
    cache.set(_BACKUP, now, timeout=None)


def last_backup() -> datetime | None:
    """When the last backup was made; None: never, or before the database was restored."""
    found: datetime | None = cache.get(_BACKUP)
    return found


# --- what is read when asked ----------------------------------------------------------------------
class _Service(Collector):
    def collect(self) -> Iterator[GaugeMetricFamily]:
        if (free := files.free_space()) is not None:
            yield _gauge("maillage_disk_free_bytes", "Room for files on this machine.", free)
        try:
            found = list(_of_the_database())
        except DatabaseError as failure:
            log.warning("figures: the database does not answer: %s", type(failure).__name__)
            found = []
        yield _gauge("maillage_database_up", "1 when the database answers.", int(bool(found)))
        yield from found


_SIZE = """
SELECT pg_database_size(current_database()),
       (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()),
       current_setting('max_connections')::int
"""


def _of_the_database() -> Iterable[GaugeMetricFamily]:
    work = workload.work()
    ((size, used, most),) = sql.rows(_SIZE, {})
    late = work.oldest.total_seconds() if work.oldest is not None else 0
    done = last_backup()
    waiting = Letter.objects.filter(state__in=(Letter.State.WAITING, Letter.State.SENDING)).count()
    yield _gauge("maillage_workers", "Workers that gave a sign in the last half minute.", work.workers)
    yield _gauge("maillage_jobs_waiting", "Jobs that could run now.", work.waiting)
    yield _gauge("maillage_jobs_running", "Jobs under way.", work.under_way)
    yield _gauge("maillage_jobs_failed", "Jobs that failed for good and wait for someone.", work.failed)
    yield _gauge("maillage_jobs_oldest_seconds", "Age of the oldest job that waits.", late)
    yield _gauge("maillage_letters_waiting", "Letters that have not left.", waiting)
    failed = Letter.objects.filter(state=Letter.State.FAILED).count()
    yield _gauge("maillage_letters_failed", "Letters that were not delivered.", failed)
    yield _gauge("maillage_database_bytes", "Size of the database.", size)
    yield _gauge("maillage_database_connections", "Connections to this database.", used)
    yield _gauge("maillage_database_connections_max", "Connections that the server accepts.", most)
    if done is not None:
        yield _gauge("maillage_backup_timestamp_seconds", "When the last backup was made.", done.timestamp())
    for known in _figures:
        yield _gauge(known.name, known.said, known.value())


def _gauge(name: str, said: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, said, value=value)


def may_read(request: HttpRequest) -> bool:
    """Whether the request brings the secret; never without one."""
    given = request.headers.get("Authorization", "").encode()
    return bool(settings.METRICS_TOKEN) and hmac.compare_digest(given, f"Bearer {settings.METRICS_TOKEN}".encode())


def text() -> bytes:
    """All figures. Some eight statements."""
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(counts.registry)
    registry.register(_Service())
    return generate_latest(registry)
