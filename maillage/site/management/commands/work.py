"""The worker of background and periodic jobs: `manage.py work`. Ends when its clock is astray, so that others work."""

import argparse
import asyncio
import logging
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.worker import Worker

from maillage.core import clock, workload
from maillage.core.connections import drop_dead
from maillage.core.watching import logs

log = logging.getLogger(__name__)
jobs_log = logging.getLogger("maillage.jobs")
ASTRAY = 3  # the exit code
POLLING = 2.0  # seconds between two looks for the jobs of quiet events, of which nobody is told
LOOK = timedelta(seconds=20)


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--concurrency", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            clock.now()
        except clock.ClockAstray as astray:
            self._stop(astray)
        watch = _Clock()
        with app.replace_connector(app.connector.get_worker_connector()):
            asyncio.run(_run(concurrency=options["concurrency"], watch=watch))
        if watch.astray is not None:
            self._stop(watch.astray)

    def _stop(self, astray: clock.ClockAstray) -> None:
        self.stderr.write(f"✗ {astray}")
        sys.exit(ASTRAY)


class _Clock:
    """Looks at the clock before a job, every `LOOK` at most; an astray one stops the worker."""

    def __init__(self) -> None:
        self.astray: clock.ClockAstray | None = None
        self._looked = timezone.now()

    async def __call__(self, call_next: Callable[[], Awaitable[Any]], context: JobContext, worker: Worker) -> Any:
        if self.astray is None and abs(timezone.now() - self._looked) > LOOK:
            self._looked = timezone.now()
            row = await context.app.connector.execute_query_one_async("SELECT clock_timestamp() AS at")
            try:
                clock.check(row["at"])
            except clock.ClockAstray as astray:
                log.critical("%s", astray)
                self.astray = astray
                worker.stop()  # type: ignore[no-untyped-call]
        return await call_next()


async def _said(call_next: Callable[[], Awaitable[Any]], context: JobContext, worker: Worker) -> Any:
    """One line of log a job, and its number in every line that it writes."""
    token = logs.job.set(str(context.job.id))
    started, status = time.perf_counter(), "failed"
    try:
        done = await call_next()
        status = "done"
        return done
    finally:
        ms = round((time.perf_counter() - started) * 1000, 1)
        jobs_log.info("job", extra={"task": context.job.task_name, "status": status, "ms": ms})
        logs.job.reset(token)


async def _why(call_next: Callable[[], Awaitable[Any]], context: JobContext, worker: Worker) -> Any:
    """Note why a job failed, for administrators."""
    try:
        return await call_next()
    except Exception as error:
        noted = {"job": context.job.id, "said": workload.said_of(error)}
        with suppress(Exception):
            await context.app.connector.execute_query_async(workload.NOTE, **noted)
        raise


def _living(call_next: Callable[[], Any], context: JobContext, worker: Worker) -> Any:
    """A job begins with a connection that lives: the database may have restarted since the last one."""
    drop_dead()
    return call_next()


async def _run(*, concurrency: int, watch: _Clock) -> None:
    async with app.open_async():
        await app.run_worker_async(
            concurrency=concurrency,
            fetch_job_polling_interval=POLLING,
            delete_jobs="successful",
            task_middleware=[_living],
            worker_middleware=[_said, watch, _why],
        )
