"""Two volunteers at once, in real threads: each race is shown to exist without its lock, then not to."""

import threading
import uuid
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from maillage.ledger import queries as books
from maillage.ledger.models import Entry
from maillage.ledger.types import AccountKind
from maillage.market.actions import desk, settle, till
from maillage.market.models import (
    CycleState,
    LineAdjustment,
    LineState,
    Order,
    OrderLine,
    ProducerStatement,
)
from maillage.payments.models import Payment

from .factories import CycleFactory
from .test_checkout_races import at_once
from .test_settle import Scene

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

both = pytest.mark.parametrize("safe", [True, False], ids=["as shipped", "without the lock"])
NOW = timezone.now


@pytest.fixture
def scene() -> Scene:
    return Scene()


def meeting(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, *, safe: bool, after: bool = False) -> None:
    """Two threads meet before (or `after`) `module.name` runs; with the lock one never comes, and is not waited for."""
    barrier, original = threading.Barrier(2), getattr(module, name)
    patience = 0.5 if safe else 8

    def slowly(*args: Any, **kwargs: Any) -> Any:
        found = original(*args, **kwargs) if after else None
        with suppress(threading.BrokenBarrierError):
            barrier.wait(patience)
        return found if after else original(*args, **kwargs)

    monkeypatch.setattr(module, name, slowly)


def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The desk reads the order's row, and does not lock it."""

    def read(order_id: int) -> Order:
        return Order.objects.select_related("cycle__market").get(pk=order_id)

    monkeypatch.setattr(desk, "lock_order", read)
    monkeypatch.setattr(till, "lock_order", read)


def short(scene: Scene, **more: Any) -> Callable[[], Any]:
    line = scene.line(scene.carrots)
    return lambda: desk.mark_short(
        line_id=line.pk, damaged=False, now=NOW(), by=scene.by, **{"pieces": Decimal(1), **more}
    )


@both
def test_same_missing_piece_is_credited_once(monkeypatch: pytest.MonkeyPatch, scene: Scene, safe: bool) -> None:
    """Both saw an untouched line and both note one missing: the second is told, and credits nothing."""
    if not safe:
        unlocked(monkeypatch)
    meeting(monkeypatch, desk, "_adjust", safe=safe)
    before = scene.order().total
    results = at_once(short(scene, seen=0), short(scene, seen=0))
    credited = LineAdjustment.objects.count()
    if safe:
        assert sorted(type(r).__name__ for r in results) == ["ChangedMeanwhile", "LineAdjustment"]
        assert credited == 1
        assert scene.order().total == before - 10 == scene.owed()
    else:
        assert credited == 2


@both
def test_same_tap_in_two_requests_credits_once(monkeypatch: pytest.MonkeyPatch, scene: Scene, safe: bool) -> None:
    if not safe:
        unlocked(monkeypatch)
    meeting(monkeypatch, desk, "_adjust", safe=safe)
    nonce = uuid.uuid4()
    results = at_once(short(scene, nonce=nonce), short(scene, nonce=nonce))
    if safe:
        assert [type(r).__name__ for r in results] == ["LineAdjustment", "LineAdjustment"]
        assert results[0].pk == results[1].pk
    else:  # the unique nonce still holds, but one of the two is answered with an error
        assert "IntegrityError" in {type(r).__name__ for r in results}
    assert LineAdjustment.objects.count() == 1
    assert scene.order().total == scene.owed()


@both
def test_weight_and_missing_at_once_leave_the_order_and_the_books_equal(
    monkeypatch: pytest.MonkeyPatch, scene: Scene, safe: bool
) -> None:
    if not safe:
        unlocked(monkeypatch)
    meeting(monkeypatch, desk, "_adjust", safe=safe)
    chicken = scene.line(scene.chicken)
    results = at_once(
        lambda: desk.set_weight(line_id=chicken.pk, weight=Decimal("2.1"), now=NOW(), by=scene.by), short(scene)
    )
    assert [type(r).__name__ for r in results] == ["LineAdjustment", "LineAdjustment"]
    total, lines = scene.order().total, list(OrderLine.objects.filter(order_id=scene.order_id))
    agree = total == scene.owed() and scene.order().goods == sum(line.goods for line in lines)
    assert agree is safe


@both
def test_tick_and_missing_at_once_do_not_undo_each_other(
    monkeypatch: pytest.MonkeyPatch, scene: Scene, safe: bool
) -> None:
    """A tick read before the line was noted missing must not turn it into one that was handed over."""
    line = scene.line(scene.carrots)
    if not safe:
        unlocked(monkeypatch)
    read, noted = threading.Event(), threading.Event()
    original = desk._locked

    def slowly(line_id: int) -> Any:
        found = original(line_id)
        if threading.current_thread().name.endswith("tick") and not safe:
            read.set()
            noted.wait(8)
        return found

    monkeypatch.setattr(desk, "_locked", slowly)

    def tick() -> Any:
        threading.current_thread().name = "tick"
        if safe:
            noted.wait(8)
        return desk.set_handed_over(line_id=line.pk, handed_over=True, now=NOW(), by=scene.by)

    def missing() -> Any:
        if not safe:
            read.wait(8)
        try:
            return short(scene, pieces=Decimal(2))()
        finally:
            noted.set()

    results = at_once(tick, missing)
    state = scene.line(scene.carrots).state
    if safe:
        assert type(results[0]).__name__ == "NotAdjustable"
        assert state == LineState.MISSING
    else:
        assert state == LineState.HANDED_OVER  # credited, and handed over too


def pay(scene: Scene, nonce: uuid.UUID, amount: Decimal) -> Callable[[], Any]:
    return lambda: till.take_payment(
        order_id=scene.order_id, method="cash", amount=amount, nonce=nonce, now=NOW(), by=scene.by
    )


def test_payment_with_one_nonce_is_taken_once(scene: Scene) -> None:
    nonce, amount = uuid.uuid4(), scene.order().total
    results = at_once(*[pay(scene, nonce, amount)] * 4)
    assert {type(r).__name__ for r in results} == {"Payment"}
    assert Payment.objects.count() == 1
    assert scene.owed() == 0


@both
def test_two_volunteers_do_not_receive_the_same_debt(monkeypatch: pytest.MonkeyPatch, scene: Scene, safe: bool) -> None:
    if not safe:
        unlocked(monkeypatch)
        monkeypatch.setattr(till.books, "lock_account", lambda *_a, **_k: None)
    meeting(monkeypatch, till.payments, "record", safe=safe)
    amount = scene.order().total
    results = at_once(pay(scene, uuid.uuid4(), amount), pay(scene, uuid.uuid4(), amount))
    if safe:
        assert sorted(type(r).__name__ for r in results) == ["Payment", "WrongAmount"]
        assert scene.owed() == 0
    else:
        assert Payment.objects.count() == 2
        assert scene.owed() == -amount


@both
def test_adjustment_under_way_is_settled_with_its_cycle(
    monkeypatch: pytest.MonkeyPatch, scene: Scene, safe: bool
) -> None:
    """Settling waits for the desk; without the orders' lock it would write sums that the next second contradicts."""
    scene.distribute()
    posted, go = threading.Event(), threading.Event()
    original = desk._post

    def slowly(*args: Any) -> None:
        original(*args)
        posted.set()
        go.wait(1.0 if safe else 8)

    monkeypatch.setattr(desk, "_post", slowly)
    if not safe:
        monkeypatch.setattr(settle, "lock_orders", lambda cycle: list(Order.objects.filter(cycle=cycle)))
        monkeypatch.setattr(desk, "hold_state", lambda **_what: CycleState.DISTRIBUTED)

    def close_books() -> Any:
        posted.wait(8)
        try:
            return settle.settle_cycle(cycle_id=scene.cycle.pk, now=NOW(), by=scene.by)
        finally:
            go.set()

    results = at_once(short(scene), close_books)
    assert [type(r).__name__ for r in results] == ["LineAdjustment", "Cycle"]
    charged = scene.cycle.__class__.objects.get(pk=scene.cycle.pk).settlement.charged
    assert (charged == scene.order().total) is safe
    assert (LineAdjustment.objects.get().statement is not None) is safe


@both
def test_late_correction_is_paid_by_exactly_one_statement(
    monkeypatch: pytest.MonkeyPatch, scene: Scene, safe: bool
) -> None:
    """A correction noted while the next cycle is settled is either in its statement and its sum, or in neither."""
    scene.distribute()
    settle.settle_cycle(cycle_id=scene.cycle.pk, now=NOW(), by=scene.by)
    later = CycleFactory(market=scene.cycle.market, state=CycleState.DISTRIBUTED)
    desk.set_weight(line_id=scene.line(scene.chicken).pk, weight=Decimal(2), now=NOW(), by=scene.by)
    summed, noted = threading.Event(), threading.Event()
    original = settle._drafts

    def slowly(*args: Any) -> Any:
        drafts = original(*args)
        summed.set()
        noted.wait(8)
        return drafts

    monkeypatch.setattr(settle, "_drafts", slowly)
    if not safe:
        monkeypatch.setattr(settle, "lock_waiting", lambda cycle: settle._waiting(cycle))

    def correct() -> Any:
        summed.wait(8)
        try:
            return desk.set_weight(line_id=scene.line(scene.chicken).pk, weight=Decimal("1.5"), now=NOW(), by=scene.by)
        finally:
            noted.set()

    results = at_once(lambda: settle.settle_cycle(cycle_id=later.pk, now=NOW(), by=scene.by), correct)
    assert [type(r).__name__ for r in results] == ["Cycle", "LineAdjustment"]
    statement = ProducerStatement.objects.get(cycle=later)
    taken = sum(a.producers for a in statement.corrections.all())
    assert (statement.late == taken) is safe
    assert sum(Entry.objects.values_list("amount", flat=True)) == 0


@both
def test_two_cycles_settled_at_once_take_a_correction_once(
    monkeypatch: pytest.MonkeyPatch, scene: Scene, safe: bool
) -> None:
    scene.distribute()
    settle.settle_cycle(cycle_id=scene.cycle.pk, now=NOW(), by=scene.by)
    desk.set_weight(line_id=scene.line(scene.chicken).pk, weight=Decimal(2), now=NOW(), by=scene.by)
    cycles = [CycleFactory(market=scene.cycle.market, state=CycleState.DISTRIBUTED) for _ in range(2)]
    if not safe:
        monkeypatch.setattr(settle, "lock_waiting", lambda cycle: settle._waiting(cycle))
    meeting(monkeypatch, settle, "_drafts", safe=safe, after=True)
    results = at_once(*[(lambda c=c: settle.settle_cycle(cycle_id=c.pk, now=NOW(), by=scene.by)) for c in cycles])
    assert [type(r).__name__ for r in results] == ["Cycle", "Cycle"], results
    late = sum(ProducerStatement.objects.filter(cycle__in=cycles).values_list("late", flat=True))
    assert (late == Decimal("2.16")) is safe


@both
def test_statement_is_paid_once(monkeypatch: pytest.MonkeyPatch, scene: Scene, safe: bool) -> None:
    scene.distribute()
    settle.settle_cycle(cycle_id=scene.cycle.pk, now=NOW(), by=scene.by)
    statement = ProducerStatement.objects.filter(cycle=scene.cycle).order_by("pk").first()
    assert statement is not None
    if not safe:
        rows = ProducerStatement.objects.select_related("cycle__market")
        counter = iter(range(9))  # or the ledger's key would refuse the second
        monkeypatch.setattr(settle, "lock_statements", lambda ids: list(rows.filter(pk__in=ids)))
        monkeypatch.setattr(settle, "_payouts", lambda _statement: next(counter))
    meeting(monkeypatch, settle, "_pay", safe=safe)

    def payout(reference: str) -> Callable[[], Any]:
        return lambda: settle.pay_statements(
            statement_ids=[statement.pk],
            paid_on=timezone.localdate(),
            reference=reference,
            now=timezone.now(),
            by=scene.by,
        )

    results = at_once(payout("A"), payout("B"))
    book = books.book_of(scene.cycle.market.organisation_id)
    owed = books.balance(book.pk, AccountKind.PRODUCER, organisation_id=statement.producer_id)
    if safe:
        assert sorted(type(r).__name__ for r in results) == ["AlreadyPaid", "list"]
        assert owed == 0
    else:
        assert owed == statement.net  # paid twice
