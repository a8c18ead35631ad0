import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import stripe
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from maillage.directory.tests.factories import OrganisationFactory, PersonFactory
from maillage.ledger import queries as books
from maillage.ledger.models import Transaction
from maillage.payments import actions, methods
from maillage.payments.gateway import Found, StripeGateway
from maillage.payments.models import Payment, PaymentState, StripeEvent
from maillage.payments.types import Started, ToPay

from .fake_gateway import FakeGateway, intent_event, refund_event

pytestmark = pytest.mark.django_db
D = Decimal


def start(source: str = "order:1", amount: str = "47.25", organisation: Any = None, person: Any = None) -> Started:
    to_pay = ToPay(
        (organisation or OrganisationFactory()).pk,
        (person or PersonFactory()).pk,
        D(amount),
        source,
        return_url="https://exemple.test/commande",
        cancel_url="https://exemple.test/panier",
    )
    return methods.get("card").start(to_pay)


def started(**how: Any) -> Payment:
    return Payment.objects.get(pk=start(**how).payment_id)


def send(event: dict[str, Any], *, secret: str = "whsec_test", at: float | None = None) -> int:
    """Post an event signed as Stripe signs it."""
    body = json.dumps(event)
    moment = int(at if at is not None else time.time())
    signature = stripe.WebhookSignature._compute_signature(f"{moment}.{body}", secret)
    headers = {"Stripe-Signature": f"t={moment},v1={signature}"}
    client = Client(enforce_csrf_checks=True)
    return client.post(reverse("payments:webhook"), body, content_type="application/json", headers=headers).status_code


def balances(payment: Payment) -> list[Decimal]:
    book = books.book_of(payment.organisation_id).pk
    return [books.balance(book, "card_clearing"), books.balance(book, "member", person_id=payment.person_id)]


def test_without_keys_cards_are_not_offered() -> None:
    with pytest.raises(actions.CardUnavailable):
        start()
    assert not Payment.objects.exists()


def test_starting_sends_to_the_gateways_page_once_per_source(cards: type[FakeGateway]) -> None:
    organisation, person = OrganisationFactory(), PersonFactory()
    first = start(organisation=organisation, person=person)
    again = start(organisation=organisation, person=person)
    payment = Payment.objects.get()
    assert first.redirect_url == again.redirect_url == f"https://checkout.exemple.test/{payment.public_id}"
    assert (payment.state, payment.session, payment.transaction) == ("pending", f"cs_{payment.public_id}", None)
    assert not Transaction.objects.exists()
    assert start(organisation=organisation, person=person, amount="50").payment_id != payment.pk


def test_gateway_that_does_not_answer_charges_nothing_and_can_be_tried_again(cards: type[FakeGateway]) -> None:
    organisation, person = OrganisationFactory(), PersonFactory()
    cards.down = True
    with pytest.raises(actions.CardUnavailable, match="Rien n’a été débité"):
        start(organisation=organisation, person=person)
    cards.down = False
    assert start(organisation=organisation, person=person).redirect_url
    assert Payment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_gateway_is_never_called_inside_a_transaction(cards: type[FakeGateway]) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        start()
    assert cards.pages == {}


def test_signed_webhook_posts_the_payment_once(cards: type[FakeGateway]) -> None:
    payment = started()
    event = intent_event(payment)
    assert [send(event), send(event), send({**event, "id": "evt_again"})] == [200, 200, 200]
    payment.refresh_from_db()
    assert (payment.state, payment.intent) == (PaymentState.SUCCEEDED, f"pi_{payment.public_id}")
    assert balances(payment) == [D("47.25"), D("-47.25")]
    assert StripeEvent.objects.count() == 2
    assert Transaction.objects.count() == 1
    assert start(organisation=payment.organisation, person=payment.person).done


@pytest.mark.parametrize("how", [{"secret": "whsec_other"}, {"at": 1_000_000}])
def test_wrong_or_old_signature_is_refused(cards: type[FakeGateway], how: dict[str, Any]) -> None:
    payment = started()
    assert send(intent_event(payment), **how) == 400
    assert not StripeEvent.objects.exists()
    assert not Transaction.objects.exists()


def test_webhook_refuses_nonsense_and_other_verbs(cards: type[FakeGateway], settings: Any) -> None:
    client = Client()
    assert client.get(reverse("payments:webhook")).status_code == 405
    assert client.post(reverse("payments:webhook"), "x", content_type="application/json").status_code == 400
    settings.STRIPE_WEBHOOK_SECRET = ""
    assert send({"id": "evt"}, secret="") == 404


def test_failure_after_success_is_ignored_and_success_after_failure_counts(cards: type[FakeGateway]) -> None:
    one, two = started(source="a"), started(source="b")
    send(intent_event(one, id="e1"))
    send(intent_event(one, "payment_intent.payment_failed", id="e2"))
    send(intent_event(two, "payment_intent.payment_failed", id="e3", last_payment_error={"message": "Refusée"}))
    two.refresh_from_db()
    assert (two.state, two.failure) == (PaymentState.FAILED, "Refusée")
    send(intent_event(two, id="e4"))
    one.refresh_from_db()
    two.refresh_from_db()
    assert one.state == two.state == PaymentState.SUCCEEDED
    assert Transaction.objects.count() == 2


def test_refunds_come_in_any_order_and_count_once(cards: type[FakeGateway]) -> None:
    payment = started()
    send(refund_event(payment, "10.00", id="r2"))  # before the success, and the second refund before the first
    send(refund_event(payment, "4.00", id="r1"))
    send(intent_event(payment))
    send(refund_event(payment, "47.25", id="r3"))
    send(refund_event(payment, "47.25", id="r3"))
    payment.refresh_from_db()
    assert (payment.state, payment.refunded) == (PaymentState.SUCCEEDED, D("47.25"))
    assert balances(payment) == [0, 0]


def test_no_more_than_was_paid_is_ever_given_back(cards: type[FakeGateway]) -> None:
    """Whatever the gateway says was."""
    payment = started()
    send(intent_event(payment))
    paid = payment.amount
    send(refund_event(payment, str(paid + 1)))
    payment.refresh_from_db()
    assert payment.refunded == paid
    assert balances(payment) == [0, 0]
    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.filter(pk=payment.pk).update(refunded=paid + 1)


def test_refund_asks_the_gateway_then_posts_once(cards: type[FakeGateway]) -> None:
    payment = started()
    send(intent_event(payment))
    how = {"payment_id": payment.pk, "amount": D(7), "refunded_before": D(0), "now": timezone.now()}
    assert actions.refund_card(**how).refunded == 7
    with pytest.raises(actions.CannotRefund):
        actions.refund_card(**how)
    send(refund_event(payment, "7.00"))
    assert balances(payment) == [D("40.25"), D("-40.25")]
    with pytest.raises(actions.CannotRefund, match=r"Il reste 40\.25"):
        actions.refund_card(**{**how, "amount": D("40.26"), "refunded_before": D(7)})
    cards.down = True
    with pytest.raises(actions.CardUnavailable, match="Rien n’a été remboursé"):
        actions.refund_card(**{**how, "refunded_before": D(7)})


def test_event_about_an_unknown_payment_waits_for_its_record(cards: type[FakeGateway]) -> None:
    payment = started()
    unknown = Payment(public_id="00000000-0000-4000-8000-000000000001", amount=D("12.00"), intent="pi_early")
    assert send(intent_event(unknown, id="early")) == 200
    assert StripeEvent.objects.get().handled_at is None
    Payment.objects.create(
        public_id=unknown.public_id, organisation=payment.organisation, person=payment.person, amount=D("12.00"),
        method="card", key="card:late:1", state="pending",
    )  # fmt: skip
    assert actions.reconcile_cards(now=timezone.now()) == 1
    assert Payment.objects.get(public_id=unknown.public_id).state == PaymentState.SUCCEEDED
    assert actions.reconcile_cards(now=timezone.now()) == 0


def test_reconciliation_asks_about_what_waits_too_long(cards: type[FakeGateway]) -> None:
    paid, gone, fresh = (started(source=s) for s in "abc")
    lost = Payment.objects.create(
        organisation=paid.organisation, person=paid.person, amount=5, method="card", key="card:d:1", state="pending"
    )
    old = Payment.objects.filter(pk__in=[paid.pk, gone.pk, lost.pk])
    old.update(created_at=timezone.now() - timedelta(minutes=11))
    cards.found = {
        paid.session: Found("succeeded", paid.intent, D("47.25"), D("2.25")),
        gone.session: Found("failed"),
        fresh.session: Found("succeeded", fresh.intent, D("47.25")),
    }
    assert actions.reconcile_cards(now=timezone.now()) == 3
    states = dict(Payment.objects.values_list("pk", "state"))
    assert states == {paid.pk: "succeeded", gone.pk: "failed", fresh.pk: "pending", lost.pk: "failed"}
    assert balances(paid) == [D("45.00"), D("-45.00")]
    send(intent_event(paid))  # the webhook that was late
    assert balances(paid) == [D("45.00"), D("-45.00")]


def test_reconciliation_stops_when_the_gateway_is_down(cards: type[FakeGateway]) -> None:
    payment = started()
    Payment.objects.update(created_at=timezone.now() - timedelta(hours=1))
    cards.down = True
    assert actions.reconcile_cards(now=timezone.now()) == 0
    payment.refresh_from_db()
    assert payment.state == PaymentState.PENDING


def test_stripe_gateway_builds_from_the_settings(cards: type[FakeGateway]) -> None:
    assert isinstance(StripeGateway().client, stripe.StripeClient)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_webhooks_at_once_post_once(cards: type[FakeGateway]) -> None:
    payment = started()
    payment.refresh_from_db()
    gate = threading.Barrier(6)

    def deliver(i: int) -> int:
        try:
            gate.wait(5)
            return send(intent_event(payment, id=f"evt_{i % 3}"))
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(deliver, range(6))) == [200] * 6
    assert StripeEvent.objects.count() == 3
    assert Transaction.objects.count() == 1
    assert balances(payment) == [D("47.25"), D("-47.25")]
