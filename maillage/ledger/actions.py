"""Public writes of the ledger."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from maillage.core.actions import Refused, action

from .models import Book, Transaction
from .types import Line


class Unbalanced(Refused):
    """The lines do not sum to zero."""


class AlreadyPosted(Refused):
    """A transaction with this key is in the book already."""


@action
def open_book(*, organisation_id: int, by: Any = None) -> Book:
    """The book of an organisation, made if missing."""
    return Book.objects.get_or_create(organisation_id=organisation_id)[0]


@action
def post(*, book_id: int, key: str, occurred_on: date, memo: str, lines: Iterable[Line], by: Any = None) -> Transaction:
    """Post a balanced transaction. At most 4 SQL statements whatever the number of lines.

    Lines of one account are summed. Raises Unbalanced, or AlreadyPosted when `key` is in the book.
    """
    raise NotImplementedError
