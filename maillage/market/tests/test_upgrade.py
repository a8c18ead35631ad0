"""A database of the version before: what a full disk had left ready and empty waits to be made."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from maillage.market.models import Cycle, CycleState, Document

from .factories import CycleFactory

BEFORE, NOW = ("market", "0018_tax_numbers"), ("market", "0020_cycle_reopens")


def migrate(target: tuple[str, str]) -> None:
    MigrationExecutor(connection).migrate([target])


@pytest.fixture
def before(transactional_db: Any) -> Iterator[Cycle]:
    cycle = CycleFactory(state=CycleState.CLOSED)
    migrate(BEFORE)
    try:
        yield cycle
    finally:
        migrate(NOW)


_INSERT = """
INSERT INTO market_document (public_id, cycle_id, kind, temperature, state, file, sha256, size, made_at, problem)
VALUES (gen_random_uuid(), %s, %s, '', %s, %s, %s, %s, now(), '')
"""


def test_documents_that_are_ready_without_their_file_wait_and_failed_ones_say_something(before: Cycle) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [before.pk, "harvest", "ready", "documents/a.pdf", "a" * 64, 3])
        cursor.execute(_INSERT, [before.pk, "labels", "ready", "documents/b.pdf", "b" * 64, 0])
        cursor.execute(_INSERT, [before.pk, "pick_list", "ready", "", "", 0])
        cursor.execute(_INSERT, [before.pk, "point_list", "failed", "", "", 0])
    migrate(NOW)
    rows = dict(Document.objects.filter(cycle=before).values_list("kind", "state"))
    assert rows == {"harvest": "ready", "labels": "waiting", "pick_list": "waiting", "point_list": "failed"}
    assert Document.objects.get(kind="point_list").problem == "?"
    assert before.steps.count() == 0
