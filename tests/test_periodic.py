"""What the clock does runs on an instance where nothing is yet, and on one that has some of everything."""

import asyncio
import inspect
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from procrastinate.contrib.django import app

from .world import build

PERIODIC = sorted({name for name, _id in app.periodic_registry.periodic_tasks})


def run(name: str) -> None:
    task = app.tasks[name]
    before = [SimpleNamespace(app=app, job=SimpleNamespace(id=1))] if task.pass_context else []
    task.func(*before, timestamp=0)


SYNC = [name for name in PERIODIC if not inspect.iscoroutinefunction(app.tasks[name].func)]


def test_there_are_such_tasks() -> None:
    assert len(SYNC) > 12
    assert set(PERIODIC) - set(SYNC) == {"core:rescue"}


@pytest.mark.django_db
@pytest.mark.parametrize("name", SYNC)
def test_a_periodic_task_runs_where_nothing_is(name: str) -> None:
    run(name)
    run(name)


@pytest.mark.django_db
def test_periodic_tasks_run_on_what_the_tests_know() -> None:
    build()
    for name in SYNC:
        run(name)


@pytest.mark.usefixtures("no_jobs")
def test_the_rescue_of_jobs_runs_where_nothing_is() -> None:
    async def rescue() -> None:
        with app.replace_connector(app.connector.get_worker_connector()):
            async with app.open_async():
                context: Any = SimpleNamespace(app=app)
                await app.tasks["core:rescue"].func(context, timestamp=0)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(rescue())).result()
