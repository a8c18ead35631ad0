"""The life of a cycle, by hand and by the clock."""

import threading
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone
from hypothesis import settings
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from maillage.core.actions import Refused
from maillage.directory.tests.factories import with_role
from maillage.market.actions import cycles
from maillage.market.models import Cycle, CycleState, CycleStep, SlotCapacity
from maillage.market.models.cycle import ORDER_OF_STATES

from .factories import CycleFactory, OfferFactory, PointFactory, SlotFactory, ZoneFactory

NOW = timezone.now()


def ready_draft(**values: Any) -> Cycle:
    cycle: Cycle = CycleFactory(draft=True, **values)
    SlotFactory(cycle=cycle)
    OfferFactory(cycle=cycle)
    return cycle


@pytest.mark.django_db
class TestSteps:
    def test_a_cycle_goes_through_its_steps_and_each_is_signed(self) -> None:
        cycle = ready_draft()
        by = with_role(cycle.market.organisation, "coordinator").account
        for step in (cycles.open_cycle, cycles.close_cycle, cycles.mark_packed, cycles.mark_distributed):
            step(cycle_id=cycle.pk, now=NOW, by=by)
        cycle.refresh_from_db()
        assert cycle.state == CycleState.DISTRIBUTED
        steps = list(CycleStep.objects.filter(cycle=cycle).order_by("pk").values_list("state", "at", "by"))
        assert steps == [(s, NOW, by.pk) for s in ("open", "closed", "packed", "distributed")]

    @pytest.mark.parametrize("state", CycleState.values)
    def test_only_the_next_step_can_be_taken(self, state: str) -> None:
        cycle = ready_draft()
        Cycle.objects.filter(pk=cycle.pk).update(state=state)
        steps: dict[str, Callable[..., Any]] = {
            "draft": cycles.open_cycle,
            "open": cycles.close_cycle,
            "closed": cycles.mark_packed,
            "packed": cycles.mark_distributed,
        }
        for before, step in steps.items():
            if before == state:
                continue
            with pytest.raises(cycles.WrongStep):
                step(cycle_id=cycle.pk, now=NOW, by=None)
        cycle.refresh_from_db()
        assert cycle.state == state
        assert not CycleStep.objects.filter(cycle=cycle).exists()

    def test_the_base_refuses_that_a_cycle_goes_back(self) -> None:
        for state, before in pairwise(reversed(CycleState.values)):
            cycle = CycleFactory(state=state)
            if (state, before) == (CycleState.CLOSED, CycleState.OPEN):
                continue  # test_reopening
            with pytest.raises(IntegrityError, match="never goes back"), transaction.atomic():
                Cycle.objects.filter(pk=cycle.pk).update(state=before)
            cycle.refresh_from_db()
            assert cycle.state == state

    def test_the_base_refuses_that_a_step_is_rewritten(self) -> None:
        cycle = ready_draft()
        cycles.open_cycle(cycle_id=cycle.pk, now=NOW, by=None)
        with pytest.raises(IntegrityError, match="only added"), transaction.atomic():
            CycleStep.objects.filter(cycle=cycle).update(at=F("at") + timedelta(hours=1))

    def test_an_empty_cycle_does_not_open_and_says_what_is_missing(self) -> None:
        cycle = CycleFactory(draft=True)
        with pytest.raises(cycles.NotReady) as refusal:
            cycles.open_cycle(cycle_id=cycle.pk, now=NOW, by=None)
        assert "produit" in str(refusal.value)
        assert "point de cueillette" in str(refusal.value)
        cycle.refresh_from_db()
        assert cycle.state == CycleState.DRAFT

    def test_a_cycle_whose_closing_has_passed_does_not_open(self) -> None:
        cycle = ready_draft(opens_at=NOW - timedelta(days=3), closes_at=NOW - timedelta(days=1))
        with pytest.raises(cycles.NotReady, match="passée"):
            cycles.open_cycle(cycle_id=cycle.pk, now=NOW, by=None)

    def test_a_confirmation_waits_for_the_close_and_counts_once(self) -> None:
        cycle = ready_draft()
        producer = cycle.offers.get().producer
        with pytest.raises(cycles.WrongStep):
            cycles.confirm_order_sheet(cycle_id=cycle.pk, producer_id=producer.pk, now=NOW, by=None)
        cycles.open_cycle(cycle_id=cycle.pk, now=NOW, by=None)
        cycles.close_cycle(cycle_id=cycle.pk, now=NOW, by=None)
        first = cycles.confirm_order_sheet(cycle_id=cycle.pk, producer_id=producer.pk, now=NOW, by=None)
        again = cycles.confirm_order_sheet(
            cycle_id=cycle.pk, producer_id=producer.pk, now=NOW + timedelta(hours=1), by=None
        )
        assert first == again
        assert again.at == NOW


@pytest.mark.django_db
class TestClock:
    def test_the_clock_opens_and_closes_what_is_due_once(self) -> None:
        due = ready_draft(opens_at=NOW - timedelta(minutes=1), closes_at=NOW + timedelta(days=1))
        early = ready_draft(opens_at=NOW + timedelta(minutes=1), closes_at=NOW + timedelta(days=1))
        over = CycleFactory(opens_at=NOW - timedelta(days=2), closes_at=NOW)
        assert cycles.run_clock(now=NOW) == [(due.pk, "open"), (over.pk, "closed")]
        assert cycles.run_clock(now=NOW) == []
        early.refresh_from_db()
        assert early.state == CycleState.DRAFT

    def test_a_cycle_that_is_not_ready_keeps_no_other_from_opening(self) -> None:
        dates = {"opens_at": NOW - timedelta(minutes=5), "closes_at": NOW + timedelta(days=1)}
        empty = CycleFactory(draft=True, **dates)
        ready = ready_draft(**dates)
        assert cycles.run_clock(now=NOW) == [(ready.pk, "open")]
        empty.refresh_from_db()
        assert empty.state == CycleState.DRAFT


@pytest.mark.django_db
class TestDates:
    def change(self, cycle: Cycle, **values: Any) -> Cycle:
        given = {n: getattr(cycle, n) for n in ("opens_at", "closes_at", "delivered_on", "note")}
        return cycles.set_dates(cycle_id=cycle.pk, now=NOW, by=None, **{**given, **values})

    def test_slots_follow_a_draft(self) -> None:
        cycle = CycleFactory(draft=True)
        point = PointFactory(market=cycle.market)
        point.windows.create(opens="16:00", closes="19:00")
        ZoneFactory(market=cycle.market)
        later = cycle.delivered_on + timedelta(days=7)
        self.change(cycle, delivered_on=later)
        assert {timezone.localdate(s.starts_at) for s in cycle.slots.all()} == {later}
        assert cycle.slots.count() == 2
        assert SlotCapacity.objects.filter(slot__cycle=cycle).count() == 3

    def test_an_open_cycle_keeps_its_delivery_day(self) -> None:
        cycle = CycleFactory()
        with pytest.raises(cycles.WrongDates):
            self.change(cycle, delivered_on=cycle.delivered_on + timedelta(days=1))
        self.change(cycle, closes_at=cycle.closes_at + timedelta(hours=2))

    def test_dates_out_of_order_are_refused(self) -> None:
        cycle = CycleFactory(draft=True)
        with pytest.raises(cycles.WrongDates):
            self.change(cycle, closes_at=cycle.opens_at)
        with pytest.raises(cycles.WrongDates):
            self.change(cycle, delivered_on=timezone.localdate(cycle.opens_at))

    def test_one_draft_at_a_time(self) -> None:
        cycle = CycleFactory(draft=True)
        with pytest.raises(cycles.DraftExists):
            cycles.create_cycle(
                market_id=cycle.market_id,
                opens_at=NOW,
                closes_at=NOW + timedelta(days=2),
                delivered_on=timezone.localdate(NOW) + timedelta(days=4),
                by=None,
            )


class LifeOfACycle(RuleBasedStateMachine):
    """Whatever is asked in whatever order: the state only advances by one, and each state has one step."""

    def __init__(self) -> None:
        super().__init__()
        self.cycle = ready_draft()
        self.reached = 0

    def _try(self, step: Callable[..., Any], to: CycleState) -> None:
        try:
            step(cycle_id=self.cycle.pk, now=NOW, by=None)
        except Refused:
            assert ORDER_OF_STATES.index(to) != self.reached + 1
        else:
            self.reached += 1
            assert ORDER_OF_STATES[self.reached] == to

    @rule()
    def open(self) -> None:
        self._try(cycles.open_cycle, CycleState.OPEN)

    @rule()
    def close(self) -> None:
        self._try(cycles.close_cycle, CycleState.CLOSED)

    @rule()
    def pack(self) -> None:
        self._try(cycles.mark_packed, CycleState.PACKED)

    @rule()
    def distribute(self) -> None:
        self._try(cycles.mark_distributed, CycleState.DISTRIBUTED)

    @rule()
    def clock(self) -> None:
        before = Cycle.objects.get(pk=self.cycle.pk).state
        cycles.run_clock(now=NOW + timedelta(days=30))
        self.reached += before == CycleState.OPEN

    @invariant()
    def steps_tell_the_state(self) -> None:
        cycle = Cycle.objects.get(pk=self.cycle.pk)
        assert cycle.state == ORDER_OF_STATES[self.reached]
        steps = list(CycleStep.objects.filter(cycle=cycle).values_list("state", flat=True))
        assert steps == [s.value for s in ORDER_OF_STATES[1 : self.reached + 1]]


class TestLifeOfACycle(TestCase):
    def test_forward_only(self) -> None:
        run_state_machine_as_test(LifeOfACycle, settings=settings(max_examples=15, deadline=None))


def in_threads(*calls: Callable[[], Any]) -> list[Any]:
    """Run all at once, each on its own connection; results or the exceptions that they raised."""
    results: list[Any] = [None] * len(calls)
    start = threading.Barrier(len(calls))

    def run(index: int, call: Callable[[], Any]) -> None:
        try:
            start.wait(5)
            results[index] = call()
        except Exception as error:
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(i, c)) for i, c in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def unsafe_close(cycle_id: int, gate: threading.Barrier) -> None:
    """What closing would be without its lock: read, then write."""
    cycle = Cycle.objects.get(pk=cycle_id)
    gate.wait(5)
    if cycle.state != CycleState.OPEN:
        raise cycles.WrongStep(cycle)
    Cycle.objects.filter(pk=cycle_id).update(state=CycleState.CLOSED)


def state_as_an_order_reads_it(cycle_id: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT state FROM market_cycle WHERE id = %s FOR KEY SHARE", [cycle_id])
        return str(cursor.fetchone()[0])


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_clock_and_hand_close_once(self) -> None:
        cycle = CycleFactory(closes_at=NOW + timedelta(seconds=1))
        later = NOW + timedelta(minutes=1)
        calls = [lambda: cycles.close_cycle(cycle_id=cycle.pk, now=later, by=None) for _ in range(3)]
        calls += [lambda: cycles.run_clock(now=later) for _ in range(3)]
        results = in_threads(*calls)
        by_hand = [r for r in results[:3] if isinstance(r, Cycle)]
        by_clock = [r for r in results[3:] if r]
        assert len(by_hand) + len(by_clock) == 1
        assert all(isinstance(r, Cycle | cycles.WrongStep) for r in results[:3])
        assert CycleStep.objects.filter(cycle=cycle, state="closed").count() == 1

    def test_without_the_lock_two_close(self) -> None:
        cycle = CycleFactory()
        gate = threading.Barrier(2)
        results = in_threads(*(lambda: unsafe_close(cycle.pk, gate) for _ in range(2)))
        assert results == [None, None]

    def test_closing_waits_for_an_order_under_way_and_keeps_the_next_one_out(self) -> None:
        """An order holds the cycle FOR KEY SHARE until it commits (see Cycle)."""
        cycle = CycleFactory()
        holds, closed = threading.Event(), threading.Event()
        seen: list[str] = []

        def under_way() -> None:
            with transaction.atomic():
                seen.append(state_as_an_order_reads_it(cycle.pk))
                holds.set()
                threading.Event().wait(0.4)
                seen.append("committed")

        def close() -> None:
            holds.wait(5)
            cycles.close_cycle(cycle_id=cycle.pk, now=NOW, by=None)
            seen.append("closed")
            closed.set()

        def next_one() -> None:
            closed.wait(5)
            with transaction.atomic():
                seen.append(f"next read {state_as_an_order_reads_it(cycle.pk)}")

        errors = [e for e in in_threads(under_way, close, next_one) if e]
        assert errors == []
        assert seen == ["open", "committed", "closed", "next read closed"]

    def test_without_the_lock_an_order_is_written_after_the_close(self) -> None:
        cycle = CycleFactory()
        read, closed = threading.Event(), threading.Event()
        seen: list[str] = []

        def unsafe_order() -> None:
            with transaction.atomic():
                seen.append(Cycle.objects.get(pk=cycle.pk).state)
                read.set()
                closed.wait(5)
                seen.append("written")

        def close() -> None:
            read.wait(5)
            cycles.close_cycle(cycle_id=cycle.pk, now=NOW, by=None)
            seen.append("closed")
            closed.set()

        errors = [e for e in in_threads(unsafe_order, close) if e]
        assert errors == []
        assert seen == ["open", "closed", "written"]

    def test_closing_in_a_rush_of_orders_meets_no_deadlock_and_does_not_wait_for_ever(self) -> None:
        """Orders share the cycle's row, then take its next number one after another, while it is being closed.

        They come without a pause, so that the row is never free: only `closes_at` turns them away.
        """
        cycle = CycleFactory()
        taken: list[int] = []

        def orders() -> None:
            for _ in range(2000):
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(
                        "SELECT state = 'open' AND closes_at > now() FROM market_cycle WHERE id = %s FOR KEY SHARE",
                        [cycle.pk],
                    )
                    if not cursor.fetchone()[0]:
                        return
                    cursor.execute("SELECT pg_sleep(0.01)")
                    Cycle.objects.filter(pk=cycle.pk).update(order_count=F("order_count") + 1)
                    taken.append(1)

        def close() -> None:
            threading.Event().wait(0.3)
            cycles.close_cycle(cycle_id=cycle.pk, now=timezone.now(), by=None)

        errors = [e for e in in_threads(*[orders] * 6, close) if e]
        assert errors == []
        cycle.refresh_from_db()
        assert cycle.state == CycleState.CLOSED
        assert cycle.order_count == len(taken) < 6 * 2000


@pytest.mark.django_db
def test_capacity_is_shared_by_the_windows_of_one_day() -> None:
    cycle = CycleFactory(draft=True)
    point = PointFactory(market=cycle.market, crates=Decimal(30))
    for opens, closes in (("10:00", "12:00"), ("16:00", "18:00")):
        point.windows.create(opens=opens, closes=closes)
    point.windows.create(opens="10:00", closes="12:00", day_offset=1)
    cycles.set_dates(
        cycle_id=cycle.pk,
        opens_at=cycle.opens_at,
        closes_at=cycle.closes_at,
        delivered_on=cycle.delivered_on,
        note="",
        now=NOW,
        by=None,
    )
    crates = [s.capacities.get(temperature="frozen").crates for s in cycle.slots.order_by("starts_at")]
    assert crates == [Decimal(15), Decimal(15), Decimal(30)]
