"""A card gateway that lives in memory, with the same promises as the real one."""

from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from maillage.payments.gateway import Checkout, Found, GatewayDown, to_cents


class FakeGateway:
    pages: ClassVar[dict[str, Checkout]] = {}
    found: ClassVar[dict[str, Found]] = {}
    refunds: ClassVar[dict[str, tuple[str, Decimal]]] = {}
    down: ClassVar[bool] = False

    @classmethod
    def reset(cls) -> None:
        cls.pages, cls.found, cls.refunds, cls.down = {}, {}, {}, False

    def _answer(self) -> None:
        if self.down:
            raise GatewayDown("no answer")

    def create_checkout(self, *, payment: UUID, amount: Decimal, label: str, email: str, return_url: str, cancel_url: str) -> Checkout:  # fmt: skip  # noqa: E501
        self._answer()
        key = str(payment)
        return self.pages.setdefault(key, Checkout(f"cs_{key}", f"https://checkout.exemple.test/{key}", f"pi_{key}"))

    def find(self, *, session: str) -> Found:
        self._answer()
        url = next((p.url for p in self.pages.values() if p.id == session), "")
        return self.found.get(session, Found("pending", url=url))

    def close(self, *, session: str) -> Found:
        self._answer()
        return self.found.setdefault(session, Found("failed"))

    def refund(self, *, intent: str, amount: Decimal, key: str) -> Decimal:
        self._answer()
        self.refunds.setdefault(key, (intent, amount))
        return sum((a for i, a in self.refunds.values() if i == intent), Decimal(0))


def intent_event(payment: Any, kind: str = "payment_intent.succeeded", *, id: str = "evt_1", **changes: Any) -> dict[str, Any]:  # fmt: skip  # noqa: E501
    """An event as Stripe sends it, about the intent of a payment."""
    thing = {
        "object": "payment_intent",
        "id": payment.intent or f"pi_{payment.public_id}",
        "amount_received": to_cents(payment.amount),
        "metadata": {"payment": str(payment.public_id)},
        **changes,
    }
    return {"id": id, "object": "event", "type": kind, "created": 1_772_400_000, "data": {"object": thing}}


def refund_event(payment: Any, refunded: str, *, id: str = "evt_r") -> dict[str, Any]:
    thing = {
        "object": "charge",
        "id": f"ch_{payment.public_id}",
        "payment_intent": payment.intent,
        "amount": to_cents(payment.amount),
        "amount_refunded": to_cents(Decimal(refunded)),
        "metadata": {},
    }
    return {"id": id, "object": "event", "type": "charge.refunded", "created": 1_772_400_000, "data": {"object": thing}}
