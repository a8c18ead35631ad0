"""Joins that are told how to run, and forget it."""

import pytest
from django.db import connection

from maillage.core import sql


def _hashes() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW enable_hashjoin")
        return str(cursor.fetchone()[0])


@pytest.mark.django_db
def test_merging_lasts_as_long_as_its_block_even_when_it_fails() -> None:
    with sql.merging():
        assert _hashes() == "off"
    assert _hashes() == "on"
    with pytest.raises(ValueError, match="stop"), sql.merging():
        raise ValueError("stop")
    assert _hashes() == "on"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("pooler", "planned"), [("", 1), ("transaction", 0)])
def test_statements_are_planned_once_unless_a_pool_changes_connections(
    settings: object, pooler: str, planned: int
) -> None:
    """PgBouncer in transaction mode: the next transaction may be on a connection that planned nothing."""
    connection.close()
    settings.DATABASE_POOLER = pooler  # type: ignore[attr-defined]
    for _turn in range(2):
        assert sql.rows("SELECT %(n)s::int + 41", {"n": 1}) == [(42,)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%%+ 41'")
        assert cursor.fetchone() == (planned,)
    connection.close()
