"""Orders in the name of an organisation: its account, its people, its transfer, its order of the cycle."""

import uuid
from decimal import Decimal
from types import ModuleType

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from maillage.directory.actions import erase_person
from maillage.directory.models import Organisation, Person
from maillage.directory.tests.factories import OrganisationFactory, PersonFactory, give_role, with_role
from maillage.ledger import queries as ledger
from maillage.market import emails
from maillage.market.actions import carts, desk, orders, till
from maillage.market.documents import labels, member_slips, point_list
from maillage.market.models import Cycle, CycleState, Document, Market, Order, Slot
from maillage.market.personal import OrderWaits
from maillage.market.queries import desk as desk_queries
from maillage.market.types import OrderPlaced
from maillage.membership.models import Membership
from maillage.payments import actions as payments
from maillage.payments.models import ExpectedTransfer, Payment

from .factories import ClassFactory, CycleFactory, MemberFactory, OfferFactory, SlotFactory
from .test_orders import amend, check_sums, place
from .test_shop import fill, form_of, url

pytestmark = pytest.mark.django_db
D = Decimal


def buyers_of(market: Market, count: int) -> tuple[Organisation, list[Person]]:
    """An organisation that is a member of the market, and people who buy for it."""
    buyer = OrganisationFactory(name="Restaurant du Quai")
    Membership.objects.create(
        organisation=market.organisation, member_organisation=buyer, number=900, during=("2020-01-01", None),
        member_class=ClassFactory(organisation=market.organisation),
    )  # fmt: skip
    people = PersonFactory.create_batch(count)
    for person in people:
        give_role(person, buyer, "buyer")
    return buyer, people


@pytest.fixture
def cycle() -> Cycle:
    return CycleFactory()


@pytest.fixture
def slot(cycle: Cycle) -> Slot:
    return SlotFactory(cycle=cycle)


@pytest.fixture
def market(cycle: Cycle) -> Market:
    return cycle.market


def balances(market: Market, person: Person, buyer: Organisation) -> tuple[Decimal, Decimal]:
    book = ledger.book_of(market.organisation_id).pk
    return ledger.balance(book, "member", person_id=person.pk), ledger.balance(book, "member", organisation_id=buyer.pk)


def web_of(person: Person) -> Client:
    client = Client()
    client.force_login(person.account)
    return client


def test_order_in_the_name_of_an_organisation_is_charged_to_its_account(slot: Slot, market: Market) -> None:
    buyer, (one, two) = buyers_of(market, 2)
    offer = OfferFactory(cycle=slot.cycle)
    first = place(one, slot, {offer: 2}, buyer_id=buyer.pk)
    second = place(two, slot, {offer: 1}, buyer_id=buyer.pk)
    assert second.merged
    assert second.order_id == first.order_id
    assert balances(market, one, buyer) == (0, D("30.00"))
    key = uuid.uuid4()
    again = [place(two, slot, {offer: 1}, buyer_id=buyer.pk, key=key) for _ in range(2)]
    assert [p.repeated for p in again] == [False, True]
    one.roles.all().delete()  # who placed it left; the others still amend it
    amend(first, {offer: 1})
    assert balances(market, one, buyer) == (0, D("10.00"))
    orders.cancel_order(order_id=first.order_id, now=timezone.now(), by=None)
    assert balances(market, one, buyer) == (0, 0)
    check_sums(slot.cycle)


def test_own_order_and_the_organisations_stay_apart(slot: Slot, market: Market) -> None:
    buyer, (one,) = buyers_of(market, 1)
    Market.objects.update(membership_required=False)
    offer = OfferFactory(cycle=slot.cycle)
    mine = place(one, slot, {offer: 1})
    theirs = place(one, slot, {offer: 2}, buyer_id=buyer.pk)
    assert mine.order_id != theirs.order_id
    assert balances(market, one, buyer) == (D("10.00"), D("20.00"))


def test_only_those_who_buy_for_a_member_organisation_may(slot: Slot, market: Market) -> None:
    buyer, (one,) = buyers_of(market, 1)
    offer = OfferFactory(cycle=slot.cycle)
    with pytest.raises(orders.NotABuyer):
        place(MemberFactory(market), slot, {offer: 1}, buyer_id=buyer.pk)
    with pytest.raises(orders.NotAMember):
        place(one, slot, {offer: 1})  # the organisation is a member, not the person
    Membership.objects.filter(member_organisation=buyer).delete()
    with pytest.raises(orders.NotAMember):
        place(one, slot, {offer: 1}, buyer_id=buyer.pk)
    one.roles.all().delete()
    with pytest.raises(orders.NotABuyer):
        place(one, slot, {offer: 1}, buyer_id=buyer.pk)
    assert not Order.objects.exists()


def test_balance_of_the_organisation_pays_its_order(slot: Slot, market: Market) -> None:
    buyer, (one,) = buyers_of(market, 1)
    offer = OfferFactory(cycle=slot.cycle)
    with pytest.raises(orders.NotEnoughBalance):
        place(one, slot, {offer: 1}, buyer_id=buyer.pk, payment_method="balance")
    payments.record(
        organisation_id=market.organisation_id, person_id=one.pk, buyer_id=buyer.pk, method="cash", amount=D(15),
        key="k", occurred_on=timezone.localdate(),
    )  # fmt: skip
    place(one, slot, {offer: 1}, buyer_id=buyer.pk, payment_method="balance")
    assert balances(market, one, buyer) == (0, D("-5.00"))


def test_transfer_of_the_organisation_is_matched_to_its_account(slot: Slot, market: Market) -> None:
    buyer, (one,) = buyers_of(market, 1)
    place(one, slot, {OfferFactory(cycle=slot.cycle): 2}, buyer_id=buyer.pk, payment_method="interac")
    expected = ExpectedTransfer.objects.get()
    assert (expected.buyer, expected.amount, expected.payer) == (buyer, D("20.00"), "Restaurant du Quai")
    text = f"Date,Description,Montant\n2026-03-02,RESTAURANT {expected.reference},20.00\n"
    held = payments.take_file(organisation_id=market.organisation_id, name="b.csv", raw=text.encode())
    payments.keep_file(file_id=held.pk)
    from maillage.payments import queries as paid

    (proposal,) = paid.proposals(market.organisation_id)
    payments.confirm_line(line_id=proposal.line.pk, expected_id=expected.pk, now=timezone.now())
    assert balances(market, one, buyer) == (0, 0)
    payment = Payment.objects.get()
    payments.refund(payment_id=payment.pk, amount=D(4), refunded_before=D(0), today=timezone.localdate())
    assert balances(market, one, buyer) == (0, D("4.00"))


def test_desk_credits_and_receives_on_the_organisations_account(slot: Slot, market: Market) -> None:
    buyer, (one,) = buyers_of(market, 1)
    placed = place(one, slot, {OfferFactory(cycle=slot.cycle): 2}, buyer_id=buyer.pk)
    Cycle.objects.update(state=CycleState.CLOSED)
    order = Order.objects.get(pk=placed.order_id)
    desk.mark_short(line_id=order.lines.get().pk, pieces=D(1), damaged=False, now=timezone.now(), by=None)
    assert balances(market, one, buyer) == (0, D("10.00"))
    till.take_payment(
        order_id=order.pk, method="cash", amount=D("10.00"), nonce=uuid.uuid4(), now=timezone.now(), by=None
    )
    assert balances(market, one, buyer) == (0, 0)


def test_member_chooses_the_name_and_its_people_see_the_order(slot: Slot, market: Market, cycle: Cycle) -> None:
    buyer, (one, two) = buyers_of(market, 2)
    offer = OfferFactory(cycle=cycle)
    fill(one, cycle, {offer: 2})
    web = web_of(one)
    page = web.get(url("cart", cycle)).content.decode()
    assert "Restaurant du Quai" in page
    assert "réservé à ses membres" in page  # in their own name, they are not
    web.post(url("buying_for", cycle), {"pour": str(buyer.public_id)})
    form = form_of(web.get(url("checkout", cycle)), slot=str(slot.pk), method="pickup", buyer=str(buyer.pk))
    answer = web.post(url("checkout", cycle), form)
    order = Order.objects.get()
    assert (answer.status_code, order.buyer, order.person) == (302, buyer, one)
    place_ = reverse("market:order", args=[order.public_id])
    assert "Au nom de Restaurant du Quai" in web_of(two).get(place_).content.decode()
    assert "Restaurant du Quai" in web_of(two).get(reverse("market:orders")).content.decode()
    assert "Vous devez" in web_of(two).get(reverse("ledger:mine")).content.decode()
    assert web_of(MemberFactory(market)).get(place_).status_code == 404
    one.roles.all().delete()  # who leaves the organisation leaves its orders
    assert web_of(one).get(place_).status_code == 404


def test_name_that_changed_in_another_tab_is_said_first(slot: Slot, cycle: Cycle, market: Market) -> None:
    buyer, (one,) = buyers_of(market, 1)
    Market.objects.update(membership_required=False)
    fill(one, cycle, {OfferFactory(cycle=cycle): 1})
    web = web_of(one)
    form = form_of(web.get(url("checkout", cycle)), slot=str(slot.pk), method="pickup", buyer="")
    carts.buy_for(person_id=one.pk, market_id=market.pk, organisation_id=buyer.pk, by=None)
    answer = web.post(url("checkout", cycle), form)
    assert answer.status_code == 409
    assert "au nom de « Restaurant du Quai »" in answer.content.decode().replace("\xa0", " ")
    assert not Order.objects.exists()


def test_nobody_shops_in_the_name_of_another_organisation(slot: Slot, cycle: Cycle, market: Market) -> None:
    buyer, _people = buyers_of(market, 1)
    stranger = MemberFactory(market)
    web = web_of(stranger)
    web.post(url("buying_for", cycle), {"pour": str(buyer.public_id)})
    carts.buy_for(person_id=stranger.pk, market_id=market.pk, organisation_id=buyer.pk, by=None)  # or by a stale row
    fill(stranger, cycle, {OfferFactory(cycle=cycle): 1})
    web.post(
        url("checkout", cycle),
        form_of(web.get(url("checkout", cycle)), slot=str(slot.pk), method="pickup", buyer=""),
    )
    assert Order.objects.get().buyer is None


def test_staff_who_enter_an_order_for_a_person_leave_the_organisations_alone(slot: Slot, market: Market) -> None:
    buyer, (one,) = buyers_of(market, 1)
    theirs = place(one, slot, {OfferFactory(cycle=slot.cycle): 2}, buyer_id=buyer.pk)
    staff = web_of(with_role(market.organisation, "coordinator"))
    address = [market.slug, slot.cycle.number]
    assert "Restaurant du Quai" in staff.get(reverse("market:cycle_orders", args=address)).content.decode()
    entry = staff.get(reverse("market:counter_order", args=[*address, one.public_id]))
    assert entry.context["buyer"].order is None
    page = staff.get(reverse("market:order", args=[theirs.public_id])).content.decode()
    assert reverse("market:order_amend", args=[theirs.public_id]) in page


@pytest.mark.parametrize("maker", [labels, member_slips, point_list])
def test_papers_of_the_pickup_carry_the_organisations_name(
    slot: Slot, market: Market, maker: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    buyer, (one,) = buyers_of(market, 1)
    place(one, slot, {OfferFactory(cycle=slot.cycle): 2}, buyer_id=buyer.pk)
    told: list[object] = []
    monkeypatch.setattr("maillage.core.pdf.render", lambda _name, data, **_more: told.append(data) or b"")
    maker.as_pdf(Document(cycle=slot.cycle, slot=slot, temperature="chilled"))
    assert "Restaurant du Quai" in str(told)


def test_the_letter_and_the_desk_say_in_whose_name_it_is(slot: Slot, market: Market) -> None:
    buyer, (one,) = buyers_of(market, 1)
    Person.objects.filter(pk=one.pk).update(given_name="Maude", family_name="Lavoie")
    placed = place(one, slot, {OfferFactory(cycle=slot.cycle): 2}, buyer_id=buyer.pk)
    emails.confirm_order(OrderPlaced(order_id=placed.order_id, revision=1))
    assert "Elle est au nom de Restaurant du Quai." in mail.outbox[0].body
    Cycle.objects.filter(pk=slot.cycle_id).update(state=CycleState.PACKED)
    slot.cycle.refresh_from_db()
    for typed in ("restaurant", "lavoie", "900"):
        assert [a.order.pk for a in desk_queries.arrivals_of(slot, text=typed).found] == [placed.order_id], typed


def test_an_erased_buyer_leaves_the_order_to_the_others(slot: Slot, market: Market) -> None:
    buyer, (one, two) = buyers_of(market, 2)
    placed = place(
        one, slot, {OfferFactory(cycle=slot.cycle): 2}, buyer_id=buyer.pk, payment_method="interac",
        delivery_address="1, quai Neuf",
    )  # fmt: skip
    two.roles.all().delete()
    with pytest.raises(OrderWaits, match="personne d’autre n’achète pour cette organisation"):
        erase_person(person_id=one.pk, confirmation="EFFACER", now=timezone.now(), by=None)
    give_role(two, buyer, "buyer")
    erase_person(person_id=one.pk, confirmation="EFFACER", now=timezone.now(), by=None)
    order = Order.objects.get(pk=placed.order_id)
    assert (order.state, order.delivery_address) == ("placed", "1, quai Neuf")
    assert ExpectedTransfer.objects.get(buyer=buyer).state == "expected"
    amended = web_of(two).get(reverse("market:order_amend", args=[placed.public_id]))
    assert amended.status_code == 200
