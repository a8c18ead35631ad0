"""Public writes of the ledger. Everything is appended; a correction is a reversal followed by a new posting."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from maillage.core import sql
from maillage.core.actions import Refused, action
from maillage.core.dates import say
from maillage.core.money import CENT

from . import access
from .models import Book, Entry, Transaction
from .types import Line, Posting

type Party = tuple[str, int | None, int | None]


class Unbalanced(Refused):
    """The lines do not sum to zero."""


class NothingToPost(Refused):
    """No line has an amount."""


class AlreadyPosted(Refused):
    """A transaction with this key is in the book already: `transaction_id`."""

    def __init__(self, message: str, transaction_id: int) -> None:
        super().__init__(message)
        self.transaction_id = transaction_id


class AlreadyReversed(Refused):
    """The transaction was reversed before, under another key."""


class PeriodClosed(Refused):
    """The book is closed through a date that is not before the transaction's."""


@action(access.opening)
def open_book(*, organisation_id: int, by: Any = None) -> Book:
    """The book of an organisation, made if missing."""
    return Book.objects.get_or_create(organisation_id=organisation_id)[0]


def post(*, book_id: int, key: str, occurred_on: date, memo: str, lines: Iterable[Line], by: Any = None) -> Transaction:
    """Post a balanced transaction, in one SQL statement whatever the number of lines (so it needs no savepoint).

    Lines of one account are summed, zero lines dropped; missing accounts are made. `by` is a directory account.
    Raises Unbalanced, NothingToPost, PeriodClosed, or AlreadyPosted when `key` is in the book (also when another
    session posts it at the same moment); in each case nothing is written. ValueError for less than a cent.
    """
    summed = _summed(lines)
    _check(summed, memo)
    return _write(book_id, key, occurred_on, memo, summed, by, None)


_CALL = """ledger_post(
    %(ledger_book)s, %(ledger_key)s, %(ledger_on)s, %(ledger_memo)s, %(ledger_by)s, %(ledger_reverses)s,
    %(ledger_public)s, %(ledger_kinds)s::text[], %(ledger_people)s::bigint[], %(ledger_organisations)s::bigint[],
    %(ledger_amounts)s::numeric[])"""
PART = f"SELECT o_id, o_closed FROM {_CALL} WHERE %(ledger_kinds)s <> '{{}}'"  # noqa: S608 - a constant
"""A posting as a part of a caller's statement: see `part`."""


def part(
    *, book_id: int, key: str, occurred_on: date, memo: str, lines: Iterable[Line], by: Any = None
) -> dict[str, Any]:
    """What `PART` reads, in a statement that writes more than the ledger: one trip to the server instead of two.

    As `post`, but lines that are all zero post nothing. Give what `PART` selects to `check_part`, which refuses as
    `post` does.
    """
    summed = _summed(lines)
    if summed:
        _check(summed, memo)
    return _params(book_id, key, occurred_on, memo, summed, by)


def check_part(params: dict[str, Any], posted: int | None, closed: date | None) -> None:
    """Refuse what `post` refuses, after the statement: raises PeriodClosed or AlreadyPosted."""
    if params["ledger_kinds"] != "{}":
        _check_posted(params["ledger_book"], params["ledger_key"], posted, closed)


def reverse(*, transaction_id: int, key: str, occurred_on: date, memo: str, by: Any = None) -> Transaction:
    """Post the opposite of a transaction, in the same accounts. At most 3 SQL statements.

    Raises AlreadyReversed when it has a reversal under another key, AlreadyPosted for the same key, PeriodClosed.
    """
    original = Transaction.objects.get(pk=transaction_id)
    entries = Entry.objects.filter(transaction=original).values_list(
        "account__kind", "account__person_id", "account__organisation_id", "amount"
    )
    opposite = [((kind, person, organisation), -amount) for kind, person, organisation, amount in entries]
    return _write(original.book_id, key, occurred_on, memo, opposite, by, original.pk)


def post_many(*, book_id: int, postings: Iterable[Posting], batch: int = 2000) -> int:
    """Post many transactions at once, thousands a second; all or nothing. Returns how many were new.

    A key that is in the book already is left as it is, so the same list twice changes nothing.
    Raises Unbalanced, NothingToPost, PeriodClosed; ValueError for a key twice in `postings`.
    """
    rows = [(p, _summed(p.lines)) for p in postings]
    if len({p.key for p, _lines in rows}) != len(rows):
        raise ValueError("a key stands twice in the postings")
    for p, lines in rows:
        _check(lines, p.memo)
    if not rows:
        return 0
    with transaction.atomic():
        locked = Book.objects.values_list("locked_through", flat=True).get(pk=book_id)
        if locked and min(p.occurred_on for p, _lines in rows) <= locked:
            raise _closed(locked)
        return sum(_write_batch(book_id, rows[i : i + batch]) for i in range(0, len(rows), batch))


@action(access.closing)
def close_period(*, book_id: int, through: date, by: Any = None) -> Book:
    """Refuse, from now on, every posting dated `through` or earlier. Only forward: raises PeriodClosed otherwise.

    Waits for the postings in progress, which then either stand before the closing or are refused.
    """
    book = Book.objects.select_for_update(of=("self",)).get(pk=book_id)
    if book.locked_through and through <= book.locked_through:
        raise _closed(book.locked_through)
    with connection.cursor() as cursor:  # what this very transaction posted before counts as before
        cursor.execute("SET CONSTRAINTS ledger_transaction_balanced IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ledger_transaction_balanced DEFERRED")
    book.locked_through = through
    book.save(update_fields=["locked_through"])
    return book


def _summed(lines: Iterable[Line]) -> list[tuple[Party, Decimal]]:
    """Lines by account, in a fixed order, without the zeros."""
    sums: dict[Party, Decimal] = {}
    for line in lines:
        party = (str(line.kind), line.person_id, line.organisation_id)
        sums[party] = sums.get(party, Decimal(0)) + line.amount
    return [(party, amount) for party, amount in sums.items() if amount]


def _check(lines: Sequence[tuple[Party, Decimal]], memo: str) -> None:
    if not lines:
        raise NothingToPost(_("« %(memo)s » : aucun montant à inscrire.") % {"memo": memo})
    if any(amount != amount.quantize(CENT) for _party, amount in lines):
        raise ValueError("a line is finer than a cent")
    total = sum(amount for _party, amount in lines)
    if total:
        raise Unbalanced(
            _("« %(memo)s » : les débits et les crédits diffèrent de %(total)s $.") % {"memo": memo, "total": total}
        )


def _closed(through: date) -> PeriodClosed:
    day = say(through, "DATE_FORMAT")
    return PeriodClosed(_("Les livres sont fermés jusqu'au %(day)s : choisissez une date plus récente.") % {"day": day})


def _arrays(parties: Sequence[Party]) -> list[str]:
    return [sql.array(part) for part in zip(*parties, strict=True)]


POST = f"SELECT o_id, o_posted, o_closed FROM {_CALL}"  # noqa: S608 - a constant


def _write(
    book_id: int,
    key: str,
    occurred_on: date,
    memo: str,
    lines: Sequence[tuple[Party, Decimal]],
    by: Any,
    reverses_id: int | None,
) -> Transaction:
    made = Transaction(
        public_id=uuid.uuid4(),
        book_id=book_id,
        key=key,
        occurred_on=occurred_on,
        memo=memo[:200],
        by=by,
        reverses_id=reverses_id,
    )
    params = _params(book_id, key, occurred_on, memo, lines, by) | {
        "ledger_public": made.public_id,
        "ledger_reverses": reverses_id,
    }
    made.pk, made.posted_at, closed = sql.rows(POST, params)[0]
    _check_posted(book_id, key, made.pk, closed)
    made._state.adding, made._state.db = False, "default"
    return made


def _params(
    book_id: int, key: str, occurred_on: date, memo: str, lines: Sequence[tuple[Party, Decimal]], by: Any
) -> dict[str, Any]:
    kinds, people, organisations = _arrays([party for party, _amount in lines]) if lines else ("{}", "{}", "{}")
    return {
        "ledger_book": book_id,
        "ledger_key": key,
        "ledger_on": occurred_on,
        "ledger_memo": memo[:200],
        "ledger_by": by.pk if by is not None else None,
        "ledger_reverses": None,
        "ledger_public": uuid.uuid4(),
        "ledger_kinds": kinds,
        "ledger_people": people,
        "ledger_organisations": organisations,
        "ledger_amounts": sql.array([amount for _party, amount in lines]),
    }


def _check_posted(book_id: int, key: str, posted: int | None, closed: date | None) -> None:
    if closed:
        raise _closed(closed)
    if posted is None:
        raise _known(book_id, key)


def _known(book_id: int, key: str) -> Refused:
    known = Transaction.objects.filter(book_id=book_id, key=key).values_list("pk", flat=True).first()
    if known is None:
        return AlreadyReversed(_("Cette écriture a déjà été renversée."))
    return AlreadyPosted(_("Cette écriture est déjà dans les livres."), known)


ACCOUNTS = "SELECT ledger_accounts_made(%s, %s::text[], %s::bigint[], %s::bigint[])"
TRANSACTIONS = """
    INSERT INTO ledger_transaction (public_id, book_id, key, occurred_on, posted_at, memo, by_id)
    SELECT gen_random_uuid(), %s, t.key, t.occurred_on, clock_timestamp(), t.memo, t.by_id
      FROM unnest(%s::text[], %s::date[], %s::text[], %s::bigint[]) AS t(key, occurred_on, memo, by_id)
    ON CONFLICT DO NOTHING RETURNING key, id"""
ENTRIES = """
    INSERT INTO ledger_entry (transaction_id, account_id, amount)
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::numeric[])"""


def _write_batch(book_id: int, rows: Sequence[tuple[Posting, list[tuple[Party, Decimal]]]]) -> int:
    parties = list({party: None for _p, lines in rows for party, _a in lines})
    postings = [p for p, _lines in rows]
    with connection.cursor() as cursor:
        cursor.execute(ACCOUNTS, [book_id, *_arrays(parties)])
        accounts = dict(zip(parties, cursor.fetchone()[0], strict=True))
        header = [[getattr(p, name) for p in postings] for name in ("key", "occurred_on", "memo", "by_id")]
        cursor.execute(TRANSACTIONS, [book_id, *header])
        ids: dict[str, int] = dict(cursor.fetchall())
        entries = [(ids[p.key], accounts[party], a) for p, lines in rows if p.key in ids for party, a in lines]
        if entries:
            cursor.execute(ENTRIES, [list(column) for column in zip(*entries, strict=True)])
    return len(ids)
