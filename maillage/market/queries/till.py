"""What a member still owes at the desk for an order."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db.models import Sum

from maillage.core import sql
from maillage.core.money import ZERO
from maillage.ledger import queries as books
from maillage.ledger.types import AccountKind
from maillage.payments.models import Method, Payment, PaymentState

from ..models import Order, OrderState
from ..models.order import HOLDER


def due_of(order: Order) -> Decimal:
    """Dollars to receive now: the member's balance, carried debts and credits included, without their later orders.

    Never negative. Three queries.
    """
    balance = balance_of(order)
    later = (
        Order.objects.alias(holder_key=HOLDER)
        .filter(holder_key=order.holder, cycle__market_id=order.cycle.market_id, cycle__number__gt=order.cycle.number)
        .exclude(state=OrderState.CANCELLED)
        .aggregate(total=Sum("total", default=ZERO))["total"]
    )
    return max(balance - Decimal(later), ZERO)


def balance_of(order: Order) -> Decimal:
    """What the account that the order is charged to owes the market, in dollars (negative: prepaid). Two queries."""
    book = books.book_of(order.cycle.market.organisation_id)
    return books.balance(book.pk, AccountKind.MEMBER, **order.party)


class Received(NamedTuple):
    """A payment of an order; dollars that came in, and of them those that went back."""

    method: str
    received_on: date | None
    amount: Decimal
    refunded: Decimal

    @property
    def label(self) -> str:
        return str(Method(self.method).label)


_RECEIVED = """
SELECT payment.method, payment.received_on, payment.amount, payment.refunded FROM payments_payment payment
WHERE payment.state = 'succeeded' AND payment.id IN (
    SELECT found.id FROM unnest(%(ways)s::varchar[]) AS way(prefix) CROSS JOIN LATERAL (
        SELECT id FROM payments_payment WHERE organisation_id = %(organisation)s
           AND key ~>=~ way.prefix AND key ~<~ (way.prefix || '~')) AS found
    UNION ALL
    SELECT payment_id FROM payments_expectedtransfer WHERE organisation_id = %(organisation)s AND source = %(source)s)
ORDER BY payment.id
"""


def received_for(*, public_id: UUID, organisation_id: int) -> list[Received]:
    """Every payment that came for an order, by whatever way, in order. One statement."""
    source = f"order:{public_id}"
    ways = [f"card:{source}:", f"desk:{public_id}:", f"pickup:{source}", f"interac:{source}"]
    params = {"ways": sql.array(ways), "organisation": organisation_id, "source": source}
    return [Received._make(row) for row in sql.rows(_RECEIVED, params)]


def taken_for(order: Order) -> list[Payment]:
    """Payments received at the desk for the order and not taken back, in order."""
    received = Payment.objects.filter(
        organisation_id=order.cycle.market.organisation_id,
        key__startswith=f"desk:{order.public_id}:",
        state=PaymentState.SUCCEEDED,
    )
    return list(received.select_related("recorded_by__person").order_by("pk"))
