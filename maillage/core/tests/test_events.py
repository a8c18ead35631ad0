"""Events become jobs of the same transaction; a quiet one wakes nobody."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

import psycopg
import pytest
from django.db import connection, transaction

from maillage.core import events


@dataclass(frozen=True)
class Happened(events.Event):
    number: int
    day: date
    amount: Decimal


@dataclass(frozen=True)
class HappenedOften(events.Event):
    quiet: ClassVar[bool] = True

    number: int


heard: list[events.Event] = []


def hear(event: events.Event) -> None:
    heard.append(event)


@pytest.fixture(autouse=True)
def subscribed() -> Iterator[None]:
    events.subscribe(Happened, hear, queue="mail")
    events.subscribe(HappenedOften, hear, queue="mail")
    yield
    heard.clear()
    for event in (Happened, HappenedOften):
        events._subscriptions.pop(event)


def jobs() -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT queue_name, task_name, priority, args FROM procrastinate_jobs"
            " WHERE args ->> 'event' LIKE '%:Happened%' ORDER BY id"
        )
        return list(cursor.fetchall())


@pytest.mark.django_db
def test_event_is_a_job_that_hands_it_over() -> None:
    event = Happened(7, date(2026, 10, 1), Decimal("12.50"))
    events.publish(event)
    ((queue, task, priority, args),) = jobs()
    assert (queue, task, priority) == ("mail", "core:event", 0)
    events.hand_over(**json.loads(args))
    assert heard == [event]


@pytest.mark.django_db
def test_event_of_a_refused_change_is_not_told() -> None:
    with transaction.atomic():
        events.publish(HappenedOften(1))
        transaction.set_rollback(True)
    assert jobs() == []


@pytest.mark.django_db(transaction=True)
def test_quiet_event_wakes_no_worker_and_waits_behind_the_others() -> None:
    with psycopg.connect(**_server(), autocommit=True) as worker:
        worker.execute('LISTEN "procrastinate_any_queue_v1"')
        events.publish(HappenedOften(1))
        assert list(worker.notifies(timeout=0.3)) == []
        events.publish(Happened(2, date(2026, 10, 1), Decimal(1)))
        assert len(list(worker.notifies(timeout=5, stop_after=1))) == 1
    assert [priority for _q, _t, priority, _a in jobs()] == [-1, 0]


def _server() -> dict[str, Any]:
    known = connection.get_connection_params()
    return {key: known[key] for key in ("dbname", "user", "host", "password", "port") if key in known}
