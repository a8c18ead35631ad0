"""A market's figures are those of its orders and of its books."""

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from maillage.core.facts import FactContext, registered
from maillage.core.period import Period
from maillage.directory.models import Organisation, Person
from maillage.directory.tests.factories import OrganisationFactory
from maillage.ledger import queries as ledger
from maillage.market import facts
from maillage.market.actions import orders
from maillage.market.models import Cycle, CycleState, Offer, OrderLine, Slot

from .factories import CycleFactory, MarketFactory, MemberFactory, OfferFactory, SlotFactory

pytestmark = pytest.mark.django_db


def place(member: Person, slot: Slot, wanted: dict[Offer, Any]) -> int:
    return orders.place_order(
        person_id=member.pk, cycle_id=slot.cycle_id, slot_id=slot.pk, payment_method="pickup", key=uuid.uuid4(),
        now=timezone.now(), by=member.account, lines={o.pk: Decimal(q) for o, q in wanted.items()},
    ).order_id  # fmt: skip


def of(cycle: Cycle, **filters: Any) -> FactContext:
    period = Period(cycle.delivered_on, cycle.delivered_on + timedelta(days=1))
    return FactContext((cycle.market.organisation_id,), period).narrowed(**filters)


def test_sales_are_split_as_the_books_have_them() -> None:
    slot = SlotFactory()
    cycle = slot.cycle
    carrots, beets = OfferFactory(cycle=cycle), OfferFactory(cycle=cycle)
    first, second = MemberFactory(cycle.market), MemberFactory(cycle.market)
    place(first, slot, {carrots: 2, beets: 1})
    gone = place(second, slot, {carrots: 5})
    orders.cancel_order(order_id=gone, now=timezone.now(), by=None)
    here = of(cycle)
    book = ledger.book_of(cycle.market.organisation_id).pk
    assert facts.SALES.value(here) == Decimal("30.00")
    assert facts.TO_FARMS.value(here) == Decimal("23.40") == -ledger.balance(book, "producer")
    assert facts.MARGIN.value(here) == Decimal("6.60") == -ledger.balance(book, "margin")
    assert facts.ORDERS.value(here) == facts.BUYERS.value(here) == 1
    assert facts.PRODUCERS_SELLING.value(here) == facts.PRODUCTS_SOLD.value(here) == 2


def test_buyers_of_two_cycles_count_once_and_stay_unnamed() -> None:
    market = MarketFactory()
    member = MemberFactory(market)
    slots = [SlotFactory(cycle=CycleFactory(market=market)) for _ in range(2)]
    for slot in slots:
        place(member, slot, {OfferFactory(cycle=slot.cycle): 1})
    here = FactContext((market.organisation_id,))
    assert facts.ORDERS.value(here) == 2
    assert facts.BUYERS.value(here) == 1
    shown = (
        [*facts.BUYERS.entities(here)],
        facts.BUYERS.rows(here).values_list(*(c.path for c in facts.BUYERS.row_columns)),
    )
    assert member.family_name not in str([str(part) for part in shown])


def test_merged_farms_sell_as_one() -> None:
    slot = SlotFactory()
    one, other = OfferFactory(cycle=slot.cycle), OfferFactory(cycle=slot.cycle)
    place(MemberFactory(slot.cycle.market), slot, {one: 1, other: 1})
    Organisation.objects.filter(pk=other.producer_id).update(merged_into=one.producer)
    assert facts.PRODUCERS_SELLING.value(of(slot.cycle)) == 1
    assert facts.SALES.value(of(slot.cycle, producer=one.producer_id)) == Decimal("20.00")


def test_missing_line_counts_as_missing_and_sells_nothing() -> None:
    slot = SlotFactory()
    offer = OfferFactory(cycle=slot.cycle)
    order = place(MemberFactory(slot.cycle.market), slot, {offer: 1})
    assert facts.LINES_MISSING.value(of(slot.cycle)) == 0
    OrderLine.objects.filter(order_id=order).update(state="missing", goods=0, producers=0, margin=0)
    assert facts.LINES_MISSING.value(of(slot.cycle)) == 1
    assert facts.SALES.value(of(slot.cycle)) == 0


def test_cycle_counts_once_it_is_closed() -> None:
    cycle = CycleFactory()
    assert facts.CYCLES.value(of(cycle)) == 0
    Cycle.objects.filter(pk=cycle.pk).update(state=CycleState.CLOSED)
    assert facts.CYCLES.value(of(cycle)) == 1
    assert facts.CYCLES.value(FactContext((OrganisationFactory().pk,))) == 0


class TestValue(TestCase):
    @hypothesis_settings(max_examples=10)
    @given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(1, 4)), min_size=1, max_size=8))
    def test_value_is_the_measure_of_the_rows(self, wanted: list[tuple[int, int, int]]) -> None:
        slot = SlotFactory()
        offers = [OfferFactory(cycle=slot.cycle) for _ in range(4)]
        members = [MemberFactory(slot.cycle.market) for _ in range(3)]
        for who, what, pieces in wanted:
            place(members[who], slot, {offers[what]: pieces})
        here = of(slot.cycle)
        for fact in registered().values():
            if not fact.key.startswith("market_"):
                continue
            assert fact.value(here) == fact.measure.over(fact.rows(here)), fact.key
            for name in fact.dims:
                for cell in fact.breakdown(here, [name]):
                    if name not in ("month", "year"):
                        assert cell.value == fact.value(here.narrowed(**{name: cell.keys[0]})), (fact.key, name)
