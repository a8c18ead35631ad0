"""Values of the ledger that other contexts use."""

from dataclasses import dataclass
from decimal import Decimal

from .models import AccountKind, Book, LedgerAccount, Transaction

__all__ = ["AccountKind", "Book", "LedgerAccount", "Line", "Transaction"]


@dataclass(frozen=True)
class Line:
    """One side of a transaction: debit positive, credit negative, in dollars. A zero line is dropped."""

    kind: AccountKind
    amount: Decimal
    person_id: int | None = None
    organisation_id: int | None = None
