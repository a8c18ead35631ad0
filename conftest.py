"""Fixtures that every test may use: one cast, and what Django needs between tests."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.utils import translation

from tests.database import django_db_setup  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from maillage.directory.tests.factories import Cast


@pytest.fixture(autouse=True)
def _clean_process(request: pytest.FixtureRequest) -> Iterator[None]:
    """No cache, no count of `core.limits` and no language is left over from another test of the same worker."""
    cache.clear()
    translation.activate(settings.LANGUAGE_CODE)
    yield
    cache.clear()
    marker = request.node.get_closest_marker("django_db")
    commits = bool(marker and marker.kwargs.get("transaction")) or "transactional_db" in request.fixturenames
    if commits:  # the table has no model: what a test commits there stays
        with request.getfixturevalue("django_db_blocker").unblock(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM core_cache")


@pytest.fixture
def cast(db: None) -> "Cast":
    """One organisation's coordinator and teammate, an outsider of another, a platform administrator, a visitor."""
    from maillage.directory.tests.factories import make_cast

    return make_cast()


@pytest.fixture
def reference(db: None) -> None:
    """Territories, sectors and consent texts, as `manage.py load_reference` loads them."""
    from maillage.directory.actions import load_reference

    load_reference(by=None)


@pytest.fixture
def no_jobs(transactional_db: None) -> None:
    """No job is left over from another test: procrastinate's tables are not emptied between transactional tests."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
        cursor.execute("DELETE FROM procrastinate_workers")
