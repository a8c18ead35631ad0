"""Events between contexts, upwards: published inside a transaction as jobs of the same database (the outbox).

An event is a frozen dataclass of plain values in its context's `types.py`. Subscriptions stand in `site/wiring.py`:

    subscribe(CycleClosed, documents.prepare, queue="documents")

Handlers take the event, run in the worker, at least once, and are idempotent. An event of which there are many a second
is `quiet`: its jobs wake nobody (docs/adr/0007-quiet-events.md).
"""

import importlib
import json
import logging
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID, uuid4

import procrastinate

from . import sql

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Event:
    """Base of events. A `quiet` one notifies no worker: they find its jobs when they look for work."""

    quiet: ClassVar[bool] = False


@dataclass(frozen=True)
class _Subscription:
    handler: str
    queue: str


_subscriptions: dict[type[Event], list[_Subscription]] = {}
_READ: dict[Any, Callable[[Any], Any]] = {
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
    Decimal: Decimal,
    UUID: UUID,
}


def path_of(thing: Any) -> str:
    return f"{thing.__module__}:{thing.__qualname__}"


def load(path: str) -> Any:
    module, name = path.split(":")
    return getattr(importlib.import_module(module), name)


def subscribe[E: Event](event: type[E], handler: Callable[[E], Any], *, queue: str = "default") -> None:
    """Run `handler(event)` in the worker for each published `event`. Idempotent; called once, from `site/wiring.py`."""
    subscription = _Subscription(path_of(handler), queue)
    known = _subscriptions.setdefault(event, [])
    if subscription not in known:
        known.append(subscription)


WRITE = """
INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args)
SELECT job.queue, 'core:event', job.priority, job.args
FROM json_to_recordset(%(jobs)s::json) AS job(queue text, priority integer, args jsonb)
"""
"""Writes the `jobs` of an event (`jobs_of`): alone, or as a part of a caller's statement."""

_QUIET = -1  # a priority below zero notifies nobody: see the migration `core.0003_quiet_jobs`


def publish(event: Event) -> None:
    """Defer one job per subscription, in the current transaction: all or nothing with the change that it tells of."""
    if type(event) in _subscriptions:
        sql.run(WRITE, {"jobs": jobs_of(event)})


def jobs_of(event: Event) -> str:
    """The jobs that tell of an event, one per subscription, as `WRITE` reads them."""
    payload = {k: v if isinstance(v, (int, bool, type(None))) else str(v) for k, v in asdict(event).items()}
    return json.dumps([
        {
            "queue": subscription.queue,
            "priority": _QUIET if event.quiet else 0,
            "args": {"handler": subscription.handler, "event": path_of(type(event)), "payload": payload},
        }
        for subscription in _subscriptions.get(type(event), [])
    ])  # fmt: skip


def _revive(kind: type[Event], payload: dict[str, Any]) -> Event:
    values: dict[str, Any] = {}
    for field in fields(kind):
        raw = payload.get(field.name)
        values[field.name] = _READ[field.type](raw) if raw is not None and field.type in _READ else raw
    return kind(**values)


blueprint = procrastinate.Blueprint()


AGAIN = procrastinate.RetryStrategy(max_attempts=8, exponential_wait=4)


_occasion: ContextVar[str] = ContextVar("occasion", default="")


def occasion() -> str:
    """One word for this running of a handler, the same when its job is run again: for the keys of letters."""
    return _occasion.get() or uuid4().hex


@blueprint.task(name="event", retry=AGAIN, pass_context=True)
def handle(context: procrastinate.JobContext, *, handler: str, event: str, payload: dict[str, Any]) -> None:
    """Hand an event over to one of those who hear it."""
    token = _occasion.set(f"job-{context.job.id}")
    try:
        hand_over(handler=handler, event=event, payload=payload)
    finally:
        _occasion.reset(token)


def hand_over(*, handler: str, event: str, payload: dict[str, Any]) -> None:
    """Call a handler with the event that was published."""
    load(handler)(_revive(load(event), payload))


def on_app_ready(app: procrastinate.App) -> None:
    from . import letters, rescue  # noqa: F401 - their tasks join the blueprint

    app.add_tasks_from(blueprint, namespace="core")
