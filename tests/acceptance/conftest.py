"""The demonstration's support organisation, loaded once for the module's tests."""

from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction

from maillage.site.demo.support import load_support

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)


@pytest.fixture(scope="module")
def territory(django_db_setup: None, django_db_blocker: Any) -> Iterator[datetime]:
    """Everything is rolled back when the module ends."""
    with django_db_blocker.unblock():
        atomic = transaction.atomic()
        atomic.__enter__()
        try:
            call_command("load_reference", stdout=StringIO())
            load_support(NOW)
            yield NOW
        finally:
            transaction.set_rollback(True)
            atomic.__exit__(None, None, None)
