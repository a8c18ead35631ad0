from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from .. import actions
from ..models import Method, Payment
from ..types import Started, ToPay


class Pickup:
    """Cash or the card terminal, at the desk: nothing to do before."""

    key = Method.PICKUP.value

    @property
    def label(self) -> str:
        return str(Method.PICKUP.label)

    def unavailable(self) -> str:
        return ""

    def start(self, to_pay: ToPay, *, by: Any = None) -> Started:
        return Started()

    def confirm(
        self, to_pay: ToPay, *, now: datetime, by: Any = None, terminal: bool = False, key: str = ""
    ) -> Payment | None:
        """Received at the desk. One payment a source, unless `key` names another."""
        return actions.record(
            organisation_id=to_pay.organisation_id,
            person_id=to_pay.person_id,
            buyer_id=to_pay.buyer_id,
            method=Method.TERMINAL if terminal else Method.CASH,
            amount=to_pay.amount,
            reference=to_pay.reference,
            key=key or f"pickup:{to_pay.source}",
            occurred_on=timezone.localdate(now),
            by=by,
        )

    def refund(self, payment: Payment, amount: Decimal, *, now: datetime, by: Any = None) -> Payment:
        today = timezone.localdate(now)
        return actions.refund(
            payment_id=payment.pk, amount=amount, refunded_before=payment.refunded, today=today, by=by
        )
