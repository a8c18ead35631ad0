"""Money received at the desk for an order, and taken back when it was a mistake."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core.actions import Refused, action
from maillage.core.templatetags.maillage import money
from maillage.ledger import queries as books
from maillage.ledger.types import AccountKind
from maillage.payments import actions as payments
from maillage.payments.models import ExpectedState, ExpectedTransfer, Payment

from .. import access
from ..models import Order, PaymentMethod
from ..queries.till import due_of
from .desk import NotAdjustable, lock_order

AT_DESK = ("cash", "terminal")


class WrongAmount(Refused):
    """Nothing is owed, or less than what is about to be received."""


@action(access.till)
def take_payment(*, order_id: int, method: str, amount: Decimal, nonce: uuid.UUID, now: datetime, by: Any) -> Payment:
    """Receive `amount` dollars for an order at the desk, in `method` "cash" or "terminal", up to what is due.

    The member's account is locked: two volunteers do not both receive the same debt. The same nonce is one payment.
    A transfer that was announced for the order is not waited for any more once nothing is due.
    Raises WrongAmount, NotAdjustable, TooEarly; payments' AmountWrong.
    """
    if method not in AT_DESK:
        raise WrongAmount(_("Choisissez comptant ou terminal."))
    order = lock_order(order_id)
    organisation_id = order.cycle.market.organisation_id
    key = f"desk:{order.public_id}:{nonce}"
    known = Payment.objects.filter(organisation_id=organisation_id, key=key).first()
    if known is not None:
        return known
    book = books.book_of(organisation_id)
    books.lock_account(book.pk, AccountKind.MEMBER, **order.party)
    due = due_of(order)
    if amount > due:
        raise WrongAmount(
            _("Il reste %(due)s à recevoir pour cette commande : vérifiez le montant.") % {"due": money(due)}
            if due
            else _("Rien n’est dû pour cette commande : elle est déjà payée.")
        )
    payment = payments.record(
        organisation_id=organisation_id,
        person_id=order.person_id,
        buyer_id=order.buyer_id,
        method=method,
        amount=amount,
        reference=_("Commande %(number)s") % {"number": order.number},
        key=key,
        occurred_on=timezone.localdate(now),
        by=by,
    )
    if amount == due and order.payment_method == PaymentMethod.INTERAC:
        payments.cancel_expected(organisation_id=organisation_id, source=_source(order), by=by)
    return payment


@action(access.till)
def undo_taken(*, order_id: int, payment_id: int, now: datetime, by: Any) -> Payment:
    """Take back a payment received at the desk for this order: the opposite is posted, the transfer waited for again.

    Raises NotAdjustable for another order's payment; payments' CannotUndo once it is refunded or undone.
    """
    order = lock_order(order_id)
    payment = Payment.objects.get(pk=payment_id)
    if not payment.key.startswith(f"desk:{order.public_id}:"):
        raise NotAdjustable(_("Ce paiement n’a pas été reçu à l’accueil pour cette commande."))
    undone = payments.undo(payment_id=payment_id, today=timezone.localdate(now), by=by)
    organisation_id = order.cycle.market.organisation_id
    known = ExpectedTransfer.objects.filter(
        organisation_id=organisation_id, source=_source(order), state=ExpectedState.CANCELLED
    ).first()
    if known is not None and order.payment_method == PaymentMethod.INTERAC:
        payments.expect_transfer(
            organisation_id=organisation_id,
            person_id=order.person_id,
            buyer_id=order.buyer_id,
            amount=known.amount,
            source=known.source,
            by=by,
        )
    return undone


def payment_at_desk(*, order_id: int, public_id: str) -> Payment | None:
    """A payment of the order received at the desk, by its public id; None for any other."""
    order = Order.objects.select_related("cycle__market").get(pk=order_id)
    received = Payment.objects.filter(
        organisation_id=order.cycle.market.organisation_id, key__startswith=f"desk:{order.public_id}:"
    )
    return next((p for p in received if str(p.public_id) == public_id), None)


def _source(order: Order) -> str:
    return f"order:{order.public_id}"
