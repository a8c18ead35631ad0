"""What happens on the card gateway when an order changes: pages that ask a wrong amount are closed, and what was paid
for a cancelled order goes back on the card. In the worker, outside of any transaction; an event twice is harmless.
"""

from contextlib import suppress

from django.utils import timezone

from maillage.core.money import ZERO
from maillage.ledger import queries as books
from maillage.ledger.types import AccountKind
from maillage.payments import actions as payments
from maillage.payments import queries as paid
from maillage.payments.models import Payment
from maillage.payments.types import PaymentReceived

from .models import Order, OrderState, PaymentMethod
from .queries.till import due_of
from .types import CardOrderAmended, OrderCancelled


def follow_order(event: CardOrderAmended | OrderCancelled) -> None:
    """Close the card pages that ask for another amount than what is due; give back what a cancelled order got.

    Raises CardUnavailable while the gateway does not answer: the worker tries again.
    """
    order = Order.objects.select_related("cycle__market").filter(pk=event.order_id).first()
    if order is None or not paid.card_is_offered() or not _card_payments(order):
        return
    cancelled = order.state == OrderState.CANCELLED
    by_card = order.payment_method == PaymentMethod.CARD and not cancelled
    payments.close_card_pages(
        organisation_id=order.cycle.market.organisation_id,
        source=source_of(order),
        now=timezone.now(),
        keep=due_of(order) if by_card else None,
    )
    if cancelled:
        _give_back(order)


def follow_payment(event: PaymentReceived) -> None:
    """A card payment that arrives for an order cancelled meanwhile goes back."""
    payment = Payment.objects.filter(pk=event.payment_id, key__startswith="card:order:").first()
    if payment is None:
        return
    order = Order.objects.select_related("cycle__market").filter(public_id=payment.key.split(":")[2]).first()
    if order is not None and order.state == OrderState.CANCELLED:
        _give_back(order)


def source_of(order: Order) -> str:
    return f"order:{order.public_id}"


def _card_payments(order: Order) -> list[Payment]:
    return paid.card_payments_of(order.cycle.market.organisation_id, source_of(order))


def _give_back(order: Order) -> None:
    """Refund on the card, up to the member's credit: what covers their other orders stays."""
    book = books.book_of(order.cycle.market.organisation_id)
    for payment in _card_payments(order):
        credit = -books.balance(book.pk, AccountKind.MEMBER, **order.party)
        amount = min(payment.left, credit)
        if amount <= ZERO:
            continue
        with suppress(payments.CannotRefund):  # refunded by the treasurer, or by the same event, in between
            payments.refund_card(
                payment_id=payment.pk, amount=amount, refunded_before=payment.refunded, now=timezone.now()
            )
