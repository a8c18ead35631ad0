"""Values of the ledger that other contexts use."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .models import AccountKind, Book, LedgerAccount, Transaction

__all__ = ["AccountKind", "Book", "LedgerAccount", "Line", "Posting", "Transaction"]


@dataclass(frozen=True)
class Line:
    """One side of a transaction: debit positive, credit negative, in dollars. A zero line is dropped."""

    kind: AccountKind | str
    amount: Decimal
    person_id: int | None = None
    organisation_id: int | None = None


@dataclass(frozen=True)
class Posting:
    """A transaction to post in bulk (`actions.post_many`). `by_id` is an account of the directory."""

    key: str
    occurred_on: date
    memo: str
    lines: Sequence[Line]
    by_id: int | None = None
