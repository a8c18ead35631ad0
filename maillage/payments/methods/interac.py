from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from .. import actions
from ..models import Method, Payment
from ..types import Started, ToPay


class Interac:
    """A transfer, with a reference in its message; matched when the bank's file comes."""

    key = Method.INTERAC.value

    @property
    def label(self) -> str:
        return str(Method.INTERAC.label)

    def unavailable(self) -> str:
        return ""

    def start(self, to_pay: ToPay, *, by: Any = None) -> Started:
        expected = actions.expect_transfer(
            organisation_id=to_pay.organisation_id,
            person_id=to_pay.person_id,
            buyer_id=to_pay.buyer_id,
            amount=to_pay.amount,
            source=to_pay.source,
            by=by,
        )
        return Started(reference=expected.reference)

    def confirm(self, to_pay: ToPay, *, now: datetime, by: Any = None) -> Payment | None:
        """The transfer was seen before the bank's file (in the e-mail): recorded, and waits for the bank's line."""
        payment = actions.record(
            organisation_id=to_pay.organisation_id,
            person_id=to_pay.person_id,
            buyer_id=to_pay.buyer_id,
            method=Method.INTERAC,
            amount=to_pay.amount,
            reference=to_pay.reference,
            key=f"interac:{to_pay.source}",
            occurred_on=timezone.localdate(now),
            by=by,
        )
        actions.cancel_expected(organisation_id=to_pay.organisation_id, source=to_pay.source, by=by)
        return payment

    def refund(self, payment: Payment, amount: Decimal, *, now: datetime, by: Any = None) -> Payment:
        today = timezone.localdate(now)
        return actions.refund(
            payment_id=payment.pk, amount=amount, refunded_before=payment.refunded, today=today, by=by
        )
