"""Real threads on PostgreSQL. Each race runs twice: as shipped, and without its lock or constraint, where it goes wrong
(or else the test would prove nothing). A meeting point after the reads makes the bad interleaving certain:
whoever holds the lock waits there alone and goes on after a moment.
"""

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from maillage.core.actions import Refused
from maillage.ledger import actions as ledger_actions
from maillage.ledger import queries as ledger
from maillage.ledger.models import LedgerAccount, Transaction
from maillage.ledger.types import AccountKind, Line
from maillage.market import sql
from maillage.market.actions import cycles, order_terms, orders
from maillage.market.models import Offer, Order, OrderLine, OrderState, Slot, SlotCapacity

from .factories import CycleFactory, MarketFactory, MemberFactory, OfferFactory, SlotFactory
from .test_buyers import buyers_of
from .test_orders import amend, check_sums, place

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

both = pytest.mark.parametrize("safe", [True, False], ids=["as shipped", "without the lock"])


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls in threads that start together; a result or the exception of each, in order."""
    start, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(index: int, call: Callable[[], Any]) -> None:
        try:
            start.wait(10)
            results[index] = call()
        except Exception as error:
            results[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    return results


@pytest.fixture
def meet_after_reading(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Two orders meet between what they read and what they write, or one goes on alone after a moment."""
    meeting, draft = threading.Barrier(2), orders.draft
    patience = 0.6 if request.node.callspec.params["safe"] else 8

    def slowly(*args: Any, **kwargs: Any) -> Any:
        with suppress(threading.BrokenBarrierError):
            meeting.wait(patience)
        return draft(*args, **kwargs)

    monkeypatch.setattr(orders, "draft", slowly)


@contextmanager
def without_constraints(**constraints: str) -> Iterator[None]:
    """Drop constraints (or unique indexes) for a moment: `table="name"`."""
    definitions = {}
    with connection.cursor() as cursor:
        for table, names in constraints.items():
            for name in names.split():
                cursor.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [name])
                found = cursor.fetchone()
                if found:
                    definitions[name] = f"ALTER TABLE {table} ADD CONSTRAINT {name} {found[0]}"
                    cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
                else:
                    cursor.execute("SELECT pg_get_indexdef(%s::regclass)", [name])
                    definitions[name] = cursor.fetchone()[0]
                    cursor.execute(f"DROP INDEX {name}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            tables = "market_checkoutattempt, market_orderline, market_order, market_offer, ledger_entry"
            cursor.execute(f"TRUNCATE {tables}, ledger_transaction CASCADE")
            for definition in definitions.values():
                cursor.execute(definition)


def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A member's orders do not take turns, and their account is read, not locked."""

    def read(book_id: int, kind: Any, person_id: int | None = None, organisation_id: Any = None) -> LedgerAccount:
        return LedgerAccount.objects.get_or_create(
            book_id=book_id, kind=kind, person_id=person_id, organisation_id=organisation_id
        )[0]

    monkeypatch.setattr(order_terms.balances, "lock_account", read)
    monkeypatch.setattr(sql, "TERMS", sql.TERMS.replace("pg_advisory_xact_lock", "pg_catalog.pg_typeof"))


def members_with_account(market: Any, count: int) -> list[Any]:
    book = ledger.book_of(market.organisation_id)
    people = [MemberFactory(market) for _ in range(count)]
    LedgerAccount.objects.bulk_create(LedgerAccount(book=book, kind="member", person=p) for p in people)
    return people


@both
@pytest.mark.usefixtures("meet_after_reading")
def test_last_piece_is_sold_once(monkeypatch: pytest.MonkeyPatch, safe: bool) -> None:
    slot = SlotFactory()
    offer = OfferFactory(cycle=slot.cycle, quantity=1)
    one, two = members_with_account(slot.cycle.market, 2)
    calls = [lambda: place(one, slot, {offer: 1}), lambda: place(two, slot, {offer: 1})]
    if safe:
        results = at_once(*calls)
        assert sorted(type(r).__name__ for r in results) == ["Placed", "SoldOut"]
        check_sums(slot.cycle)
        return
    monkeypatch.setattr(sql, "PLACING_GIVEN", sql.PLACING_GIVEN.replace("FOR NO KEY UPDATE OF offer", ""))
    with without_constraints(market_offer="offer_never_oversold"):
        assert [type(r).__name__ for r in at_once(*calls)] == ["Placed", "Placed"]
        assert Offer.objects.get().sold == 2  # one too many


def test_twenty_pieces_for_thirty_members_are_twenty_orders() -> None:
    slot = SlotFactory()
    offers = [OfferFactory(cycle=slot.cycle, quantity=20), OfferFactory(cycle=slot.cycle)]
    people = members_with_account(slot.cycle.market, 30)
    results = at_once(*[lambda p=p: place(p, slot, dict.fromkeys(offers, 1)) for p in people])
    names = [type(r).__name__ for r in results]
    assert (names.count("Placed"), names.count("SoldOut")) == (20, 10)
    assert Order.objects.values("number").distinct().count() == 20
    check_sums(slot.cycle)


def test_crossed_carts_do_not_wait_for_each_other_in_a_circle() -> None:
    slot = SlotFactory()
    offers = OfferFactory.create_batch(6, cycle=slot.cycle, quantity=1000, temperature="frozen")
    people = members_with_account(slot.cycle.market, 16)
    carts = [offers if i % 2 else offers[::-1] for i in range(16)]
    results = at_once(
        *[lambda p=p, c=c: place(p, slot, dict.fromkeys(c, 1)) for p, c in zip(people, carts, strict=True)]
    )
    assert [r for r in results if isinstance(r, Exception)] == []
    check_sums(slot.cycle)


@pytest.mark.parametrize("scarce", ["places", "crates"])
def test_slot_is_never_overfull(scarce: str) -> None:
    slot = SlotFactory()
    offer = OfferFactory(cycle=slot.cycle, crates="0.500")
    if scarce == "places":
        Slot.objects.update(places=3)
    else:
        SlotCapacity.objects.filter(temperature="chilled").update(crates="1.600")
    people = members_with_account(slot.cycle.market, 9)
    results = at_once(*[lambda p=p: place(p, slot, {offer: 1}) for p in people])
    names = [type(r).__name__ for r in results]
    assert (names.count("Placed"), names.count("SlotFull")) == (3, 6)
    check_sums(slot.cycle)


@both
@pytest.mark.usefixtures("meet_after_reading")
def test_same_key_twice_at_once_is_one_order(monkeypatch: pytest.MonkeyPatch, safe: bool) -> None:
    slot, key = SlotFactory(), uuid.uuid4()
    offer = OfferFactory(cycle=slot.cycle)
    (member,) = members_with_account(slot.cycle.market, 1)
    calls = [lambda: place(member, slot, {offer: 1}, key=key)] * 2
    if safe:
        first, second = at_once(*calls)
        assert first.order_id == second.order_id
        assert {first.repeated, second.repeated} == {True, False}
        assert Order.objects.get().total == Decimal("10.00")
        check_sums(slot.cycle)
        return
    unlocked(monkeypatch)
    keys = "market_checkoutattempt_key_key"
    with without_constraints(market_checkoutattempt=keys, market_order="order_one_per_holder"):
        at_once(*calls)
        assert Order.objects.count() == 2  # charged twice


@pytest.mark.parametrize("safe", [False], ids=["without the lock"])
@pytest.mark.usefixtures("meet_after_reading")
def test_same_key_is_one_order_by_the_constraint_alone(monkeypatch: pytest.MonkeyPatch, safe: bool) -> None:
    slot, key = SlotFactory(), uuid.uuid4()
    offer = OfferFactory(cycle=slot.cycle)
    (member,) = members_with_account(slot.cycle.market, 1)
    unlocked(monkeypatch)
    first, second = at_once(*[lambda: place(member, slot, {offer: 1}, key=key)] * 2)
    assert first.order_id == second.order_id
    assert {first.repeated, second.repeated} == {True, False}
    check_sums(slot.cycle)


@both
@pytest.mark.usefixtures("meet_after_reading")
def test_two_tabs_of_a_member_make_one_order(monkeypatch: pytest.MonkeyPatch, safe: bool) -> None:
    slot = SlotFactory()
    offer = OfferFactory(cycle=slot.cycle, max_per_member=3)
    (member,) = members_with_account(slot.cycle.market, 1)
    calls = [lambda: place(member, slot, {offer: 2})] * 2
    if safe:
        results = at_once(*calls)
        assert sorted(type(r).__name__ for r in results) == ["Placed", "SoldOut"]
        assert OrderLine.objects.get().quantity == 2
        check_sums(slot.cycle)
        return
    unlocked(monkeypatch)
    with without_constraints(market_order="order_one_per_holder"):
        at_once(*calls)
        assert Order.objects.count() == 2  # four pieces where three are allowed


@both
@pytest.mark.usefixtures("meet_after_reading")
def test_prepaid_balance_is_not_spent_in_two_tabs(monkeypatch: pytest.MonkeyPatch, safe: bool) -> None:
    market = MarketFactory()
    slots = [SlotFactory(cycle=CycleFactory(market=market)) for _ in range(2)]
    offers = [OfferFactory(cycle=slot.cycle) for slot in slots]
    (member,) = members_with_account(market, 1)
    book = ledger.book_of(market.organisation_id)
    ledger_actions.post(
        book_id=book.pk, key="deposit", occurred_on=timezone.localdate(), memo="Dépôt", by=None,
        lines=[Line(AccountKind.CASH, Decimal(15)), Line(AccountKind.MEMBER, Decimal(-15), person_id=member.pk)],
    )  # fmt: skip
    if not safe:
        unlocked(monkeypatch)
    results = at_once(
        lambda: place(member, slots[0], {offers[0]: 1}, payment_method="balance"),
        lambda: place(member, slots[1], {offers[1]: 1}, payment_method="balance"),
    )
    balance = ledger.balance(book.pk, "member", person_id=member.pk)
    if safe:
        assert sorted(type(r).__name__ for r in results) == ["NotEnoughBalance", "Placed"]
        assert balance == Decimal("-5.00")
    else:
        assert balance == Decimal("5.00")  # overspent


@both
@pytest.mark.usefixtures("meet_after_reading")
def test_amendments_of_two_members_never_oversell(monkeypatch: pytest.MonkeyPatch, safe: bool) -> None:
    slot = SlotFactory()
    offer = OfferFactory(cycle=slot.cycle, quantity=4)
    placed = [place(p, slot, {offer: 1}) for p in members_with_account(slot.cycle.market, 2)]
    calls = [lambda p=p: amend(p, {offer: 3}) for p in placed]
    if safe:
        assert sorted(type(r).__name__ for r in at_once(*calls)) == ["Placed", "SoldOut"]
        check_sums(slot.cycle)
        return
    monkeypatch.setattr(sql, "LOCK_GIVEN", sql.READ_GIVEN)
    with without_constraints(market_offer="offer_never_oversold"):
        at_once(*calls)
        assert Offer.objects.get().sold == 6  # two too many


@both
@pytest.mark.usefixtures("meet_after_reading")
def test_same_order_amended_twice_at_once_ends_as_one_of_them(monkeypatch: pytest.MonkeyPatch, safe: bool) -> None:
    slot = SlotFactory()
    offer = OfferFactory(cycle=slot.cycle, quantity=10)
    (member,) = members_with_account(slot.cycle.market, 1)
    placed = place(member, slot, {offer: 1})
    calls = [lambda: amend(placed, {offer: 3}), lambda: amend(placed, {offer: 5})]
    if safe:
        assert sorted(r.revision for r in at_once(*calls)) == [2, 3]
        check_sums(slot.cycle)
        return
    unlocked(monkeypatch)
    monkeypatch.setattr(sql, "LOCK_GIVEN", sql.READ_GIVEN)
    results = at_once(*calls)
    assert any(isinstance(r, Exception) and not isinstance(r, orders.OrderGone) for r in results)
    assert Order.objects.get().revision == 2  # an amendment was lost


@both
@pytest.mark.usefixtures("meet_after_reading")
def test_cancellation_and_amendment_at_once_keep_the_stock_right(monkeypatch: pytest.MonkeyPatch, safe: bool) -> None:
    slot = SlotFactory()
    offer = OfferFactory(cycle=slot.cycle, quantity=10)
    (member,) = members_with_account(slot.cycle.market, 1)
    placed = place(member, slot, {offer: 2})
    if not safe:
        unlocked(monkeypatch)
        monkeypatch.setattr(sql, "LOCK_GIVEN", sql.READ_GIVEN)
    results = at_once(
        lambda: amend(placed, {offer: 5}),
        lambda: orders.cancel_order(order_id=placed.order_id, now=timezone.now(), by=None),
    )
    if safe:
        assert all(r is None or isinstance(r, orders.Placed | orders.OrderGone) for r in results)
        assert Order.objects.get().state == OrderState.CANCELLED
        check_sums(slot.cycle)
    else:  # both wrote from the same revision: only the key of the ledger stopped one of them, as an error
        assert any(isinstance(r, Exception) and not isinstance(r, orders.OrderGone) for r in results)


@both
@pytest.mark.usefixtures("meet_after_reading")
def test_order_cancelled_twice_at_once_is_credited_once(monkeypatch: pytest.MonkeyPatch, safe: bool) -> None:
    slot = SlotFactory()
    offer = OfferFactory(cycle=slot.cycle, quantity=10)
    people = members_with_account(slot.cycle.market, 2)
    placed, _ = (place(p, slot, {offer: 2}) for p in people)
    calls = [lambda: orders.cancel_order(order_id=placed.order_id, now=timezone.now(), by=None)] * 2
    if safe:
        assert sorted(type(r).__name__ for r in at_once(*calls)) == ["NoneType", "OrderGone"]
        assert Transaction.objects.count() == 3
        check_sums(slot.cycle)
        return
    unlocked(monkeypatch)
    monkeypatch.setattr(sql, "LOCK_GIVEN", sql.READ_GIVEN)
    results = at_once(*calls)
    assert any(isinstance(r, Exception) and not isinstance(r, orders.OrderGone) for r in results)


@both
def test_closing_misses_no_order(monkeypatch: pytest.MonkeyPatch, safe: bool) -> None:
    slot = SlotFactory()
    cycle = slot.cycle
    offer = OfferFactory(cycle=cycle)
    (member,) = members_with_account(cycle.market, 1)
    reading, draft = threading.Event(), orders.draft

    def slowly(*args: Any, **kwargs: Any) -> Any:
        reading.set()
        threading.Event().wait(0.6)
        return draft(*args, **kwargs)

    monkeypatch.setattr(orders, "draft", slowly)
    if not safe:
        monkeypatch.setattr(sql, "TERMS", sql.TERMS.replace("FOR KEY SHARE OF cycle", ""))

    def close() -> int:
        reading.wait(5)
        with suppress(Refused):
            cycles.close_cycle(cycle_id=cycle.pk, now=timezone.now(), by=None)
        return Order.objects.count()  # what the documents of the close would hold

    placed, at_close = at_once(lambda: place(member, slot, {offer: 1}), close)
    assert isinstance(placed, orders.Placed)
    assert at_close == (1 if safe else 0)


def test_order_that_comes_during_the_close_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    slot = SlotFactory()
    cycle = slot.cycle
    offer = OfferFactory(cycle=cycle)
    (member,) = members_with_account(cycle.market, 1)
    results = at_once(
        lambda: cycles.close_cycle(cycle_id=cycle.pk, now=timezone.now(), by=None),
        *[lambda: place(member, slot, {offer: 1})] * 4,
    )
    assert all(isinstance(r, orders.Placed | orders.NotOpen) for r in results[1:])
    with pytest.raises(orders.NotOpen):
        place(member, slot, {offer: 1})
    check_sums(cycle)


@pytest.mark.usefixtures("meet_after_reading")
@both
def test_two_people_who_buy_for_one_organisation_make_one_order(monkeypatch: pytest.MonkeyPatch, safe: bool) -> None:
    slot = SlotFactory()
    offer = OfferFactory(cycle=slot.cycle, max_per_member=3)
    buyer, people = buyers_of(slot.cycle.market, 2)
    LedgerAccount.objects.create(
        book=ledger.book_of(slot.cycle.market.organisation_id), kind="member", organisation=buyer
    )
    calls = [lambda p=p: place(p, slot, {offer: 2}, buyer_id=buyer.pk) for p in people]
    if safe:
        results = at_once(*calls)
        assert sorted(type(r).__name__ for r in results) == ["Placed", "SoldOut"]
        assert OrderLine.objects.get().quantity == 2
        check_sums(slot.cycle)
        return
    unlocked(monkeypatch)
    with without_constraints(market_order="order_one_per_holder"):
        at_once(*calls)
        assert Order.objects.count() == 2  # four pieces where three are allowed
