"""Alive, and ready: what a balancer asks each second, and what an operator waits for."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from .. import clock, files, workload

log = logging.getLogger(__name__)
LATE = timedelta(minutes=10)
"""How long a job may wait before someone should look."""
KEPT = 2.0  # seconds that an answer is repeated
OLD = 10.0  # seconds after which an answer says nothing any more


class _Ready:
    """What fails, asked once at a time in a process: others are answered with what was last found."""

    def __init__(self) -> None:
        self._asking = threading.Lock()
        self._found: list[str] = ["starting"]
        self._at = float("-inf")

    def failing(self) -> list[str]:
        age = time.monotonic() - self._at
        if age > KEPT and self._asking.acquire(blocking=False):
            try:
                self._found = ask()
                self._at = time.monotonic()
            finally:
                self._asking.release()
        elif age > OLD:
            return ["database"] if self._at > float("-inf") else ["starting"]
        return self._found

    def forget(self) -> None:
        """The next one who asks is answered anew."""
        self._at = float("-inf")


_ready = _Ready()
failing = _ready.failing
"""The names of what is not ready, none when all is: `database`, `migrations`, `clock`, `workers`, `jobs`, `disk`."""
forget = _ready.forget


def ask() -> list[str]:
    """The same, asked now. Some five statements."""
    try:
        found = [name for name, fails in _CHECKS.items() if fails()]
        return [*found, *_work()]
    except DatabaseError as failure:
        log.warning("not ready: %s", type(failure).__name__)
        return ["database"]


_migrated = False


def _not_migrated() -> bool:
    """Once they are applied, they stay so for this code."""
    global _migrated
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return not _migrated


def _astray() -> bool:
    try:
        clock.now()
    except clock.ClockAstray:
        return True
    return False


def _work() -> list[str]:
    work = workload.work()
    if not work.workers:
        return ["workers"]
    return ["jobs"] if work.oldest is not None and work.oldest > LATE else []


_CHECKS: dict[str, Callable[[], bool]] = {
    "clock": _astray,
    "migrations": _not_migrated,
    "disk": files.nearly_full,
}
