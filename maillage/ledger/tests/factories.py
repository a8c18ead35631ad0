"""Makers of ledger rows for tests, of every context."""

from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

import factory
from factory.django import DjangoModelFactory

from maillage.directory.tests.factories import OrganisationFactory
from maillage.ledger import actions
from maillage.ledger.models import AccountKind, Book, Transaction
from maillage.ledger.types import Line

_keys = count(1)


class BookFactory(DjangoModelFactory):
    class Meta:
        model = Book

    organisation = factory.SubFactory(OrganisationFactory)


def prepay(book: Book, person: Any, amount: Decimal | str, on: date = date(2026, 1, 5)) -> Transaction:
    """`person` pays `amount` in advance, by the bank: their balance goes down (credit)."""
    return actions.post(
        book_id=book.pk,
        key=f"prepay:{next(_keys)}",
        occurred_on=on,
        memo="Dépôt au compte",
        lines=[
            Line(AccountKind.BANK, Decimal(amount)),
            Line(AccountKind.MEMBER, -Decimal(amount), person_id=person.pk),
        ],
    )


def charge(book: Book, person: Any, amount: Decimal | str, on: date = date(2026, 1, 6), key: str = "") -> Transaction:
    """`person` is charged `amount` of margin: their balance goes up (debit)."""
    return actions.post(
        book_id=book.pk,
        key=key or f"charge:{next(_keys)}",
        occurred_on=on,
        memo="Achat",
        lines=[
            Line(AccountKind.MEMBER, Decimal(amount), person_id=person.pk),
            Line(AccountKind.MARGIN, -Decimal(amount)),
        ],
    )
