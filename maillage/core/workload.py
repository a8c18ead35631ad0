"""How the work of the workers stands, and the jobs that failed for good: seen, run again, discarded."""

import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinateJob, ProcrastinateWorker

from . import sql
from .models import JobTrouble

SILENT = 30.0  # seconds without a sign of a worker (it gives one every ten) after which it is dead


@dataclass(frozen=True)
class FailedJob:
    """A job that nobody runs any more. `what` is its task, or the handler of the event that it hands over."""

    id: int
    what: str
    arguments: Mapping[str, Any]
    attempts: int
    failed_at: datetime | None
    why: str


def failed_jobs(*, limit: int = 200) -> list[FailedJob]:
    """The jobs that failed for good, the latest first, each with why. Three statements."""
    rows = list(ProcrastinateJob.objects.filter(status="failed").order_by("-id")[:limit])
    failures = ProcrastinateEvent.objects.filter(job__in=[row.id for row in rows], type="failed")
    moments = dict(failures.order_by("at").values_list("job_id", "at"))
    reasons = dict(JobTrouble.objects.filter(pk__in=[row.id for row in rows]).values_list("pk", "said"))
    return [
        FailedJob(
            row.id,
            *_named(row.task_name, row.args),
            attempts=row.attempts,
            failed_at=moments.get(row.id),
            why=reasons.get(row.id, ""),
        )
        for row in rows
    ]


NOTE = """
INSERT INTO core_jobtrouble (job, said, at) VALUES (%(job)s, %(said)s, clock_timestamp())
ON CONFLICT (job) DO UPDATE SET said = EXCLUDED.said, at = EXCLUDED.at
"""


def said_of(error: BaseException) -> str:
    """An exception in one line: what, where in our code, and its words."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "/maillage/" in frame.filename]
    where = f" ({frames[-1].filename.rpartition('/maillage/')[2]}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}{where}: {error}"[:500]


def forget_troubles() -> int:
    """The reasons of jobs that are no more, or went well since; how many."""
    standing = ProcrastinateJob.objects.filter(status__in=("todo", "doing", "failed")).values("pk")
    return JobTrouble.objects.exclude(pk__in=standing).delete()[0]


def _named(task: str, arguments: dict[str, Any]) -> tuple[str, Mapping[str, Any]]:
    if task == "core:event":
        handler = str(arguments.get("handler", "")).removeprefix("maillage.")
        return handler, arguments.get("payload", {})
    return task, arguments


def run_again(*, job_ids: Iterable[int]) -> int:
    """Failed jobs wait again; how many."""
    keys = _failed(job_ids)
    for key in keys:
        app.job_manager.retry_job_by_id(key, retry_at=_soon())
    return len(keys)


def discard(*, job_ids: Iterable[int]) -> int:
    """Failed jobs that nobody will run are taken away; how many."""
    keys = _failed(job_ids)
    return sql.run(
        "DELETE FROM procrastinate_jobs WHERE id = ANY(%(keys)s::bigint[]) AND status = 'failed'",
        {"keys": sql.array(keys)},
    )


def _failed(job_ids: Iterable[int]) -> list[int]:
    known = ProcrastinateJob.objects.filter(pk__in=list(job_ids), status="failed")
    return list(known.order_by("pk").values_list("pk", flat=True))


def _soon() -> datetime:
    ((at,),) = sql.rows("SELECT now()", {})
    return at  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Work:
    """How the work stands: jobs that wait and since when the oldest does, those under way, workers that give signs."""

    waiting: int
    oldest: timedelta | None
    under_way: int
    failed: int
    workers: int


_WORK = """
SELECT count(*) FILTER (WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now())),
       count(*) FILTER (WHERE status = 'doing'),
       count(*) FILTER (WHERE status = 'failed'),
       (SELECT now() - min(at) FROM procrastinate_events e JOIN procrastinate_jobs j ON j.id = e.job_id
        WHERE j.status = 'todo' AND e.type = 'deferred' AND (j.scheduled_at IS NULL OR j.scheduled_at <= now()))
FROM procrastinate_jobs
"""


def work() -> Work:
    """Two statements."""
    ((waiting, under_way, failed, oldest),) = sql.rows(_WORK, {})
    alive = ProcrastinateWorker.objects.filter(last_heartbeat__gt=_soon() - timedelta(seconds=SILENT)).count()
    return Work(waiting=waiting, oldest=oldest, under_way=under_way, failed=failed, workers=alive)
