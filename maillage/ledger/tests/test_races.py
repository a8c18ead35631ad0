"""Real threads: the same key, the same balance, a closing in the middle."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from maillage.directory.tests.factories import PersonFactory
from maillage.ledger import actions, queries
from maillage.ledger.models import LedgerAccount, Transaction
from maillage.ledger.types import Line

from .factories import BookFactory, charge, prepay

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

DAY = date(2026, 3, 2)


def together(*works: Callable[[], Any]) -> list[Any]:
    """Run each in a thread of its own, started at the same moment; results or exceptions, in order."""
    gate = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        try:
            gate.wait(5)
            return work()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_same_key_at_once_is_posted_once() -> None:
    book, person = BookFactory(), PersonFactory()
    results = together(*[lambda: charge(book, person, 10, key="once") for _ in range(6)])
    assert sum(isinstance(r, Transaction) for r in results) == 1
    refused = [r for r in results if isinstance(r, actions.AlreadyPosted)]
    assert len(refused) == 5
    assert {r.transaction_id for r in refused} == {Transaction.objects.get().pk}
    assert queries.balance(book.pk, "member", person_id=person.pk) == 10


def test_new_accounts_made_at_once_are_made_once() -> None:
    book, people = BookFactory(), [PersonFactory() for _ in range(4)]

    def pay(i: int) -> Transaction:
        shuffled = people[i % 4 :] + people[: i % 4]
        lines = [Line("member", Decimal(1), person_id=p.pk) for p in shuffled]
        return actions.post(
            book_id=book.pk, key=f"k{i}", occurred_on=DAY, memo="x", lines=[*lines, Line("margin", Decimal(-4))]
        )

    results = together(*[lambda i=i: pay(i) for i in range(8)])
    assert all(isinstance(r, Transaction) for r in results), results
    assert LedgerAccount.objects.filter(book=book).count() == 5
    assert queries.balance(book.pk, "margin") == -32


def spend(book_id: int, person_id: int, key: str, *, lock: bool, pause: Callable[[], Any]) -> bool:
    """Spend 60 $ of a prepaid balance if there is enough."""
    with transaction.atomic():
        if lock:
            account = queries.lock_account(book_id, "member", person_id=person_id)
            balance = queries.balance_of(account.pk)
        else:
            balance = queries.balance(book_id, "member", person_id=person_id)
        pause()
        if balance + 60 > 0:
            return False
        lines = [Line("member", Decimal(60), person_id=person_id), Line("margin", Decimal(-60))]
        actions.post(book_id=book_id, key=key, occurred_on=DAY, memo="Achat", lines=lines)
        return True


def test_without_the_lock_two_tabs_overspend() -> None:
    """The race is real: this is what `lock_account` prevents."""
    book, person = BookFactory(), PersonFactory()
    prepay(book, person, 100)
    both_read = threading.Barrier(2)
    tabs = [
        lambda k=k: spend(book.pk, person.pk, k, lock=False, pause=lambda: both_read.wait(5)) for k in ("tab1", "tab2")
    ]
    assert together(*tabs) == [True, True]
    assert queries.balance(book.pk, "member", person_id=person.pk) == 20  # owes 20 $ of a prepaid account


@pytest.mark.parametrize("has_account", [True, False])
def test_with_the_lock_two_tabs_cannot_overspend(has_account: bool) -> None:
    book, person = BookFactory(), PersonFactory()
    if has_account:
        prepay(book, person, 100)
    slow = threading.Event()
    tabs = [
        lambda k=k: spend(book.pk, person.pk, k, lock=True, pause=lambda: slow.wait(0.05)) for k in ("a", "b", "c", "d")
    ]
    assert sorted(together(*tabs)) == ([False, False, False, True] if has_account else [False] * 4)
    assert queries.balance(book.pk, "member", person_id=person.pk) == (-40 if has_account else 0)


def test_posting_in_progress_does_not_slip_into_a_closed_period() -> None:
    """It read an open book; the closing commits before it does: the database refuses it at commit."""
    book, person = BookFactory(), PersonFactory()
    posted, closed = threading.Event(), threading.Event()

    def late() -> None:
        with transaction.atomic():
            charge(book, person, 10, on=date(2026, 1, 20))
            posted.set()
            closed.wait(5)

    def close() -> None:
        posted.wait(5)
        actions.close_period(book_id=book.pk, through=date(2026, 1, 31))
        closed.set()

    results = together(late, close)
    assert isinstance(results[0], IntegrityError)
    assert "closed through" in str(results[0])
    assert results[1] is None
    assert not Transaction.objects.exists()
