"""Any story of a cycle, from the first order to late corrections: after every step, the sums hold to the cent."""

import uuid
from collections import defaultdict
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from django.utils import timezone
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from maillage.core.actions import Refused
from maillage.core.money import ZERO
from maillage.core.tax import TaxClass, taxes_on
from maillage.ledger import queries as books
from maillage.ledger.models import Entry
from maillage.ledger.types import AccountKind
from maillage.market.actions import cycles, desk, orders, receiving, settle, till
from maillage.market.models import (
    Cycle,
    CycleState,
    LineAdjustment,
    LineState,
    Offer,
    Order,
    OrderLine,
    OrderState,
    ProducerStatement,
    Reception,
    Slot,
    SlotCapacity,
)
from maillage.market.queries.settlement import opened
from maillage.payments.models import Payment

from .factories import CycleFactory, DeliverySlotFactory, MarketFactory, MemberFactory, OfferFactory, SlotFactory

MEMBERS, OFFERS, SLOTS = 3, 4, 3
LIVE = (CycleState.DRAFT, CycleState.OPEN)
picks = st.integers(min_value=0, max_value=999)


class CycleMachine(RuleBasedStateMachine):
    """Members order, amend, cancel; the cycle advances; the desk weighs, credits, undoes, is paid; the books close."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    @initialize(margin=st.sampled_from(["retained", "on_top"]))
    def opened(self, margin: str) -> None:
        self.market = MarketFactory(margin_mode=margin)
        self.people = [MemberFactory(self.market) for _ in range(MEMBERS)]
        self.book = books.book_of(self.market.organisation_id)
        self.cycle = self.new_cycle()

    def new_cycle(self) -> Cycle:
        cycle: Cycle = CycleFactory(market=self.market, opens_at=timezone.now() - timedelta(days=1))
        self.slots = [SlotFactory(cycle=cycle, places=2, crates=Decimal("0.300")), SlotFactory(cycle=cycle)]
        self.slots.append(DeliverySlotFactory(cycle=cycle, minimum=0, zone__minimum=0, fee=Decimal("6.35")))
        made = [
            OfferFactory(cycle=cycle, member_price=Decimal("3.3333"), producer_price=Decimal("2.6001")),
            OfferFactory(
                cycle=cycle, tax_class="taxable", deposit=Decimal("0.10"), member_price=Decimal("4.9900"),
                producer_price=Decimal("3.8922"),
            ),
            OfferFactory(
                cycle=cycle, by_weight=True, content=Decimal("1.734"), content_unit="kg", temperature="frozen",
                member_price=Decimal("13.9000"), producer_price=Decimal("10.8420"),
            ),
            OfferFactory(
                cycle=cycle, by_weight=True, content=Decimal("0.455"), content_unit="kg", tax_class="taxable",
                member_price=Decimal("21.5550"), producer_price=Decimal("18.7435"), quantity=Decimal(4),
            ),
        ]  # fmt: skip
        known = getattr(self, "offers", None)
        if known:  # the same producers sell again
            for offer, before in zip(made, known, strict=True):
                Offer.objects.filter(pk=offer.pk).update(producer=before.producer)
        self.offers = [Offer.objects.get(pk=offer.pk) for offer in made]
        return cycle

    # --- members ------------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.state == CycleState.OPEN)
    @rule(
        person=picks,
        slot=picks,
        offer=picks,
        other=picks,
        n=st.integers(1, 3),
        m=st.integers(0, 2),
        staff=st.booleans(),
    )
    def order(self, person: int, slot: int, offer: int, other: int, n: int, m: int, staff: bool) -> None:
        lines = {self.offers[offer % OFFERS].pk: Decimal(n)}
        if m:
            lines[self.offers[other % OFFERS].pk] = Decimal(m)
        who = self.people[person % MEMBERS]
        with suppress(Refused), transaction.atomic():
            orders.place_order(
                person_id=who.pk, cycle_id=self.cycle.pk, slot_id=self.slots[slot % SLOTS].pk, key=uuid.uuid4(),
                payment_method=["pickup", "interac"][n % 2], now=timezone.now(), by=who.account, lines=lines,
                delivery_address="1, rue A", delivery_postal_code="J8X 1A1", staff=staff,
            )  # fmt: skip

    @precondition(lambda self: self.state == CycleState.OPEN)
    @rule(pick=picks, offer=picks, n=st.integers(0, 4), slot=picks, staff=st.booleans())
    def amend(self, pick: int, offer: int, n: int, slot: int, staff: bool) -> None:
        order = self.an_order(pick)
        if order is None:
            return
        lines = dict(order.lines.values_list("offer_id", "quantity")) | {self.offers[offer % OFFERS].pk: Decimal(n)}
        with suppress(Refused), transaction.atomic():
            orders.amend_order(
                order_id=order.pk, lines=lines, now=timezone.now(), by=None, slot_id=self.slots[slot % SLOTS].pk,
                delivery_address="1, rue A", delivery_postal_code="J8X 1A1", staff=staff,
            )  # fmt: skip

    @precondition(lambda self: self.state == CycleState.OPEN)
    @rule(pick=picks, staff=st.booleans())
    def cancel(self, pick: int, staff: bool) -> None:
        order = self.an_order(pick)
        if order is not None:
            orders.cancel_order(order_id=order.pk, now=timezone.now(), by=None, staff=staff)

    # --- the cycle ----------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.state != CycleState.SETTLED)
    @rule(steps=st.integers(1, 4))
    def advance(self, steps: int) -> None:
        for _ in range(steps):
            state = CycleState(self.state)
            if state == CycleState.SETTLED or not Order.objects.filter(cycle=self.cycle).exists():
                return
            step = {
                CycleState.OPEN: cycles.close_cycle,
                CycleState.CLOSED: cycles.mark_packed,
                CycleState.PACKED: cycles.mark_distributed,
                CycleState.DISTRIBUTED: settle.settle_cycle,
            }[state]
            step(cycle_id=self.cycle.pk, now=timezone.now(), by=None)
            event(f"reached {self.state}")

    @precondition(lambda self: self.state == CycleState.SETTLED)
    @rule()
    def next_cycle(self) -> None:
        self.cycle = self.new_cycle()

    # --- the door -----------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.state in (CycleState.CLOSED, CycleState.PACKED))
    @rule(offer=picks, pieces=st.integers(0, 8))
    def receive(self, offer: int, pieces: int) -> None:
        with suppress(Refused), transaction.atomic():
            made = receiving.receive(
                offer_id=self.offers[offer % OFFERS].pk,
                pieces=Decimal(pieces),
                now=timezone.now(),
                by=None,
            )
            event(f"received, {'short' if made.short else 'whole'}")

    @precondition(lambda self: self.state in (CycleState.CLOSED, CycleState.PACKED))
    @rule()
    def receive_the_rest(self) -> None:
        receiving.receive_all(offer_ids=[o.pk for o in self.offers], now=timezone.now(), by=None)

    @rule(pick=picks)
    def take_reception_back(self, pick: int) -> None:
        made = list(Reception.objects.order_by("pk"))
        if made:
            with suppress(Refused), transaction.atomic():
                receiving.undo_reception(reception_id=made[pick % len(made)].pk, now=timezone.now(), by=None)

    # --- the desk -----------------------------------------------------------------------------------------------------

    @rule(pick=picks, n=st.integers(1, 3), damaged=st.booleans())
    def miss(self, pick: int, n: int, damaged: bool) -> None:
        line = self.a_line(pick)
        if line is not None:
            with suppress(Refused), transaction.atomic():
                desk.mark_short(line_id=line.pk, pieces=Decimal(n), damaged=damaged, now=timezone.now(), by=None)

    @rule(pick=picks, factor=st.decimals("0.01", "4", places=2), sure=st.booleans())
    def weigh(self, pick: int, factor: Decimal, sure: bool) -> None:
        line = self.a_line(pick, estimated_weight__isnull=False)
        if line is not None and line.estimated_weight is not None:
            weight = line.estimated_weight * factor
            with suppress(Refused), transaction.atomic():
                desk.set_weight(line_id=line.pk, weight=weight, now=timezone.now(), by=None, confirmed=sure)

    @rule(pick=picks)
    def undo(self, pick: int) -> None:
        made = list(LineAdjustment.objects.exclude(reason="undone").order_by("pk"))
        if made:
            with suppress(Refused), transaction.atomic():
                desk.undo_adjustment(adjustment_id=made[-1 - pick % len(made)].pk, now=timezone.now(), by=None)

    @rule(pick=picks, ticked=st.booleans())
    def tick(self, pick: int, ticked: bool) -> None:
        line = self.a_line(pick)
        if line is not None:
            with suppress(Refused):
                desk.set_handed_over(line_id=line.pk, handed_over=ticked, now=timezone.now(), by=None)

    @rule(pick=picks, verb=st.sampled_from(["hand_over", "undo_hand_over", "absent", "back"]))
    def hand(self, pick: int, verb: str) -> None:
        line = self.a_line(pick)
        if line is None:
            return
        about: dict[str, Any] = {"order_id": line.order_id, "now": timezone.now(), "by": None}
        with suppress(Refused):
            if verb in ("absent", "back"):
                desk.set_absent(absent=verb == "absent", **about)
            else:
                getattr(desk, verb)(**about)

    @rule(pick=picks, share=st.sampled_from([Decimal(1), Decimal("0.5"), Decimal(2)]))
    def pay(self, pick: int, share: Decimal) -> None:
        line = self.a_line(pick)
        if line is not None:
            due = till.due_of(Order.objects.select_related("cycle__market").get(pk=line.order_id))
            with suppress(Refused), transaction.atomic():
                till.take_payment(
                    order_id=line.order_id, method="cash", amount=(due * share).quantize(ZERO), nonce=uuid.uuid4(),
                    now=timezone.now(), by=None,
                )  # fmt: skip

    @rule(pick=picks)
    def unpay(self, pick: int) -> None:
        taken = list(Payment.objects.order_by("pk"))
        if taken:
            payment = taken[pick % len(taken)]
            order = Order.objects.get(public_id=payment.key.split(":")[1])
            with suppress(Refused), transaction.atomic():
                till.undo_taken(order_id=order.pk, payment_id=payment.pk, now=timezone.now(), by=None)

    # --- the treasurer ------------------------------------------------------------------------------------------------

    @rule(pick=picks)
    def pay_out(self, pick: int) -> None:
        made = list(ProducerStatement.objects.order_by("pk"))
        if made:
            with suppress(Refused), transaction.atomic():
                settle.pay_statements(
                    statement_ids=[made[pick % len(made)].pk],
                    paid_on=timezone.localdate(),
                    reference="V",
                    now=timezone.now(),
                    by=None,
                )

    @rule(pick=picks)
    def take_back(self, pick: int) -> None:
        made = list(ProducerStatement.objects.order_by("pk"))
        if made:
            with suppress(Refused), transaction.atomic():
                settle.undo_payment(statement_id=made[pick % len(made)].pk, now=timezone.now(), by=None)

    # --- what always holds --------------------------------------------------------------------------------------------

    @invariant()
    def the_base_agrees(self) -> None:
        """Deferred triggers (balanced transactions, statements that sum up) are made to speak now."""
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")

    @invariant()
    def the_ledger_balances(self) -> None:
        assert (Entry.objects.aggregate(s=Sum("amount"))["s"] or ZERO) == 0

    @invariant()
    def orders_are_sums_of_their_lines(self) -> None:
        for order in Order.objects.exclude(state=OrderState.CANCELLED).prefetch_related("lines"):
            lines = order.lines.all()
            taxable = sum((line.goods for line in lines if line.tax_class == TaxClass.TAXABLE), order.delivery)
            taxes = taxes_on(taxable)
            for name in ("goods", "producers", "margin", "deposits"):
                assert getattr(order, name) == sum((getattr(line, name) for line in lines), ZERO), name
            assert (order.tps, order.tvq) == (taxes.tps, taxes.tvq)
            assert order.total == order.goods + order.tps + order.tvq + order.deposits + order.delivery

    @invariant()
    def lines_charge_what_they_hold(self) -> None:
        """A line that was touched is charged for its pieces or its weight, and its changes lead there."""
        for line in OrderLine.objects.exclude(order__state=OrderState.CANCELLED).select_related("offer"):
            pieces = desk.charged_pieces(line)
            weight = (
                None
                if line.estimated_weight is None
                else line.final_weight or (line.estimated_weight if line.final_weight is None else ZERO)
            )
            amounts = desk.amounts_of(line, pieces, weight)
            assert (line.goods, line.producers, line.deposits) == (amounts.goods, amounts.producers, amounts.deposits)
            changed = line.adjustments.aggregate(s=Sum("quantity"))["s"] or ZERO
            assert line.quantity + changed == pieces
            assert (line.state in (LineState.MISSING, LineState.DAMAGED)) == (pieces == 0)

    @invariant()
    def what_came_short_was_shared(self) -> None:
        """Each order gets a part between nothing and what it ordered; together, no more was cut than was missing."""
        for reception in Reception.objects.select_related("offer"):
            cut = LineAdjustment.objects.filter(reception=reception, undone_by=None).aggregate(s=Sum("quantity"))["s"]
            missing = max(reception.expected - reception.received, ZERO)
            assert 0 <= -(cut or ZERO) <= missing
        for line in OrderLine.objects.exclude(final_quantity=None):
            assert line.final_quantity is not None
            assert 0 <= line.final_quantity <= line.quantity

    @invariant()
    def stock_and_places_are_sums_of_orders(self) -> None:
        stand = Order.objects.exclude(state=OrderState.CANCELLED)
        for offer in Offer.objects.all():
            sold = OrderLine.objects.filter(offer=offer, order__in=stand).aggregate(s=Sum("quantity"))["s"] or ZERO
            assert offer.sold == sold
        for slot in Slot.objects.all():
            mine = list(stand.filter(slot=slot))
            assert slot.taken == len(mine)
            for room in SlotCapacity.objects.filter(slot=slot):
                assert room.taken == sum((Decimal(o.crates.get(room.temperature, "0")) for o in mine), ZERO)

    @invariant()
    def charges_are_shared_out(self) -> None:
        """Members' charges = producers' net + margin + taxes + deposits + delivery, in the books and in the orders."""
        charged: dict[str, Decimal] = defaultdict(lambda: ZERO)
        for order in Order.objects.exclude(state=OrderState.CANCELLED):
            for name in ("total", "producers", "margin", "tps", "tvq", "deposits", "delivery"):
                charged[name] += getattr(order, name)
        kinds = {k: books.balance(self.book.pk, k) for k in AccountKind}
        assert charged["total"] == sum(v for k, v in charged.items() if k != "total")
        for name, kind in (("margin", "MARGIN"), ("tps", "TPS"), ("tvq", "TVQ"), ("deposits", "DEPOSITS")):
            assert charged[name] == -kinds[AccountKind[kind]], name
        assert charged["delivery"] == -kinds[AccountKind.DELIVERY]
        assert charged["producers"] == kinds[AccountKind.BANK] * -1 - kinds[AccountKind.PRODUCER]
        assert charged["total"] == kinds[AccountKind.MEMBER] + kinds[AccountKind.CASH]

    @invariant()
    def producers_are_owed_what_their_statements_say(self) -> None:
        """Unpaid statements, corrections that wait and cycles under way are, together, the producer's account."""
        owed: dict[int, Decimal] = defaultdict(lambda: ZERO)
        for statement in ProducerStatement.objects.filter(paid_on=None, carried_to=None):
            owed[statement.producer_id] += statement.net
        for adjustment in LineAdjustment.objects.filter(
            statement=None, line__order__cycle__state=CycleState.SETTLED
        ).select_related("line"):
            owed[adjustment.line.producer_id] += adjustment.producers
        running = OrderLine.objects.exclude(order__state=OrderState.CANCELLED).exclude(
            order__cycle__state=CycleState.SETTLED
        )
        for line in running:
            owed[line.producer_id] += line.producers
        ledger = {key: -amount for key, amount in books.balances(self.book.pk, AccountKind.PRODUCER).items()}
        assert {k: v for k, v in owed.items() if v} == ledger

    @invariant()
    def settled_cycles_hold(self) -> None:
        for cycle in Cycle.objects.filter(state=CycleState.SETTLED).select_related("settlement"):
            sums = cycle.settlement
            parts = sums.producers + sums.margin + sums.tps + sums.tvq + sums.deposits + sums.delivery
            assert sums.charged == parts
            statements = list(ProducerStatement.objects.filter(cycle=cycle))
            assert sum((s.net - s.late for s in statements), ZERO) == sums.producers
            assert sum((s.margin for s in statements), ZERO) == sums.margin
            for statement in statements:
                rows = opened(statement)
                assert sum((line.sold for line in rows.lines), ZERO) == statement.sold
                assert sum((line.adjusted for line in rows.lines), ZERO) == statement.adjusted
                assert sum((line.margin for line in rows.lines), ZERO) == statement.margin
                assert sum((line.net for line in rows.lines), ZERO) == statement.net - statement.late
                corrections = sum((a.producers for a in rows.late), ZERO)
                assert corrections + sum((s.net for s in rows.carried), ZERO) == statement.late

    # --- steps --------------------------------------------------------------------------------------------------------

    @property
    def state(self) -> str:
        return Cycle.objects.values_list("state", flat=True).get(pk=self.cycle.pk) if hasattr(self, "cycle") else ""

    def an_order(self, pick: int) -> Order | None:
        stand = list(Order.objects.filter(cycle=self.cycle, state=OrderState.PLACED).order_by("pk"))
        return stand[pick % len(stand)] if stand else None

    def a_line(self, pick: int, **only: Any) -> OrderLine | None:
        lines = list(OrderLine.objects.filter(**only).exclude(order__cycle__state__in=LIVE).order_by("pk"))
        return lines[pick % len(lines)] if lines else None


@pytest.mark.django_db
def test_sums_hold_through_any_story_of_a_cycle() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        CycleMachine,
        settings=settings(
            max_examples=10, stateful_step_count=24, deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        ),
    )  # fmt: skip
