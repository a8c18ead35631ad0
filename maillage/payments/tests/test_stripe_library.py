"""Our calls through Stripe's library of the locked version: addresses, values, headers, and how answers are read."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from maillage.directory.tests.factories import OrganisationFactory, PersonFactory
from maillage.payments import actions
from maillage.payments.gateway import Found, GatewayDown
from maillage.payments.models import Payment, PaymentState
from maillage.payments.types import Started, ToPay

from .stripe_wire import Wire, WiredGateway
from .test_card import balances, send

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
def whose() -> dict[str, int]:
    organisation, person = OrganisationFactory(), PersonFactory(email="zoe@exemple.test")
    return {"organisation_id": organisation.pk, "person_id": person.pk}


def start(whose: dict[str, int], amount: str = "47.25", **changes: Any) -> Started:
    back = "https://marche.exemple/commandes/1/"
    to_pay = ToPay(
        **{"amount": D(amount), "source": "order:1", "reference": "Commande 12", "return_url": f"{back}?carte=retour"}
        | {"cancel_url": back}
        | whose
        | changes
    )
    return actions.start_card(to_pay=to_pay)


def payment() -> Payment:
    return Payment.objects.latest("pk")


def test_page_is_asked_in_canadian_cents_with_our_ids_and_an_idempotency_key(
    wire: type[Wire], whose: dict[str, int]
) -> None:
    started = start(whose)
    ours = str(payment().public_id)
    (sent,) = wire.sent
    assert (sent.method, sent.path) == ("post", "/v1/checkout/sessions")
    assert sent.headers["Idempotency-Key"] == f"checkout:{ours}"
    assert sent.headers["Authorization"] == "Bearer sk_test_wire"
    assert sent.values == {
        "mode": "payment",
        "line_items[0][quantity]": "1",
        "line_items[0][price_data][currency]": "cad",
        "line_items[0][price_data][unit_amount]": "4725",
        "line_items[0][price_data][product_data][name]": "Paiement Commande 12",
        "client_reference_id": ours,
        "metadata[payment]": ours,
        "payment_intent_data[metadata][payment]": ours,
        "success_url": "https://marche.exemple/commandes/1/?carte=retour",
        "cancel_url": "https://marche.exemple/commandes/1/",
        "customer_email": "zoe@exemple.test",
    }
    assert started.redirect_url == "https://checkout.stripe.com/c/pay/cs_test_1"
    assert payment().session == "cs_test_1"


def test_connection_that_breaks_is_tried_again_under_the_same_key(wire: type[Wire], whose: dict[str, int]) -> None:
    wire.failing = 2
    assert start(whose).redirect_url
    assert len({sent.headers["Idempotency-Key"] for sent in wire.sent}) == 1
    assert len(wire.sent) == 3
    wire.failing = 9
    with pytest.raises(actions.CardUnavailable, match="Rien n’a été débité"):
        start(whose, source="order:2")


def test_second_click_finds_the_same_page(wire: type[Wire], whose: dict[str, int]) -> None:
    first, again = start(whose), start(whose)
    assert first == again
    assert [(s.method, s.path) for s in wire.sent[1:]] == [("get", "/v1/checkout/sessions/cs_test_1")]
    assert Payment.objects.count() == 1


def test_page_that_expired_is_replaced_at_once(wire: type[Wire], whose: dict[str, int]) -> None:
    start(whose)
    wire.sessions["cs_test_1"] |= {"status": "expired", "url": None}
    assert start(whose).redirect_url.endswith("cs_test_2")
    assert list(Payment.objects.order_by("pk").values_list("state", flat=True)) == ["failed", "pending"]


def test_page_for_another_amount_is_closed_before_the_new_one(wire: type[Wire], whose: dict[str, int]) -> None:
    start(whose)
    assert start(whose, "50.00", part="2").redirect_url.endswith("cs_test_2")
    assert wire.sessions["cs_test_1"]["status"] == "expired"
    assert wire.sessions["cs_test_2"]["amount_total"] == 5000


def test_page_paid_before_its_webhook_is_not_paid_twice(wire: type[Wire], whose: dict[str, int]) -> None:
    start(whose)
    wire.pay("cs_test_1")
    assert start(whose, "60.00", part="2").done  # closing the old page tells that it was paid
    paid = payment()
    assert (paid.state, paid.intent) == (PaymentState.SUCCEEDED, "pi_cs_test_1")
    assert balances(paid) == [D("47.25"), D("-47.25")]


def test_order_that_grows_after_its_payment_is_paid_again_for_the_same_amount(
    wire: type[Wire], whose: dict[str, int]
) -> None:
    start(whose, part="1")
    wire.pay("cs_test_1")
    assert start(whose, part="1").done
    assert start(whose, part="1").done
    assert start(whose, part="2").redirect_url.endswith("cs_test_2")


def test_pages_of_a_source_are_closed_but_the_one_that_is_right(wire: type[Wire], whose: dict[str, int]) -> None:
    start(whose)
    close = {"organisation_id": whose["organisation_id"], "source": "order:1", "now": timezone.now()}
    assert actions.close_card_pages(**close, keep=D("47.25")) == 0
    assert actions.close_card_pages(**close) == 1
    assert payment().state == PaymentState.FAILED
    assert [s.path for s in wire.sent if s.method == "post"][-1] == "/v1/checkout/sessions/cs_test_1/expire"


def test_found_is_read_from_the_librarys_objects(wire: type[Wire], whose: dict[str, int]) -> None:
    start(whose)
    gateway = WiredGateway()
    assert gateway.find(session="cs_test_1") == Found("pending", url="https://checkout.stripe.com/c/pay/cs_test_1")
    wire.pay("cs_test_1", 4000)
    assert gateway.find(session="cs_test_1") == Found("succeeded", "pi_cs_test_1", D("40.00"), D("0.00"))
    wire.failing = 9
    with pytest.raises(GatewayDown):
        gateway.find(session="cs_test_1")


def test_reconciliation_asks_stripe_and_counts_what_it_took(wire: type[Wire], whose: dict[str, int]) -> None:
    start(whose)
    wire.pay("cs_test_1", 4000)  # another amount than asked
    assert actions.reconcile_cards(now=timezone.now()) == 0  # not yet: the webhook may come
    assert actions.reconcile_cards(now=timezone.now() + timedelta(minutes=11)) == 1
    assert (payment().amount, payment().state) == (D("40.00"), PaymentState.SUCCEEDED)
    assert balances(payment()) == [D("40.00"), D("-40.00")]


def test_refund_goes_to_the_card_once(wire: type[Wire], whose: dict[str, int]) -> None:
    start(whose)
    wire.pay("cs_test_1")
    start(whose)
    paid = payment()
    actions.refund_card(payment_id=paid.pk, amount=D("7.25"), refunded_before=D(0), now=timezone.now())
    sent = wire.sent[-1]
    assert (sent.path, sent.headers["Idempotency-Key"]) == ("/v1/refunds", f"refund:{paid.public_id}:7.25")
    assert sent.values == {"payment_intent": "pi_cs_test_1", "amount": "725", "expand[0]": "charge"}
    assert balances(paid) == [D("40.00"), D("-40.00")]


def test_session_webhooks_as_stripe_writes_them(wire: type[Wire], whose: dict[str, int]) -> None:
    start(whose)
    session = {**wire.sessions["cs_test_1"], "payment_status": "paid", "payment_intent": "pi_9"}
    event = {"id": "evt_9", "object": "event", "type": "checkout.session.completed", "data": {"object": session}}
    expired = {**event, "id": "evt_8", "type": "checkout.session.expired"}
    assert [send(expired), send(event), send(event)] == [200, 200, 200]  # out of order, and twice
    assert (payment().state, payment().intent) == (PaymentState.SUCCEEDED, "pi_9")
    assert balances(payment()) == [D("47.25"), D("-47.25")]
