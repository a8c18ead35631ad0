import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from maillage.core.actions import NotAllowed
from maillage.core.changes import past_of
from maillage.directory.models import Person
from maillage.directory.tests.factories import with_role
from maillage.ledger import queries as ledger
from maillage.ledger.models import Entry, Transaction
from maillage.market.actions import carts, cycles, orders
from maillage.market.drafting import Why
from maillage.market.models import (
    Cart,
    CartLine,
    Cycle,
    CycleState,
    Offer,
    Order,
    OrderLine,
    OrderState,
    Slot,
    SlotCapacity,
)
from maillage.payments.models import ExpectedTransfer

from .factories import (
    CycleFactory,
    DeliverySlotFactory,
    MemberFactory,
    OfferFactory,
    PersonFactory,
    SlotFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def cycle() -> Cycle:
    return CycleFactory()


@pytest.fixture
def slot(cycle: Cycle) -> Slot:
    return SlotFactory(cycle=cycle)


@pytest.fixture
def member(cycle: Cycle) -> Person:
    return MemberFactory(cycle.market)


def place(member: Person, slot: Slot, wanted: dict[Offer, Any] | None = None, **changes: Any) -> orders.Placed:
    lines = None if wanted is None else {offer.pk: Decimal(quantity) for offer, quantity in wanted.items()}
    return orders.place_order(
        **{
            "person_id": member.pk, "cycle_id": slot.cycle_id, "slot_id": slot.pk, "payment_method": "pickup",
            "key": uuid.uuid4(), "now": timezone.now(), "by": member.account, "lines": lines,
        }
        | changes
    )  # fmt: skip


def amend(placed: orders.Placed, wanted: dict[Offer, Any], **changes: Any) -> orders.Placed:
    lines = {offer.pk: Decimal(quantity) for offer, quantity in wanted.items()}
    return orders.amend_order(
        **{"order_id": placed.order_id, "lines": lines, "now": timezone.now(), "by": None} | changes
    )


def owes(member: Person, cycle: Cycle) -> Decimal:
    book = ledger.book_of(cycle.market.organisation_id)
    return ledger.balance(book.pk, "member", person_id=member.pk)


def check_sums(cycle: Cycle) -> None:
    """What the ledger says of a cycle is what its live orders say, to the cent; stock and places are theirs too."""
    live = Order.objects.filter(cycle=cycle).exclude(state=OrderState.CANCELLED)
    sums = live.aggregate(
        *[Sum(f, default=0) for f in ("total", "producers", "margin", "tps", "tvq", "deposits", "delivery")]
    )
    book = ledger.book_of(cycle.market.organisation_id)
    for kind, name in [
        ("member", "total"), ("producer", "producers"), ("margin", "margin"), ("tps", "tps"), ("tvq", "tvq"),
        ("deposits", "deposits"), ("delivery", "delivery"),
    ]:  # fmt: skip
        sign = 1 if kind == "member" else -1
        assert sign * ledger.balance(book.pk, kind) == sums[f"{name}__sum"], kind
    for order in live.prefetch_related("lines"):
        assert order.goods == sum(line.goods for line in order.lines.all())
        assert order.deposits == sum(line.deposits for line in order.lines.all())
    for offer in Offer.objects.filter(cycle=cycle):
        ordered = OrderLine.objects.filter(offer=offer, order__in=live).aggregate(Sum("quantity", default=0))
        assert offer.sold == ordered["quantity__sum"]
    for slot in Slot.objects.filter(cycle=cycle):
        assert slot.taken == live.filter(slot=slot).count()
        for room in slot.capacities.all():
            taken = sum(Decimal(o.crates.get(room.temperature, "0")) for o in live.filter(slot=slot))
            assert room.taken == taken


def nothing_happened(cycle: Cycle) -> None:
    assert not Order.objects.exists()
    assert not Entry.objects.exists()
    check_sums(cycle)


def test_order_takes_stock_place_and_crates_and_posts_its_parts(member: Person, slot: Slot, cycle: Cycle) -> None:
    carrots = OfferFactory(cycle=cycle, quantity=10)
    soap = OfferFactory(
        cycle=cycle, tax_class="taxable", temperature="ambient", member_price="5.4950", producer_price="4.2861",
        deposit="0.25", crates="0.100",
    )  # fmt: skip
    placed = place(member, slot, {carrots: 3, soap: 2})
    order = Order.objects.get(pk=placed.order_id)
    assert (order.goods, order.tps, order.tvq, order.deposits) == (
        Decimal("40.99"), Decimal("0.55"), Decimal("1.10"), Decimal("0.50"),
    )  # fmt: skip
    assert order.total == placed.total == Decimal("43.14")
    assert order.crates == {"ambient": "0.200", "chilled": "0.150"}
    assert placed.number >= 1
    assert owes(member, cycle) == Decimal("43.14")
    check_sums(cycle)


def test_weighed_line_is_charged_at_its_estimated_weight(member: Person, slot: Slot, cycle: Cycle) -> None:
    chicken = OfferFactory(
        cycle=cycle,
        by_weight=True,
        content="1.800",
        content_unit="kg",
        member_price="15.4000",
        producer_price="12.0120",
    )
    placed = place(member, slot, {chicken: 2})
    line = OrderLine.objects.get()
    assert (line.estimated_weight, line.goods, line.producers) == (Decimal("3.600"), Decimal("55.44"), Decimal("43.24"))
    assert placed.total == Decimal("55.44")


def test_order_comes_from_the_cart_and_empties_it(member: Person, slot: Slot, cycle: Cycle) -> None:
    offer = OfferFactory(cycle=cycle)
    carts.fill(person_id=member.pk, cycle_id=cycle.pk, quantities={offer.pk: Decimal(4)}, now=timezone.now(), by=None)
    place(member, slot)
    assert OrderLine.objects.get().quantity == 4
    assert not CartLine.objects.exists()
    assert Cart.objects.count() == 1


def test_numbers_start_after_those_given_before_and_never_repeat(slot: Slot, cycle: Cycle) -> None:
    Cycle.objects.filter(pk=cycle.pk).update(order_count=1500)
    offer = OfferFactory(cycle=cycle)
    numbers = [place(MemberFactory(cycle.market), slot, {offer: 1}).number for _ in range(3)]
    assert numbers == sorted(set(numbers))
    assert 1500 < numbers[0] <= 1600


def test_same_key_answers_with_the_same_order(member: Person, slot: Slot, cycle: Cycle) -> None:
    offer, key = OfferFactory(cycle=cycle), uuid.uuid4()
    first = place(member, slot, {offer: 1}, key=key)
    again = place(member, slot, {offer: 1}, key=key)
    assert again.repeated
    assert again.order_id == first.order_id
    assert owes(member, cycle) == Decimal("10.00")
    check_sums(cycle)


def test_second_order_is_added_to_the_first(member: Person, slot: Slot, cycle: Cycle) -> None:
    one, two = OfferFactory(cycle=cycle), OfferFactory(cycle=cycle, member_price="3.3300", producer_price="3")
    first = place(member, slot, {one: 1})
    second = place(member, slot, {one: 2, two: 1})
    assert second.merged
    assert (second.order_id, second.revision, second.number) == (first.order_id, 2, first.number)
    assert dict(OrderLine.objects.values_list("offer_id", "quantity")) == {one.pk: 3, two.pk: 1}
    assert Transaction.objects.count() == 2
    assert owes(member, cycle) == Decimal("33.33")
    check_sums(cycle)


def test_line_keeps_the_price_at_which_it_was_first_ordered(member: Person, slot: Slot, cycle: Cycle) -> None:
    offer = OfferFactory(cycle=cycle)
    place(member, slot, {offer: 1})
    Offer.objects.filter(pk=offer.pk).update(member_price="12.0000")
    assert place(member, slot, {offer: 1}).total == Decimal("20.00")
    check_sums(cycle)


def test_what_ran_out_is_told_line_by_line_and_nothing_is_taken(member: Person, slot: Slot, cycle: Cycle) -> None:
    few, limited = OfferFactory(cycle=cycle, quantity=3), OfferFactory(cycle=cycle, max_per_member=2)
    gone, bunch = OfferFactory(cycle=cycle, is_open=False), OfferFactory(cycle=cycle, step=Decimal("0.500"))
    plenty = OfferFactory(cycle=cycle)
    with pytest.raises(orders.SoldOut) as refused:
        place(member, slot, {few: 5, limited: 3, gone: 1, bunch: "1.200", plenty: 9})
    assert {s.offer_id: (s.why, s.wanted, s.possible) for s in refused.value.shortages} == {
        few.pk: (Why.STOCK, 5, 3),
        limited.pk: (Why.MAXIMUM, 3, 2),
        gone.pk: (Why.WITHDRAWN, 1, 0),
        bunch.pk: (Why.STEP, Decimal("1.200"), 1),
    }
    nothing_happened(cycle)


def test_maximum_counts_what_is_ordered_already(member: Person, slot: Slot, cycle: Cycle) -> None:
    offer = OfferFactory(cycle=cycle, max_per_member=3)
    place(member, slot, {offer: 2})
    with pytest.raises(orders.SoldOut) as refused:
        place(member, slot, {offer: 2})
    assert [(s.wanted, s.possible) for s in refused.value.shortages] == [(2, 1)]
    check_sums(cycle)


@pytest.mark.parametrize("state", [CycleState.DRAFT, CycleState.CLOSED, CycleState.SETTLED])
def test_cycle_that_is_not_open_refuses(member: Person, slot: Slot, cycle: Cycle, state: str) -> None:
    offer = OfferFactory(cycle=cycle)
    Cycle.objects.filter(pk=cycle.pk).update(state=state) if state != CycleState.DRAFT else None
    if state == CycleState.DRAFT:
        draft = CycleFactory(draft=True, market=cycle.market)
        offer, slot = OfferFactory(cycle=draft), SlotFactory(cycle=draft)
    with pytest.raises(orders.NotOpen):
        place(member, slot, {offer: 1})
    nothing_happened(slot.cycle)


def test_hour_of_closing_refuses_before_anyone_closes(member: Person, slot: Slot, cycle: Cycle) -> None:
    with pytest.raises(orders.NotOpen):
        place(member, slot, {OfferFactory(cycle=cycle): 1}, now=cycle.closes_at)
    nothing_happened(cycle)


def test_stranger_is_refused_where_membership_is_required(slot: Slot, cycle: Cycle) -> None:
    stranger = PersonFactory()
    offer = OfferFactory(cycle=cycle)
    with pytest.raises(orders.NotAMember):
        place(stranger, slot, {offer: 1})
    nothing_happened(cycle)
    cycle.market.membership_required = False
    cycle.market.save()
    assert not place(stranger, slot, {offer: 1}).merged


def test_full_slot_refuses_and_takes_nothing(member: Person, slot: Slot, cycle: Cycle) -> None:
    Slot.objects.filter(pk=slot.pk).update(places=0)
    with pytest.raises(orders.SlotFull) as refused:
        place(member, slot, {OfferFactory(cycle=cycle): 1})
    assert refused.value.temperatures == ()
    nothing_happened(cycle)


def test_slot_without_room_for_a_temperature_says_which(member: Person, slot: Slot, cycle: Cycle) -> None:
    SlotCapacity.objects.filter(slot=slot, temperature="frozen").update(crates="0.100")
    fries = OfferFactory(cycle=cycle, temperature="frozen", crates="0.060")
    with pytest.raises(orders.SlotFull) as refused:
        place(member, slot, {OfferFactory(cycle=cycle): 1, fries: 2})
    assert refused.value.temperatures == ("frozen",)
    nothing_happened(cycle)
    assert not place(member, slot, {fries: 1}).merged


def test_slot_that_holds_no_crate_of_a_temperature_refuses_it(member: Person, slot: Slot, cycle: Cycle) -> None:
    SlotCapacity.objects.filter(slot=slot, temperature="frozen").delete()
    with pytest.raises(orders.SlotFull):
        place(member, slot, {OfferFactory(cycle=cycle, temperature="frozen"): 1})
    nothing_happened(cycle)


def test_slot_of_another_cycle_is_no_slot(member: Person, slot: Slot, cycle: Cycle) -> None:
    other = SlotFactory()
    with pytest.raises(orders.SlotFull):
        place(member, slot, {OfferFactory(cycle=cycle): 1}, slot_id=other.pk)
    nothing_happened(cycle)


def test_offer_of_another_cycle_is_not_sold(member: Person, slot: Slot, cycle: Cycle) -> None:
    with pytest.raises(orders.NothingWanted):
        place(member, slot, {OfferFactory(): 1})
    nothing_happened(cycle)


def test_empty_cart_is_refused(member: Person, slot: Slot, cycle: Cycle) -> None:
    with pytest.raises(orders.NothingWanted):
        place(member, slot)
    nothing_happened(cycle)


def test_home_delivery_charges_its_fee_with_taxes(member: Person, cycle: Cycle) -> None:
    slot = DeliverySlotFactory(cycle=cycle)
    placed = place(
        member, slot, {OfferFactory(cycle=cycle): 4}, delivery_address="3, rue Eddy", delivery_postal_code="j8x 2k1"
    )
    order = Order.objects.get(pk=placed.order_id)
    assert (order.delivery, order.tps, order.tvq, order.total) == (
        Decimal("6.00"), Decimal("0.30"), Decimal("0.60"), Decimal("46.90"),
    )  # fmt: skip
    assert (order.delivery_postal_code, order.crates) == ("J8X2K1", {})
    check_sums(cycle)


@pytest.mark.parametrize(
    ("address", "postal_code", "pieces", "refusal"),
    [
        ("3, rue Eddy", "H2X 1A1", 4, orders.NotDelivered),
        ("", "J8X 2K1", 4, orders.NotDelivered),
        ("3, rue Eddy", "J8X 2K1", 3, orders.BelowMinimum),
    ],
)
def test_home_delivery_has_an_address_a_zone_and_a_minimum(
    member: Person, cycle: Cycle, address: str, postal_code: str, pieces: int, refusal: type[Exception]
) -> None:
    slot = DeliverySlotFactory(cycle=cycle)
    with pytest.raises(refusal):
        place(
            member,
            slot,
            {OfferFactory(cycle=cycle): pieces},
            delivery_address=address,
            delivery_postal_code=postal_code,
        )
    nothing_happened(cycle)


def test_balance_pays_until_the_credit_limit(cycle: Cycle, slot: Slot, member: Person) -> None:
    cycle.market.credit_limit = Decimal("15.00")
    cycle.market.save()
    offer = OfferFactory(cycle=cycle)
    with pytest.raises(orders.NotEnoughBalance) as refused:
        place(member, slot, {offer: 2}, payment_method="balance")
    assert refused.value.missing == Decimal("5.00")
    nothing_happened(cycle)
    place(member, slot, {offer: 1}, payment_method="balance")
    with pytest.raises(orders.NotEnoughBalance):
        place(member, slot, {offer: 1}, payment_method="balance")
    check_sums(cycle)


def test_total_that_the_member_did_not_see_is_not_charged(member: Person, slot: Slot, cycle: Cycle) -> None:
    offer = OfferFactory(cycle=cycle)
    with pytest.raises(orders.TotalChanged) as refused:
        place(member, slot, {offer: 1}, expected=Decimal("9.99"))
    assert refused.value.total == Decimal("10.00")
    nothing_happened(cycle)
    place(member, slot, {offer: 1}, expected=Decimal("10.00"))


def test_method_that_the_market_does_not_take_is_refused(member: Person, slot: Slot, cycle: Cycle) -> None:
    with pytest.raises(orders.MethodNotOffered):
        place(member, slot, {OfferFactory(cycle=cycle): 1}, payment_method="card")
    nothing_happened(cycle)


def test_transfer_is_announced_for_what_the_member_owes(member: Person, slot: Slot, cycle: Cycle) -> None:
    offer = OfferFactory(cycle=cycle)
    placed = place(member, slot, {offer: 1}, payment_method="interac")
    order, expected = Order.objects.get(pk=placed.order_id), ExpectedTransfer.objects.get()
    assert order.payment_reference == expected.reference != ""
    assert (expected.amount, expected.state) == (Decimal("10.00"), "expected")
    amend(placed, {offer: 3})
    expected.refresh_from_db()
    assert expected.amount == Decimal("30.00")
    amend(placed, {offer: 3}, payment_method="pickup")
    expected.refresh_from_db()
    assert expected.state == "cancelled"
    order.refresh_from_db()
    assert order.payment_reference == ""


def test_page_of_an_order_asks_for_its_transfer_until_it_came(member: Person, slot: Slot, client: Client) -> None:
    placed = place(member, slot, {OfferFactory(cycle=slot.cycle): 2}, payment_method="interac")
    client.force_login(member.account)  # type: ignore[arg-type]
    page = f"/commandes/{placed.public_id}/"
    reference = Order.objects.get(pk=placed.order_id).payment_reference
    assert f'data-copy="{reference[:3]}-{reference[3:]}"' in client.get(page).content.decode()
    ExpectedTransfer.objects.update(state="received")
    assert "data-copy" not in client.get(page).content.decode()


def test_cancelled_order_expects_no_transfer(member: Person, slot: Slot, cycle: Cycle) -> None:
    placed = place(member, slot, {OfferFactory(cycle=cycle): 1}, payment_method="interac")
    orders.cancel_order(order_id=placed.order_id, now=timezone.now(), by=None)
    assert ExpectedTransfer.objects.get().state == "cancelled"
    check_sums(cycle)


def test_amendment_frees_takes_and_posts_the_difference(member: Person, slot: Slot, cycle: Cycle) -> None:
    less, more, out, new = (OfferFactory(cycle=cycle, quantity=5) for _ in range(4))
    placed = place(member, slot, {less: 4, more: 1, out: 2})
    amended = amend(placed, {less: 1, more: 5, new: 3})
    assert amended.revision == 2
    assert dict(OrderLine.objects.values_list("offer_id", "quantity")) == {less.pk: 1, more.pk: 5, new.pk: 3}
    assert owes(member, cycle) == Decimal("90.00")
    check_sums(cycle)


def test_refused_amendment_changes_nothing(member: Person, slot: Slot, cycle: Cycle) -> None:
    less, more = OfferFactory(cycle=cycle, quantity=5), OfferFactory(cycle=cycle, quantity=5)
    placed = place(member, slot, {less: 4, more: 1})
    with pytest.raises(orders.SoldOut):
        amend(placed, {less: 1, more: 6})
    assert dict(OrderLine.objects.values_list("offer_id", "quantity")) == {less.pk: 4, more.pk: 1}
    check_sums(cycle)


def test_withdrawn_offer_may_be_kept_or_reduced_but_not_added(member: Person, slot: Slot, cycle: Cycle) -> None:
    offer = OfferFactory(cycle=cycle)
    placed = place(member, slot, {offer: 3})
    Offer.objects.filter(pk=offer.pk).update(is_open=False)
    with pytest.raises(orders.SoldOut):
        amend(placed, {offer: 4})
    amend(placed, {offer: 2})
    check_sums(cycle)


def test_order_moves_to_another_slot_with_its_crates(member: Person, slot: Slot, cycle: Cycle) -> None:
    other = SlotFactory(cycle=cycle, point__market=cycle.market)
    offer = OfferFactory(cycle=cycle)
    placed = place(member, slot, {offer: 3})
    amend(placed, {offer: 4}, slot_id=other.pk)
    slot.refresh_from_db()
    assert slot.taken == 0
    check_sums(cycle)


def test_order_that_moves_to_home_delivery_pays_for_it(member: Person, slot: Slot, cycle: Cycle) -> None:
    home = DeliverySlotFactory(cycle=cycle)
    offer = OfferFactory(cycle=cycle)
    placed = place(member, slot, {offer: 5})
    amended = amend(placed, {offer: 5}, slot_id=home.pk, delivery_address="3, rue Eddy", delivery_postal_code="J8X2K1")
    assert amended.total == Decimal("56.90")
    check_sums(cycle)
    assert amend(amended, {offer: 5}, slot_id=slot.pk).total == Decimal("50.00")
    check_sums(cycle)


def test_amendment_to_nothing_is_refused_as_such(member: Person, slot: Slot, cycle: Cycle) -> None:
    placed = place(member, slot, {OfferFactory(cycle=cycle): 1})
    with pytest.raises(orders.NothingWanted):
        amend(placed, {})
    check_sums(cycle)


def test_members_amend_until_the_hour_and_staff_until_it_is_closed(member: Person, slot: Slot, cycle: Cycle) -> None:
    offer = OfferFactory(cycle=cycle)
    placed, late = place(member, slot, {offer: 1}), cycle.closes_at + timedelta(minutes=1)
    with pytest.raises(orders.NotOpen):
        amend(placed, {offer: 2}, now=late)
    amend(placed, {offer: 2}, now=late, staff=True)
    Cycle.objects.filter(pk=cycle.pk).update(state=CycleState.CLOSED)
    with pytest.raises(orders.NotOpen):
        amend(placed, {offer: 3}, now=late, staff=True)
    check_sums(cycle)


def test_amendment_leaves_a_trail_of_who_and_why(member: Person, slot: Slot, cycle: Cycle) -> None:
    offer, account = OfferFactory(cycle=cycle), with_role(cycle.market.organisation, "coordinator").account
    placed = place(member, slot, {offer: 1})
    with pytest.raises(NotAllowed):  # a member is no staff, of their own order neither
        amend(placed, {offer: 2}, by=member.account, staff=True)
    amend(placed, {offer: 2}, by=account, staff=True)
    (change,) = past_of(Order, [placed.order_id])
    assert (change.action, change.account_id) == ("market.actions.orders.amend_order", account.pk)


def test_cancellation_frees_everything_and_credits_the_member(member: Person, slot: Slot, cycle: Cycle) -> None:
    offer = OfferFactory(cycle=cycle, quantity=2, tax_class="taxable", deposit="0.10")
    placed = place(member, slot, {offer: 2})
    orders.cancel_order(order_id=placed.order_id, now=timezone.now(), by=member.account)
    assert owes(member, cycle) == 0
    assert OrderLine.objects.count() == 1
    check_sums(cycle)
    with pytest.raises(orders.OrderGone):
        orders.cancel_order(order_id=placed.order_id, now=timezone.now(), by=member.account)
    again = place(member, slot, {offer: 2})
    assert again.number > placed.number
    assert not again.merged
    check_sums(cycle)


def test_cancelled_order_cannot_be_amended(member: Person, slot: Slot, cycle: Cycle) -> None:
    offer = OfferFactory(cycle=cycle)
    placed = place(member, slot, {offer: 2})
    orders.cancel_order(order_id=placed.order_id, now=timezone.now(), by=None)
    with pytest.raises(orders.OrderGone):
        amend(placed, {offer: 1})
    check_sums(cycle)


def test_statements_of_an_order_do_not_depend_on_its_lines(cycle: Cycle, slot: Slot) -> None:
    offers = OfferFactory.create_batch(40, cycle=cycle, quantity=100)
    place(MemberFactory(cycle.market), slot, dict.fromkeys(offers, 1))  # the producers' accounts exist from here on
    counts = []
    for many in (1, 5, 40):
        member = MemberFactory(cycle.market)
        place(member, slot, {offers[0]: 1})  # the member's account
        orders.cancel_order(order_id=Order.objects.latest("pk").pk, now=timezone.now(), by=None)
        with CaptureQueriesContext(connection) as queries:
            place(member, slot, dict.fromkeys(offers[:many], 1))
        counts.append(len([q for q in queries if "SAVEPOINT" not in q["sql"]]))
    assert len(set(counts)) == 1
    assert counts[0] <= 9
    check_sums(cycle)


def test_statements_of_an_amendment_do_not_depend_on_its_lines(cycle: Cycle, slot: Slot, member: Person) -> None:
    offers = OfferFactory.create_batch(40, cycle=cycle, quantity=100)
    placed = place(member, slot, dict.fromkeys(offers, 1))
    counts = []
    for many in (1, 5, 40):
        with CaptureQueriesContext(connection) as queries:
            placed = amend(placed, dict.fromkeys(offers[:many], many + 1))
        counts.append(len([q for q in queries if "SAVEPOINT" not in q["sql"]]))
    assert len(set(counts)) == 1
    assert counts[0] <= 13
    check_sums(cycle)


def test_page_of_an_order_shows_its_code_once_orders_are_closed(member: Person, slot: Slot, client: Client) -> None:
    placed = place(member, slot, {OfferFactory(cycle=slot.cycle): 1})
    client.force_login(member.account)  # type: ignore[arg-type]
    page = f"/commandes/{placed.public_id}/"
    assert 'class="order-qr"' not in client.get(page).content.decode()
    cycles.close_cycle(cycle_id=slot.cycle_id, now=timezone.now(), by=None)
    assert 'class="order-qr"' in client.get(page).content.decode()


def test_states_of_an_order_have_their_own_words_in_english() -> None:
    """« remise » is another word elsewhere: a context keeps them apart."""
    with translation.override("en"):
        assert [str(label) for label in OrderState.labels] == ["placed", "cancelled", "handed over", "not collected"]


def test_nobody_orders_for_another_but_who_runs_the_market(member: Person, slot: Slot, cycle: Cycle) -> None:
    offer, other = OfferFactory(cycle=cycle), MemberFactory(cycle.market)
    for by, more in ((other.account, {}), (member.account, {"staff": True})):
        with pytest.raises(NotAllowed):
            place(member, slot, {offer: 1}, by=by, **more)
    coordinator = with_role(cycle.market.organisation, "coordinator").account
    assert place(member, slot, {offer: 1}, by=coordinator, staff=True).order_id
