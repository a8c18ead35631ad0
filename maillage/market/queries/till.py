"""What a member still owes at the desk for an order."""

from decimal import Decimal
from uuid import UUID

from django.db.models import Q, Sum

from maillage.core.money import ZERO
from maillage.ledger import queries as books
from maillage.ledger.types import AccountKind
from maillage.payments.models import ExpectedTransfer, Payment, PaymentState

from ..models import Order, OrderState
from ..models.order import HOLDER


def due_of(order: Order) -> Decimal:
    """Dollars to receive now: the member's balance, carried debts and credits included, without their later orders.

    Never negative. Three queries.
    """
    book = books.book_of(order.cycle.market.organisation_id)
    balance = books.balance(book.pk, AccountKind.MEMBER, **order.party)
    later = (
        Order.objects.alias(holder_key=HOLDER)
        .filter(holder_key=order.holder, cycle__market_id=order.cycle.market_id, cycle__number__gt=order.cycle.number)
        .exclude(state=OrderState.CANCELLED)
        .aggregate(total=Sum("total", default=ZERO))["total"]
    )
    return max(balance - Decimal(later), ZERO)


def received_for(*, public_id: UUID, organisation_id: int) -> list[Payment]:
    """Every payment that came for an order, by whatever way, in order; what went back is in `refunded`. One query."""
    source = f"order:{public_id}"
    ways = Q(pk__in=ExpectedTransfer.objects.filter(organisation_id=organisation_id, source=source).values("payment"))
    for way in (f"card:{source}:", f"desk:{public_id}:", f"pickup:{source}", f"interac:{source}"):
        ways |= Q(key__startswith=way)
    rows = Payment.objects.filter(ways, organisation_id=organisation_id, state=PaymentState.SUCCEEDED)
    return list(rows.order_by("pk"))


def taken_for(order: Order) -> list[Payment]:
    """Payments received at the desk for the order and not taken back, in order."""
    received = Payment.objects.filter(
        organisation_id=order.cycle.market.organisation_id,
        key__startswith=f"desk:{order.public_id}:",
        state=PaymentState.SUCCEEDED,
    )
    return list(received.select_related("recorded_by__person").order_by("pk"))
