"""Stripe's library to the last step before the network: it builds, signs and reads; what would leave is recorded."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple
from urllib.parse import parse_qs, urlsplit

import stripe

from maillage.payments.gateway import StripeGateway


class Sent(NamedTuple):
    method: str
    path: str
    values: dict[str, str]
    headers: dict[str, str]


class Wire(stripe.HTTPClient):
    """Answers as api.stripe.com does (shapes of its reference), from `sessions`; keeps what was `sent`."""

    name = "recorded"
    sent: ClassVar[list[Sent]] = []
    sessions: ClassVar[dict[str, dict[str, Any]]] = {}
    by_key: ClassVar[dict[str, str]] = {}
    refunds: ClassVar[dict[str, int]] = {}
    failing: ClassVar[int] = 0

    @classmethod
    def reset(cls) -> None:
        cls.sent, cls.sessions, cls.by_key, cls.refunds, cls.failing = [], {}, {}, {}, 0

    @classmethod
    def pay(cls, session: str, cents: int | None = None) -> None:
        """The person pays on the page."""
        known = cls.sessions[session]
        known |= {"status": "complete", "payment_status": "paid", "url": None, "payment_intent": f"pi_{session}"}
        known["amount_received"] = cents if cents is not None else known["amount_total"]

    def sleep_async(self, secs: float) -> Any:
        raise NotImplementedError

    def _sleep_time_seconds(self, num_retries: int) -> float:
        return 0.0

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, *, _usage: Any = None
    ) -> tuple[str, int, Mapping[str, str]]:
        parts = urlsplit(url)
        values = {k: v[0] for k, v in parse_qs(post_data or parts.query).items()}
        assert parts.netloc == "api.stripe.com"
        self.sent.append(Sent(method, parts.path, values, dict(headers or {})))
        if Wire.failing:
            Wire.failing -= 1
            raise stripe.APIConnectionError("no network", should_retry=True)
        status, answer = self._answer(method, parts.path, values, dict(headers or {}))
        return json.dumps(answer), status, {"request-id": "req_1"}

    def close(self) -> None:
        """Nothing is open."""

    def _answer(self, method: str, path: str, values: dict[str, str], headers: dict[str, str]) -> tuple[int, Any]:
        if path == "/v1/checkout/sessions":
            return 200, self._created(values, headers["Idempotency-Key"])
        if path == "/v1/refunds":
            return 200, self._refunded(values, headers["Idempotency-Key"])
        known = self.sessions[path.split("/")[4]]
        if path.endswith("/expire"):
            if known["status"] != "open":
                error = {"type": "invalid_request_error", "message": "Only open sessions can be expired."}
                return 400, {"error": error}
            known |= {"status": "expired", "url": None}
        shown = dict(known)
        if values.get("expand[0]") == "payment_intent.latest_charge" and known["payment_intent"]:
            shown["payment_intent"] = self._intent(known)
        return 200, shown

    def _created(self, values: dict[str, str], key: str) -> dict[str, Any]:
        if key not in self.by_key:
            made = f"cs_test_{len(self.sessions) + 1}"
            self.by_key[key] = made
            self.sessions[made] = {
                "id": made,
                "object": "checkout.session",
                "status": "open",
                "payment_status": "unpaid",
                "payment_intent": None,
                "amount_total": int(values["line_items[0][price_data][unit_amount]"]),
                "client_reference_id": values["client_reference_id"],
                "metadata": {"payment": values["metadata[payment]"]},
                "url": f"https://checkout.stripe.com/c/pay/{made}",
            }
        return self.sessions[self.by_key[key]]

    def _intent(self, session: dict[str, Any]) -> dict[str, Any]:
        intent = session["payment_intent"]
        charge = {"id": f"ch_{intent}", "object": "charge", "amount_refunded": self._back(intent)}
        received = session["amount_received"]
        return {"id": intent, "object": "payment_intent", "amount_received": received, "latest_charge": charge}

    def _back(self, intent: str) -> int:
        return sum(cents for key, cents in self.refunds.items() if key.startswith(f"{intent}|"))

    def _refunded(self, values: dict[str, str], key: str) -> dict[str, Any]:
        intent = values["payment_intent"]
        self.refunds.setdefault(f"{intent}|{key}", int(values["amount"]))
        charge = {"id": f"ch_{intent}", "object": "charge", "amount_refunded": self._back(intent)}
        return {"id": f"re_{key}", "object": "refund", "amount": int(values["amount"]), "charge": charge}


class WiredGateway(StripeGateway):
    """The real gateway on the recorded wire."""

    def __init__(self) -> None:
        super().__init__("sk_test_wire", http_client=Wire())
