"""Orders entered by the market for a member: found, typed, placed with the same guarantees, and told as such."""

from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from maillage.directory.models import Person
from maillage.directory.tests.factories import PersonFactory, with_role
from maillage.ledger import queries as ledger
from maillage.market import emails
from maillage.market.actions import orders
from maillage.market.models import Cycle, Order, OrderChange, OrderState, Slot
from maillage.market.trail import trail_of
from maillage.market.types import OrderPlaced
from maillage.membership.models import Membership

from .factories import CycleFactory, MarketFactory, MemberFactory, MembershipFactory, OfferFactory, SlotFactory
from .test_buyers import buyers_of
from .test_orders import place

pytestmark = pytest.mark.django_db


@pytest.fixture
def slot() -> Slot:
    return SlotFactory(cycle=CycleFactory())


@pytest.fixture
def cycle(slot: Slot) -> Cycle:
    return slot.cycle


@pytest.fixture
def staff(cycle: Cycle, client: Client) -> Client:
    client.force_login(coordinator(cycle).account)
    return client


def coordinator(cycle: Cycle) -> Person:
    person: Person = with_role(cycle.market.organisation, "coordinator")
    Person.objects.filter(pk=person.pk).update(given_name="Lise", family_name="Roy")
    return person


def base(cycle: Cycle) -> str:
    return f"/marches/{cycle.market.slug}/gestion/cycles/{cycle.number}/commandes/"


def entry(cycle: Cycle, person: Person) -> str:
    return f"{base(cycle)}membres/{person.public_id}/"


def form(slot: Slot, **more: Any) -> dict[str, Any]:
    return {"slot": slot.pk, "method": "pickup", "save": "1"} | more


@pytest.mark.parametrize("typed", ["Gagne", "gagné", "josee gagn", "Gagnee", "Jozée", "418 555-0199", "josee@"])
def test_a_member_is_found_however_the_name_is_typed(cycle: Cycle, staff: Client, typed: str) -> None:
    MemberFactory(
        cycle.market, given_name="Josée", family_name="Gagné", phone="(418) 555-0199", email="josee@exemple.test"
    )
    MemberFactory(cycle.market, given_name="Marc", family_name="Tremblay", phone="", email="marc@exemple.test")
    shown = staff.get(base(cycle) + "nouvelle/", {"q": typed}).content.decode()
    assert "Josée Gagné" in shown
    assert "Tremblay" not in shown


def test_only_people_of_this_market_are_found(cycle: Cycle, staff: Client) -> None:
    stranger = MemberFactory(MarketFactory(), family_name="Ailleurs")
    assert (
        "Ailleurs" not in staff.get(base(cycle) + "nouvelle/", {"q": "Ailleurs"}).content.decode().split("membres")[-1]
    )
    assert staff.get(entry(cycle, stranger)).status_code == 404


def test_products_are_found_and_kept_while_the_next_is_searched(cycle: Cycle, slot: Slot, staff: Client) -> None:
    member = MemberFactory(cycle.market)
    first = OfferFactory(cycle=cycle, product_name="Bleuets sauvages", member_price="4.0000", producer_price="3.1200")
    OfferFactory(cycle=cycle, product_name="Pâté chinois")
    found = staff.post(entry(cycle, member), {"q": "pate", f"q-{first.pk}": "2"}).content.decode()
    assert "Pâté chinois" in found
    assert f'name="q-{first.pk}" value="2"' in found
    assert "8,00" in found
    assert not Order.objects.exists()


def test_an_order_is_entered_for_a_member_who_reads_who_did(cycle: Cycle, slot: Slot, staff: Client) -> None:
    member, offer = MemberFactory(cycle.market), OfferFactory(cycle=cycle, quantity=5)
    answer = staff.post(entry(cycle, member), form(slot, **{f"q-{offer.pk}": "2"}))
    order = Order.objects.get(person=member)
    assert answer["Location"] == f"/commandes/{order.public_id}/"
    assert (order.total, order.slot) == (Decimal("20.00"), slot)
    offer.refresh_from_db()
    assert offer.sold == 2
    staff.force_login(member.account)
    assert "Passée pour vous par Lise Roy, du marché" in staff.get(f"/commandes/{order.public_id}/").content.decode()


def test_the_letter_says_that_the_market_entered_it(cycle: Cycle, slot: Slot, staff: Client) -> None:
    member, offer = MemberFactory(cycle.market), OfferFactory(cycle=cycle)
    staff.post(entry(cycle, member), form(slot, **{f"q-{offer.pk}": "1"}))
    emails.confirm_order(OrderPlaced(order_id=Order.objects.get().pk, revision=1))
    assert "Passée pour vous par Lise Roy" in mail.outbox[0].body


def test_the_same_form_sent_twice_orders_once(cycle: Cycle, slot: Slot, staff: Client) -> None:
    member, offer = MemberFactory(cycle.market), OfferFactory(cycle=cycle)
    sent = form(slot, key="6b8f0e0e-9d9b-4f4e-8a55-000000000001", **{f"q-{offer.pk}": "2"})
    for _time in range(2):
        staff.post(entry(cycle, member), sent)
    assert Order.objects.get().total == Decimal("20.00")


def test_what_ran_out_is_said_and_nothing_is_taken(cycle: Cycle, slot: Slot, staff: Client) -> None:
    member, offer = MemberFactory(cycle.market), OfferFactory(cycle=cycle, quantity=1)
    answer = staff.post(entry(cycle, member), form(slot, **{f"q-{offer.pk}": "2"}))
    assert answer.status_code == 409
    assert "il en reste 1" in answer.content.decode()
    assert not Order.objects.exists()


def test_who_is_not_a_member_is_refused_as_in_the_shop(cycle: Cycle, slot: Slot, staff: Client) -> None:
    member, offer = MemberFactory(cycle.market), OfferFactory(cycle=cycle)
    Membership.objects.filter(person=member).update(during=("2020-01-01", "2021-01-01"))
    answer = staff.post(entry(cycle, member), form(slot, **{f"q-{offer.pk}": "1"}))
    assert answer.status_code == 409
    assert not Order.objects.exists()


def test_a_member_s_order_is_amended_with_a_trail_they_read(cycle: Cycle, slot: Slot, staff: Client) -> None:
    member = MemberFactory(cycle.market)
    kept, gone, new = (OfferFactory(cycle=cycle, product_name=n) for n in ("Lait", "Pain", "Miel"))
    other = SlotFactory(cycle=cycle)
    placed = place(member, slot, {kept: 1, gone: 2})
    page = staff.get(entry(cycle, member)).content.decode()
    assert 'name="revision" value="1"' in page
    wanted = {f"q-{kept.pk}": "3", f"q-{gone.pk}": "0", f"q-{new.pk}": "1", "revision": "1"}
    staff.post(entry(cycle, member), form(other, **wanted))
    change = trail_of(placed.order_id)[0]
    assert change.title == "Modifiée par Lise Roy, du marché"
    assert len([s for s in change.sentences if "1 → 3" in s or "retiré" in s or "ajouté" in s]) == 3
    assert f"Lieu\u00a0: {slot.name} → {other.name}" in change.sentences
    assert change.total == Decimal("40.00")
    staff.force_login(member.account)
    assert "Modifiée par Lise Roy" in staff.get(f"/commandes/{placed.public_id}/").content.decode()


def test_what_the_member_changed_meanwhile_is_not_overwritten(cycle: Cycle, slot: Slot, staff: Client) -> None:
    member, offer = MemberFactory(cycle.market), OfferFactory(cycle=cycle)
    placed = place(member, slot, {offer: 1})
    orders.amend_order(
        order_id=placed.order_id, lines={offer.pk: Decimal(4)}, now=Order.objects.get().placed_at, by=member.account
    )
    answer = staff.post(entry(cycle, member), form(slot, revision="1", **{f"q-{offer.pk}": "2"}))
    assert answer.status_code == 409
    assert Order.objects.get().goods == Decimal("40.00")


def test_a_member_s_own_first_order_leaves_no_change(cycle: Cycle, slot: Slot) -> None:
    place(MemberFactory(cycle.market), slot, {OfferFactory(cycle=cycle): 1})
    assert not OrderChange.objects.exists()


def test_a_second_order_and_a_cancellation_are_in_the_trail(cycle: Cycle, slot: Slot) -> None:
    member, offer = MemberFactory(cycle.market), OfferFactory(cycle=cycle, product_name="Lait")
    place(member, slot, {offer: 1})
    placed = place(member, slot, {offer: 1})
    orders.cancel_order(order_id=placed.order_id, now=Order.objects.get().placed_at, by=member.account)
    titles = [change.title for change in trail_of(placed.order_id)]
    assert titles == ["Annulée par le membre", "Produits ajoutés par le membre"]


def test_orders_of_a_cycle_are_listed_and_found(cycle: Cycle, slot: Slot, staff: Client) -> None:
    offer = OfferFactory(cycle=cycle)
    for name in ("Gagné", "Tremblay"):
        place(MemberFactory(cycle.market, given_name="Jo", family_name=name), slot, {offer: 1})
    everyone = staff.get(base(cycle)).content.decode()
    assert "Jo Gagné" in everyone
    assert "Jo Tremblay" in everyone
    found = staff.get(base(cycle), {"q": "gagne"}).content.decode()
    assert "Jo Gagné" in found
    assert "Jo Tremblay" not in found
    none = staff.get(base(cycle), {"etat": OrderState.CANCELLED.value}).content.decode()
    assert "Jo Gagné" not in none


def test_a_packer_enters_no_order(cycle: Cycle, client: Client) -> None:
    client.force_login(with_role(cycle.market.organisation, "packer").account)
    assert client.get(base(cycle)).status_code == 404
    assert client.get(entry(cycle, MemberFactory(cycle.market))).status_code == 404
    client.force_login(PersonFactory().account)
    assert client.get(base(cycle) + "nouvelle/").status_code == 404


def test_entering_takes_the_same_queries_whatever_the_lines(
    cycle: Cycle, slot: Slot, staff: Client, django_assert_max_num_queries: Any
) -> None:
    member, offers = MemberFactory(cycle.market), OfferFactory.create_batch(20, cycle=cycle, product_name="Lait")
    sent = {"q": "lait"} | {f"q-{offer.pk}": "1" for offer in offers[:10]}
    with django_assert_max_num_queries(18):
        staff.post(entry(cycle, member), sent)


def test_an_order_is_entered_in_the_name_of_an_organisation(cycle: Cycle, slot: Slot, staff: Client) -> None:
    buyer, (person,) = buyers_of(cycle.market, 1)
    offer = OfferFactory(cycle=cycle, quantity=9)
    found = staff.get(base(cycle) + "nouvelle/", {"q": "restaurant"}).content.decode()
    page = f"{entry(cycle, person)}organisations/{buyer.public_id}/"
    assert page in found
    assert "900" in found  # the organisation's member number
    assert page in staff.get(base(cycle) + "nouvelle/", {"q": person.email}).content.decode()
    staff.post(page, form(slot, **{f"q-{offer.pk}": "2"}))
    order = Order.objects.get()
    assert (order.buyer, order.person, order.total) == (buyer, person, Decimal("20.00"))
    assert ledger.balance(
        ledger.book_of(cycle.market.organisation_id).pk, "member", organisation_id=buyer.pk
    ) == Decimal("20.00")
    listed = staff.get(base(cycle)).content.decode()
    assert "Restaurant du Quai" in listed
    assert "membre 900" in listed
    staff.post(page, form(slot, revision="1", **{f"q-{offer.pk}": "3"}))
    assert Order.objects.get().total == Decimal("30.00")


def test_nobody_orders_for_an_organisation_that_they_do_not_buy_for(cycle: Cycle, slot: Slot, staff: Client) -> None:
    buyer, (person,) = buyers_of(cycle.market, 1)
    stranger = MemberFactory(cycle.market)
    assert staff.get(f"{entry(cycle, stranger)}organisations/{buyer.public_id}/").status_code == 404
    person.roles.all().delete()
    MembershipFactory(organisation=cycle.market.organisation, person=person, number=901)
    assert staff.get(f"{entry(cycle, person)}organisations/{buyer.public_id}/").status_code == 404
