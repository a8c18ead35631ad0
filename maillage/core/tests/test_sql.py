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
