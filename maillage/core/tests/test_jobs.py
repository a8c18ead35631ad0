"""Jobs are deferred with the change that needs them; those of a dead worker run again; those that failed are seen."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction
from procrastinate.contrib.django import app

from maillage.core import clock, jobs, rescue, workload
from maillage.core.connections import drop_dead

TASK = "core:letter"


def waiting() -> list[tuple[int, str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, queue_name, args::text FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id")
        return list(cursor.fetchall())


def set_status(status: str, **more: Any) -> int:
    """The only job there is, set to a status as a worker would."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM procrastinate_jobs")
        ((key,),) = cursor.fetchall()
        cursor.execute("UPDATE procrastinate_jobs SET status = %s WHERE id = %s", [status, key])
        for column, value in more.items():
            cursor.execute(f"UPDATE procrastinate_jobs SET {column} = %s WHERE id = %s", [value, key])
    return int(key)


@pytest.mark.django_db
def test_a_job_is_deferred_in_the_queue_of_its_task() -> None:
    assert jobs.defer(TASK, letter_id=4)
    ((_id, queue, arguments),) = waiting()
    assert (queue, arguments) == ("mail", '{"letter_id": 4}')


@pytest.mark.django_db
def test_a_word_defers_one_while_it_waits() -> None:
    assert jobs.defer(TASK, once="x", letter_id=4)
    assert not jobs.defer(TASK, once="x", letter_id=4)
    assert jobs.defer_many(TASK, [{"letter_id": 5}, {"letter_id": 6}], once=["x", "y"]) == 1
    assert jobs.defer_many(TASK, []) == 0
    assert len(waiting()) == 2


@pytest.mark.django_db
def test_an_unknown_task_is_an_error() -> None:
    with pytest.raises(KeyError):
        jobs.defer("market.nothing")


@pytest.mark.usefixtures("no_jobs")
def test_a_job_goes_with_its_transaction_in_a_worker_too() -> None:
    """Within a worker, procrastinate's own connector is another connection: ours must not use it."""
    with app.replace_connector(app.connector.get_worker_connector()):
        with transaction.atomic():
            jobs.defer(TASK, letter_id=4)
            transaction.set_rollback(True)
        assert waiting() == []


def rescued() -> None:
    """In a thread: a browser's test may have left a loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(_rescue())).result()


async def _rescue() -> None:
    with app.replace_connector(app.connector.get_worker_connector()):
        async with app.open_async():

            class Context:
                pass

            context = Context()
            context.app = app
            await rescue.rescue.func(context, timestamp=0)


@pytest.mark.usefixtures("no_jobs")
def test_a_job_whose_worker_is_gone_runs_again_and_one_that_kills_workers_fails() -> None:
    jobs.defer(TASK, letter_id=4)
    set_status("doing")
    rescued()
    ((key, _queue, _arguments),) = waiting()
    with connection.cursor() as cursor:
        cursor.execute("SELECT attempts FROM procrastinate_jobs WHERE id = %s", [key])
        assert cursor.fetchone() == (1,)
    set_status("doing", attempts=rescue.RESCUES)
    rescued()
    assert waiting() == []
    (failed,) = workload.failed_jobs()
    assert (failed.id, failed.what) == (key, TASK)


@pytest.mark.usefixtures("no_jobs")
def test_a_job_whose_worker_gives_signs_stays() -> None:
    jobs.defer(TASK, letter_id=4)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id")
        ((worker,),) = cursor.fetchall()
    set_status("doing", worker_id=worker)
    rescued()
    assert waiting() == []
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '31 seconds'")
    rescued()
    assert len(waiting()) == 1


@pytest.mark.django_db
def test_failed_jobs_are_seen_run_again_or_discarded() -> None:
    jobs.defer(TASK, letter_id=4)
    key = set_status("failed")
    found = workload.work()
    assert (found.waiting, found.under_way, found.failed, found.workers) == (0, 0, 1, 0)
    assert workload.run_again(job_ids=[key]) == 1
    assert len(waiting()) == 1
    assert workload.run_again(job_ids=[key]) == 0  # it waits already
    assert workload.discard(job_ids=[key]) == 0
    set_status("failed")
    assert workload.discard(job_ids=[key]) == 1
    assert workload.failed_jobs() == []


@pytest.mark.django_db
def test_an_event_that_failed_names_who_hears_it() -> None:
    jobs.defer("core:event", handler="maillage.market.emails:confirm_order", event="x:Y", payload={"order_id": 3})
    set_status("failed")
    (failed,) = workload.failed_jobs()
    assert (failed.what, failed.arguments) == ("market.emails:confirm_order", {"order_id": 3})


# --- the hour -------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_hour_is_the_databases() -> None:
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=30)


@pytest.mark.parametrize(
    ("apart", "said"),
    [
        (timedelta(days=3), "3 j"),
        (timedelta(hours=-5, minutes=-3), "5 h 3 min"),
        (timedelta(minutes=3), "3 min"),
    ],
)
def test_a_machine_whose_clock_is_astray_says_by_how_much(apart: timedelta, said: str) -> None:
    with pytest.raises(clock.ClockAstray, match=said):
        clock.check(datetime.now(UTC) - apart)


def test_a_minute_is_forgiven() -> None:
    clock.check(datetime.now(UTC) - timedelta(seconds=100))


def test_a_clock_that_jumped_since_the_start_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_started", clock._started - 600)
    with pytest.raises(clock.ClockAstray, match="sauté de 10 min"):
        clock.check(datetime.now(UTC))


# --- connections ----------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_server_closed_is_found_without_asking() -> None:
    connection.ensure_connection()
    assert drop_dead() == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        ((pid,),) = cursor.fetchall()
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    finally:
        other.close()
    assert drop_dead() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
