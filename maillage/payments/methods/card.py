from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from .. import actions, queries
from ..models import Method, Payment
from ..types import Started, ToPay


class Card:
    """The gateway's own page, by redirection: no script of others, no card number here. Not inside a transaction."""

    key = Method.CARD.value

    @property
    def label(self) -> str:
        return str(Method.CARD.label)

    def unavailable(self) -> str:
        if queries.card_is_offered():
            return ""
        return _(
            "Les cartes ne sont pas offertes : les clés STRIPE_SECRET_KEY et STRIPE_WEBHOOK_SECRET ne sont pas réglées."
        )

    def start(self, to_pay: ToPay, *, by: Any = None) -> Started:
        return actions.start_card(to_pay=to_pay, by=by)

    def confirm(self, to_pay: ToPay, *, now: datetime, by: Any = None) -> Payment | None:
        """The gateway says so by its webhook, or the reconciliation: here, only what is known."""
        return queries.payment_of(to_pay.organisation_id, to_pay.source)

    def refund(self, payment: Payment, amount: Decimal, *, now: datetime, by: Any = None) -> Payment:
        return actions.refund_card(
            payment_id=payment.pk, amount=amount, refunded_before=payment.refunded, now=now, by=by
        )
