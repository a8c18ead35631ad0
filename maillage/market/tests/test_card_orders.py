"""Orders paid by card: through the checkout, Stripe's own library on a recorded wire, and signed webhooks."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from maillage.directory.models import Person
from maillage.market import card_pages
from maillage.market.actions import orders
from maillage.market.models import Cycle, Market, Order, Slot
from maillage.market.types import CardOrderAmended, OrderCancelled
from maillage.payments.models import Payment, PaymentState
from maillage.payments.tests.fake_gateway import intent_event
from maillage.payments.tests.stripe_wire import Wire
from maillage.payments.tests.test_card import send
from maillage.payments.types import PaymentReceived

from .factories import CycleFactory, MemberFactory, OfferFactory, SlotFactory
from .test_orders import owes, place
from .test_shop import fill, form_of, url

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture(autouse=True)
def wire(settings: Any) -> Iterator[type[Wire]]:
    settings.STRIPE_SECRET_KEY = "sk_test_wire"
    settings.STRIPE_WEBHOOK_SECRET = "whsec_test"
    settings.PAYMENTS_GATEWAY = "maillage.payments.tests.stripe_wire.WiredGateway"
    Wire.reset()
    yield Wire
    Wire.reset()


@pytest.fixture
def cycle() -> Cycle:
    cycle = CycleFactory()
    Market.objects.update(payment_methods=["pickup", "card"])
    return cycle


@pytest.fixture
def slot(cycle: Cycle) -> Slot:
    return SlotFactory(cycle=cycle)


@pytest.fixture
def member(cycle: Cycle) -> Person:
    return MemberFactory(cycle.market)


@pytest.fixture
def web(member: Person) -> Client:
    client = Client()
    client.force_login(member.account)
    return client


def by_card(member: Person, slot: Slot, pieces: int = 2) -> Order:
    """An order of 10 $ a piece, to be paid by card."""
    placed = place(member, slot, {OfferFactory(cycle=slot.cycle): pieces}, payment_method="card")
    return Order.objects.get(pk=placed.order_id)


def pay(web: Client, order: Order) -> Any:
    return web.post(reverse("market:order_pay", args=[order.public_id]))


def paid(web: Client, wire: type[Wire], order: Order) -> Payment:
    """The order after its member paid on the page, and Stripe told."""
    pay(web, order)
    payment = Payment.objects.latest("pk")
    wire.pay(payment.session)
    assert send(intent_event(payment, id=f"evt_{payment.pk}")) == 200
    payment.refresh_from_db()
    return payment


def test_checkout_sends_to_stripes_page_after_the_order_is_written(
    web: Client, wire: type[Wire], member: Person, slot: Slot, cycle: Cycle
) -> None:
    fill(member, cycle, {OfferFactory(cycle=cycle): 2})
    page = web.get(url("checkout", cycle))
    answer = web.post(url("checkout", cycle), form_of(page, slot=str(slot.pk), method="card"))
    assert (answer.status_code, answer["Location"]) == (302, "https://checkout.stripe.com/c/pay/cs_test_1")
    order, payment = Order.objects.get(), Payment.objects.get()
    assert (order.total, payment.amount, payment.state) == (D("20.00"), D("20.00"), PaymentState.PENDING)
    back = wire.sent[0].values["success_url"]
    assert back.endswith(f"{reverse('market:order', args=[order.public_id])}?carte=retour")

    text = web.get(back).content.decode()  # the member is back before the webhook
    assert "Paiement en cours de confirmation" in text
    assert "Payer par carte" not in text
    assert send(intent_event(payment)) == 200
    text = web.get(back).content.decode()
    assert "Paiements reçus" in text
    assert "en cours de confirmation" not in text
    assert owes(member, cycle) == 0


def test_gateway_that_is_down_keeps_the_order_to_pay_later(
    web: Client, wire: type[Wire], member: Person, slot: Slot, cycle: Cycle
) -> None:
    fill(member, cycle, {OfferFactory(cycle=cycle): 1})
    form = form_of(web.get(url("checkout", cycle)), slot=str(slot.pk), method="card")
    wire.failing = 9
    text = web.post(url("checkout", cycle), form, follow=True).content.decode()
    assert "Rien n’a été débité" in text
    assert "Payer par carte" in text
    wire.failing = 0
    assert pay(web, Order.objects.get())["Location"].startswith("https://checkout.stripe.com/")


def test_amount_that_differs_leaves_the_rest_to_pay(
    web: Client, wire: type[Wire], member: Person, slot: Slot, cycle: Cycle
) -> None:
    order = by_card(member, slot)
    pay(web, order)
    send(intent_event(Payment.objects.get(), amount_received=1500))
    assert owes(member, cycle) == D("5.00")
    assert pay(web, order)["Location"].endswith("cs_test_2")
    assert wire.sessions["cs_test_2"]["amount_total"] == 500


def test_order_that_changes_closes_the_page_that_asks_too_little(
    web: Client, wire: type[Wire], member: Person, slot: Slot
) -> None:
    order = by_card(member, slot)
    pay(web, order)
    line = order.lines.get()
    orders.amend_order(order_id=order.pk, lines={line.offer_id: D(5)}, now=timezone.now(), by=None)
    card_pages.follow_order(CardOrderAmended(order_id=order.pk))
    assert wire.sessions["cs_test_1"]["status"] == "expired"
    pay(web, order)
    assert wire.sessions["cs_test_2"]["amount_total"] == 5000
    card_pages.follow_order(CardOrderAmended(order_id=order.pk))  # told twice: the right page stays
    assert wire.sessions["cs_test_2"]["status"] == "open"


def test_order_paid_then_grown_by_the_same_amount_is_paid_again(
    web: Client, wire: type[Wire], member: Person, slot: Slot, cycle: Cycle
) -> None:
    order = by_card(member, slot)
    paid(web, wire, order)
    place(member, slot, {OfferFactory(cycle=cycle): 2}, payment_method="card")
    order.refresh_from_db()
    assert paid(web, wire, order).session == "cs_test_2"
    assert owes(member, cycle) == 0


def test_cancelled_order_gives_the_money_back_on_the_card_once(
    web: Client, wire: type[Wire], member: Person, slot: Slot, cycle: Cycle
) -> None:
    order = by_card(member, slot)
    payment = paid(web, wire, order)
    web.post(reverse("market:order_cancel", args=[order.public_id]))
    for _ in range(2):
        card_pages.follow_order(OrderCancelled(order_id=order.pk))
    payment.refresh_from_db()
    assert (payment.refunded, owes(member, cycle)) == (D("20.00"), 0)
    assert list(wire.refunds.values()) == [2000]
    text = web.get(reverse("market:order", args=[order.public_id])).content.decode().replace("\xa0", " ")
    assert "20,00 $ remboursés" in text


def test_payment_that_arrives_after_the_cancellation_goes_back(
    web: Client, wire: type[Wire], member: Person, slot: Slot, cycle: Cycle
) -> None:
    order = by_card(member, slot)
    pay(web, order)
    payment = Payment.objects.get()
    web.post(reverse("market:order_cancel", args=[order.public_id]))
    wire.pay(payment.session)  # on the page, before it was closed
    send(intent_event(payment, "payment_intent.payment_failed", id="evt_first_try"))
    send(intent_event(payment))
    for _ in range(2):
        card_pages.follow_payment(PaymentReceived(payment_id=payment.pk))
    payment.refresh_from_db()
    assert (payment.refunded, owes(member, cycle)) == (D("20.00"), 0)


def test_page_of_a_cancelled_order_is_closed(web: Client, wire: type[Wire], member: Person, slot: Slot) -> None:
    order = by_card(member, slot)
    pay(web, order)
    web.post(reverse("market:order_cancel", args=[order.public_id]))
    card_pages.follow_order(OrderCancelled(order_id=order.pk))
    assert wire.sessions["cs_test_1"]["status"] == "expired"
    assert Payment.objects.get().state == PaymentState.FAILED


def test_what_covers_another_order_of_the_member_is_not_given_back(
    web: Client, wire: type[Wire], member: Person, slot: Slot, cycle: Cycle
) -> None:
    order = by_card(member, slot)
    payment = paid(web, wire, order)
    other = SlotFactory(cycle=CycleFactory(market=cycle.market))
    place(member, other, {OfferFactory(cycle=other.cycle): 1})
    web.post(reverse("market:order_cancel", args=[order.public_id]))
    card_pages.follow_order(OrderCancelled(order_id=order.pk))
    payment.refresh_from_db()
    assert (payment.refunded, owes(member, cycle)) == (D("10.00"), 0)


def test_nobody_else_opens_the_card_page(wire: type[Wire], member: Person, slot: Slot, cycle: Cycle) -> None:
    order = by_card(member, slot)
    stranger = Client()
    stranger.force_login(MemberFactory(cycle.market).account)
    assert pay(stranger, order).status_code == 404
    assert wire.sent == []
