"""Jobs are deferred by name, in the transaction at hand.

    jobs.defer("market.document", document_id=document.pk)

A task's own `defer` writes through another connection while a worker runs: its job could start before the rows that it
needs are committed, or be deferred by a transaction that fails. `defer` here writes on Django's connection, always.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from procrastinate.contrib.django import app

from . import sql

_DEFER = """
INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args, queueing_lock)
SELECT %(queue)s, %(task)s, 0, job.args, job.once
FROM json_to_recordset(%(jobs)s::json) AS job(args jsonb, once text)
ON CONFLICT DO NOTHING
"""


_UNDER_WAY = """
SELECT DISTINCT (args ->> %(argument)s)::bigint FROM procrastinate_jobs
WHERE task_name = %(task)s AND status IN ('todo', 'doing')
"""


def under_way(task: str, argument: str) -> set[int]:
    """The values of an argument (a key) for which a job of that task waits or runs."""
    return {key for (key,) in sql.rows(_UNDER_WAY, {"task": task, "argument": argument}) if key is not None}


def defer(task: str, *, once: str = "", **arguments: Any) -> bool:
    """Defer one job of the task of that name, in the transaction at hand; its arguments are plain values.

    With `once`, nothing is deferred while a job of the same word waits already; returns whether one was.
    """
    return defer_many(task, [arguments], once=[once]) == 1


def defer_many(task: str, arguments: Iterable[Mapping[str, Any]], *, once: Iterable[str] = ()) -> int:
    """Defer a job for each of `arguments` in one statement; how many were. `once` stands beside them (see `defer`)."""
    listed = list(arguments)
    words = [*once, *[""] * len(listed)]
    if not listed:
        return 0
    rows = [{"args": dict(a), "once": word or None} for a, word in zip(listed, words, strict=False)]
    return sql.run(_DEFER, {"queue": app.tasks[task].queue, "task": task, "jobs": json.dumps(rows)})
