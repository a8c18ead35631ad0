"""The one door to Stripe. `settings.PAYMENTS_GATEWAY` names another class (tests, another gateway)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol
from uuid import UUID

import stripe
from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True)
class Checkout:
    """The gateway's page: its id, where to send the person, the payment's id if it exists already."""

    id: str
    url: str
    intent: str = ""


@dataclass(frozen=True)
class Found:
    """What the gateway knows of a payment, in dollars. `state` is "succeeded", "failed" or "pending"; `url` is the page
    while it can still be paid there.
    """

    state: str
    intent: str = ""
    received: Decimal = Decimal(0)
    refunded: Decimal = Decimal(0)
    url: str = ""


class GatewayDown(Exception):
    """The gateway did not answer, or refused."""


class Gateway(Protocol):
    def create_checkout(
        self, *, payment: UUID, amount: Decimal, label: str, email: str, return_url: str, cancel_url: str
    ) -> Checkout:
        """A page where the person pays; the same `payment` twice is the same page."""
        ...

    def find(self, *, session: str) -> Found: ...

    def close(self, *, session: str) -> Found:
        """Nobody can pay on the page any more; what was paid there before stays paid."""
        ...

    def refund(self, *, intent: str, amount: Decimal, key: str) -> Decimal:
        """Refund; the same `key` twice refunds once. Returns what is refunded in all."""
        ...


class StripeGateway:
    """Through Stripe's hosted page. Every write carries an idempotency key."""

    def __init__(self, secret_key: str = "", http_client: stripe.HTTPClient | None = None) -> None:
        self.client = stripe.StripeClient(
            secret_key or settings.STRIPE_SECRET_KEY, max_network_retries=2, http_client=http_client
        )

    def create_checkout(
        self, *, payment: UUID, amount: Decimal, label: str, email: str, return_url: str, cancel_url: str
    ) -> Checkout:
        known = {"payment": str(payment)}
        price = {"currency": "cad", "unit_amount": to_cents(amount), "product_data": {"name": label}}
        params = {
            "mode": "payment",
            "line_items": [{"quantity": 1, "price_data": price}],
            "client_reference_id": str(payment),
            "metadata": known,
            "payment_intent_data": {"metadata": known},
            "success_url": return_url,
            "cancel_url": cancel_url,
            **({"customer_email": email} if email else {}),
        }
        try:
            made = self.client.v1.checkout.sessions.create(params, {"idempotency_key": f"checkout:{payment}"})
        except stripe.StripeError as error:
            raise GatewayDown(str(error)) from error
        return Checkout(id=made.id, url=made.url or "", intent=_id(made.payment_intent))

    def find(self, *, session: str) -> Found:
        try:
            known = self.client.v1.checkout.sessions.retrieve(session, {"expand": ["payment_intent.latest_charge"]})
        except stripe.StripeError as error:
            raise GatewayDown(str(error)) from error
        intent = known.payment_intent
        if known.payment_status == "paid" and intent is not None:
            charge = intent.latest_charge
            refunded = to_dollars(charge.amount_refunded) if charge else Decimal(0)
            return Found("succeeded", intent.id, to_dollars(intent.amount_received), refunded)
        return Found("failed" if known.status == "expired" else "pending", _id(intent), url=known.url or "")

    def close(self, *, session: str) -> Found:
        try:
            self.client.v1.checkout.sessions.expire(session)
        except stripe.InvalidRequestError:  # paid, or expired, in between: the page is closed all the same
            pass
        except stripe.StripeError as error:
            raise GatewayDown(str(error)) from error
        return self.find(session=session)

    def refund(self, *, intent: str, amount: Decimal, key: str) -> Decimal:
        params = {"payment_intent": intent, "amount": to_cents(amount), "expand": ["charge"]}
        try:
            made = self.client.v1.refunds.create(params, {"idempotency_key": key})
        except stripe.StripeError as error:
            raise GatewayDown(str(error)) from error
        return to_dollars(made.charge.amount_refunded)


def to_cents(amount: Decimal) -> int:
    return int(amount * 100)


def to_dollars(amount: int) -> Decimal:
    return Decimal(amount) / 100


def _id(thing: object) -> str:
    return thing if isinstance(thing, str) else str(getattr(thing, "id", "") or "")


def gateway() -> Gateway:
    """The gateway in force."""
    made: Gateway = import_string(getattr(settings, "PAYMENTS_GATEWAY", "maillage.payments.gateway.StripeGateway"))()
    return made
