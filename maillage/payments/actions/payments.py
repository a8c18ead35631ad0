"""Payments that are received, refunded, undone, and carried to the bank."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from maillage.core import events
from maillage.core.actions import Refused, action, locked
from maillage.core.money import CENT
from maillage.ledger import actions as ledger
from maillage.ledger import queries as books
from maillage.ledger.types import AccountKind, Line, Transaction

from .. import access, references
from ..models import Method, Payment, PaymentState
from ..types import PaymentReceived, PaymentRefunded

INTO = {
    Method.INTERAC: AccountKind.INTERAC_CLEARING,
    Method.PICKUP: AccountKind.CASH,
    Method.CASH: AccountKind.CASH,
    Method.TERMINAL: AccountKind.CARD_CLEARING,
    Method.CARD: AccountKind.CARD_CLEARING,
}


class AmountWrong(Refused):
    """Not above zero, or finer than a cent."""


class KeyReused(Refused):
    """The key names another payment: other person or other amount."""


class CannotRefund(Refused):
    """Nothing is left to refund, or it changed in between."""


class CannotUndo(Refused):
    """The payment is not one that was received and is still whole."""


class NothingToMove(Refused):
    """The account does not hold that much."""


@action(access.books)
def record(
    *,
    organisation_id: int,
    person_id: int,
    method: str,
    amount: Decimal,
    reference: str = "",
    key: str,
    occurred_on: date,
    by: Any = None,
    buyer_id: int | None = None,
) -> Payment:
    """Money received: debit cash (pickup, cash), or a clearing account (interac, terminal, card); credit MEMBER.

    Idempotent: the same key is the same payment, returned as it is. Raises AmountWrong, KeyReused,
    ledger's PeriodClosed. Paying by balance is not a payment (ValueError): the order's debit is enough.
    """
    return receive(
        organisation_id, person_id, Method(method), amount, reference, key, occurred_on, by, buyer_id=buyer_id
    )


def receive(
    organisation_id: int,
    person_id: int,
    method: Method,
    amount: Decimal,
    reference: str,
    key: str,
    occurred_on: date,
    by: Any,
    *,
    buyer_id: int | None = None,
    into: AccountKind | None = None,
    cleared: bool = False,
) -> Payment:
    """`record`, into the account that one says (a transfer seen in the bank goes straight there)."""
    check_amount(amount)
    if method == Method.BALANCE:
        raise ValueError("nothing is received when a balance pays")
    known = Payment.objects.filter(organisation_id=organisation_id, key=key).first()
    if known is not None:
        return _same(known, person_id, amount)
    made = Payment(
        organisation_id=organisation_id,
        person_id=person_id,
        buyer_id=buyer_id,
        method=method,
        amount=amount,
        reference=reference,
        key=key,
        state=PaymentState.SUCCEEDED,
        received_on=occurred_on,
        cleared_on=occurred_on if cleared else None,
        recorded_by=by,
    )
    book = ledger.open_book(organisation_id=organisation_id, by=by)
    try:
        with transaction.atomic():
            made.transaction = post_received(book.pk, made, into or INTO[method], occurred_on, by)
            made.save(force_insert=True)
    except IntegrityError:  # the same key, recorded at the same moment
        return _same(Payment.objects.get(organisation_id=organisation_id, key=key), person_id, amount)
    events.publish(PaymentReceived(payment_id=made.pk))
    return made


def check_amount(amount: Decimal) -> None:
    if amount <= 0 or amount != amount.quantize(CENT):
        raise AmountWrong(_("Le montant doit être positif, au cent près."))


def _same(known: Payment, person_id: int, amount: Decimal) -> Payment:
    if (known.person_id, known.amount) != (person_id, amount):
        raise KeyReused(_("Ce paiement est déjà inscrit pour une autre personne ou un autre montant."))
    return known


def post_received(book_id: int, payment: Payment, into: AccountKind, on: date, by: Any) -> Transaction:
    label = Method(payment.method).label
    reference = references.shown(payment.reference)
    return ledger.post(
        book_id=book_id,
        key=f"payment:{payment.public_id}",
        occurred_on=on,
        memo=_("Paiement, %(method)s %(reference)s") % {"method": label, "reference": reference},
        lines=[Line(into, payment.amount), payment.account_line(-payment.amount)],
        by=by,
    )


@action(access.payment)
def refund(*, payment_id: int, amount: Decimal, refunded_before: Decimal, today: date, by: Any = None) -> Payment:
    """Give `amount` back from the cash box or the bank. `refunded_before` is what the page showed as refunded already.

    Raises CannotRefund when that changed (a second click, another session), or more than is left; AmountWrong.
    Cards are refunded by `refund_card`, which asks the gateway.
    """
    check_amount(amount)
    payment = locked(Payment, payment_id)
    if payment.method == Method.CARD:
        raise CannotRefund(_("Un paiement par carte se rembourse sur la carte."))
    if payment.state != PaymentState.SUCCEEDED or payment.refunded != refunded_before:
        raise CannotRefund(_("Ce paiement a changé entre-temps. Rechargez la page."))
    if amount > payment.amount - payment.refunded:
        raise CannotRefund(_("Il reste %(left)s $ à rembourser.") % {"left": payment.amount - payment.refunded})
    return apply_refunded(payment, payment.refunded + amount, today, by)


def apply_refunded(payment: Payment, refunded: Decimal, on: date, by: Any) -> Payment:
    """Bring what was refunded, in all, up to `refunded`; less than is known changes nothing. The row is locked."""
    more = min(refunded, payment.amount) - payment.refunded
    if more <= 0:
        return payment
    out_of = AccountKind.BANK if payment.method == Method.INTERAC else INTO[Method(payment.method)]
    ledger.post(
        book_id=books.book_of(payment.organisation_id).pk,
        key=f"payment:{payment.public_id}:refunded:{payment.refunded + more}",
        occurred_on=on,
        memo=_("Remboursement, %(reference)s") % {"reference": references.shown(payment.reference) or payment.method},
        lines=[payment.account_line(more), Line(out_of, -more)],
        by=by,
    )
    payment.refunded += more
    payment.save(update_fields=["refunded"])
    events.publish(PaymentRefunded(payment_id=payment.pk))
    return payment


@action(access.payment)
def undo(*, payment_id: int, today: date, by: Any = None) -> Payment:
    """Reverse a payment that was recorded by mistake. Raises CannotUndo for cards, and once refunded or undone."""
    return reverse(locked(Payment, payment_id), today, by)


def reverse(payment: Payment, today: date, by: Any) -> Payment:
    if payment.state != PaymentState.SUCCEEDED or payment.refunded or payment.method == Method.CARD:
        raise CannotUndo(_("Ce paiement ne peut pas être annulé : remboursez-le plutôt."))
    assert payment.transaction_id is not None
    ledger.reverse(
        transaction_id=payment.transaction_id,
        key=f"payment:{payment.public_id}:undone",
        occurred_on=today,
        memo=_("Annulation du paiement %(reference)s") % {"reference": references.shown(payment.reference)},
        by=by,
    )
    payment.state = PaymentState.REVERSED
    payment.save(update_fields=["state"])
    return payment


@action(access.books)
def deposit(
    *, organisation_id: int, kind: str, amount: Decimal, fee: Decimal = Decimal(0), occurred_on: date, key: str,
    by: Any = None,
) -> Transaction:  # fmt: skip
    """What came in from cash or a clearing account reached the bank: `amount` leaves it, of which `fee` was kept.

    Debit BANK (amount − fee) and CARD_FEES (fee), credit `kind`. Raises NothingToMove, AmountWrong, AlreadyPosted.
    """
    check_amount(amount)
    if fee < 0 or fee >= amount or fee != fee.quantize(CENT):
        raise AmountWrong(_("Les frais sont de zéro ou plus, et moindres que le montant."))
    book = ledger.open_book(organisation_id=organisation_id, by=by)
    account = books.lock_account(book.pk, kind)
    held = books.balance_of(account.pk)
    if amount > held:
        raise NothingToMove(_("Ce compte contient %(held)s $.") % {"held": held})
    return ledger.post(
        book_id=book.pk,
        key=key,
        occurred_on=occurred_on,
        memo=_("Dépôt à la banque"),
        lines=[
            Line(AccountKind.BANK, amount - fee),
            Line(AccountKind.CARD_FEES, fee),
            Line(AccountKind(kind), -amount),
        ],
        by=by,
    )
