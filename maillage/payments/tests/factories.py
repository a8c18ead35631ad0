"""Makers of payments for tests, of every context."""

from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from maillage.directory.tests.factories import OrganisationFactory, PersonFactory
from maillage.payments import actions
from maillage.payments.models import ExpectedTransfer, Payment

_keys = count(1)
DAY = date(2026, 3, 2)


def paid(
    organisation: Any = None, person: Any = None, amount: str = "20", method: str = "cash", **more: Any
) -> Payment:
    """A payment received."""
    return actions.record(
        organisation_id=(organisation or OrganisationFactory()).pk,
        person_id=(person or PersonFactory()).pk,
        method=method,
        amount=Decimal(amount),
        **{"key": f"test:{next(_keys)}", "occurred_on": DAY, **more},
    )


def expected(
    organisation: Any, amount: str, person: Any = None, source: str = "", buyer_id: int | None = None
) -> ExpectedTransfer:
    """An announced transfer."""
    return actions.expect_transfer(
        organisation_id=organisation.pk,
        person_id=(person or PersonFactory()).pk,
        amount=Decimal(amount),
        source=source or f"order:{next(_keys)}",
        buyer_id=buyer_id,
    )
