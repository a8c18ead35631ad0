"""Cards, through the gateway's own page. The gateway is never called inside a transaction."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core import events
from maillage.core.actions import Refused, action, ask, locked
from maillage.ledger import actions as ledger
from maillage.ledger.types import AccountKind

from .. import access, gateway, queries, references
from ..models import Method, Payment, PaymentState, StripeEvent
from ..types import PaymentFailed, PaymentReceived, Started, ToPay
from .payments import CannotRefund, apply_refunded, check_amount, post_received

log = logging.getLogger(__name__)
type Object = dict[str, Any]


class CardUnavailable(Refused):
    """Cards are not set up, or the gateway does not answer: another method is offered."""


def start_card(*, to_pay: ToPay, by: Any = None) -> Started:
    """Open the gateway's page for `to_pay`. Three steps: our record, the gateway, the gateway's ids on our record.

    Not inside a transaction (RuntimeError). The same source again gives the same page while it is not paid, so a second
    click, or a failure between two steps, charges once; a page for another amount is closed first, so that nobody pays
    on both. A page that was paid without our knowing is `done`. Raises CardUnavailable, AmountWrong.
    """
    if not queries.card_is_offered():
        raise CardUnavailable(_("Le paiement par carte n'est pas offert. Choisissez un autre mode de paiement."))
    check_amount(to_pay.amount)
    now = timezone.now()
    try:
        with transaction.atomic(durable=True):
            shown = list(_shown(to_pay.organisation_id, to_pay.source))
        for payment in shown:
            same = payment.amount == to_pay.amount
            found = gateway.gateway().find(session=payment.session) if same else _closed(payment)
            if found.state != "pending":
                _learn(payment, found, now)
            if found.state == "succeeded":
                return Started(done=True, payment_id=payment.pk)
            if same and found.url:
                return Started(redirect_url=found.url, payment_id=payment.pk, reference=payment.reference)
        with transaction.atomic(durable=True):
            payment = _pending(to_pay, by)
        return _opened(payment, to_pay)
    except gateway.GatewayDown as error:
        log.warning("card page of %s: %s", to_pay.source, error)
        raise CardUnavailable(
            _("Le service de cartes ne répond pas. Rien n'a été débité : réessayez, ou choisissez un autre mode.")
        ) from error


def close_card_pages(*, organisation_id: int, source: str, now: datetime, keep: Decimal | None = None) -> int:
    """Nobody can pay any more on the pages that were opened for `source`, except one for `keep` dollars.

    A page that was paid meanwhile is received. Returns how many were closed; raises CardUnavailable. Not inside a
    transaction.
    """
    closed = 0
    for payment in _shown(organisation_id, source):
        if payment.amount == keep:
            continue
        try:
            _learn(payment, _closed(payment), now)
        except gateway.GatewayDown as error:
            raise CardUnavailable(_("Le service de cartes ne répond pas.")) from error
        closed += 1
    return closed


def _shown(organisation_id: int, source: str) -> QuerySet[Payment]:
    """Payments of `source` whose page was opened and that wait."""
    waiting = Payment.objects.filter(organisation_id=organisation_id, key__startswith=f"card:{source}:")
    return waiting.filter(state=PaymentState.PENDING).exclude(session="").order_by("pk")


def _closed(payment: Payment) -> gateway.Found:
    return gateway.gateway().close(session=payment.session)


def _opened(payment: Payment, to_pay: ToPay) -> Started:
    if payment.state == PaymentState.SUCCEEDED:
        return Started(done=True, payment_id=payment.pk)
    label = _("Paiement %(reference)s") % {"reference": references.shown(payment.reference)}
    page = gateway.gateway().create_checkout(
        payment=payment.public_id,
        amount=payment.amount,
        label=label.strip(),
        email=payment.person.email,
        return_url=to_pay.return_url,
        cancel_url=to_pay.cancel_url,
    )
    Payment.objects.filter(pk=payment.pk).update(session=page.id)
    if page.intent:
        Payment.objects.filter(pk=payment.pk, intent="").update(intent=page.intent)
    return Started(redirect_url=page.url, payment_id=payment.pk, reference=payment.reference)


def _pending(to_pay: ToPay, by: Any) -> Payment:
    """The payment of this source, part and amount; a new one when the amount changed, or the last one failed or went
    back whole.
    """
    prefix = f"card:{to_pay.source}:{to_pay.part}:" if to_pay.part else f"card:{to_pay.source}:"
    tries = Payment.objects.filter(organisation_id=to_pay.organisation_id, key__startswith=prefix)
    last = tries.select_related("person").order_by("-pk").first()
    gone = last is None or last.state == PaymentState.FAILED or last.refunded == last.amount
    if last is not None and last.amount == to_pay.amount and not gone:
        return last
    made, _new = Payment.objects.get_or_create(
        organisation_id=to_pay.organisation_id,
        key=f"{prefix}{tries.count() + 1}",
        defaults={
            "person_id": to_pay.person_id,
            "buyer_id": to_pay.buyer_id,
            "method": Method.CARD,
            "amount": to_pay.amount,
            "reference": to_pay.reference,
            "state": PaymentState.PENDING,
            "recorded_by": by,
        },
    )
    return made


def refund_card(
    *, payment_id: int, amount: Decimal, refunded_before: Decimal, now: datetime, by: Any = None
) -> Payment:
    """Refund on the card: the gateway first (same amounts, same refund), then the ledger.

    Raises CannotRefund when something changed or more than is left, CardUnavailable, AmountWrong.
    """
    ask(access.payment, by, {"payment_id": payment_id})
    check_amount(amount)
    payment = Payment.objects.get(pk=payment_id)
    if payment.state != PaymentState.SUCCEEDED or payment.refunded != refunded_before:
        raise CannotRefund(_("Ce paiement a changé entre-temps. Rechargez la page."))
    if amount > payment.amount - payment.refunded:
        raise CannotRefund(_("Il reste %(left)s $ à rembourser.") % {"left": payment.amount - payment.refunded})
    try:
        refunded = gateway.gateway().refund(
            intent=payment.intent, amount=amount, key=f"refund:{payment.public_id}:{refunded_before + amount}"
        )
    except gateway.GatewayDown as error:
        raise CardUnavailable(_("Le service de cartes ne répond pas. Rien n'a été remboursé : réessayez.")) from error
    with transaction.atomic():
        return apply_refunded(locked(Payment, payment_id), refunded, timezone.localdate(now), by)


@action(access.house)
def receive_event(*, event: Object, now: datetime, by: Any = None) -> bool:
    """Take a signed event of Stripe: each once, in any order. True when it was new.

    An event about a payment that is unknown here is kept, and tried again by `reconcile_cards`.
    """
    StripeEvent.objects.bulk_create(
        [StripeEvent(event_id=event["id"], kind=event["type"], payload=event)], ignore_conflicts=True
    )
    row = StripeEvent.objects.select_for_update(no_key=True).get(event_id=event["id"])
    if row.handled_at is not None:
        return False
    return _handle(row, now)


def _handle(row: StripeEvent, now: datetime) -> bool:
    handler = HANDLERS.get(row.kind)
    if handler is not None:
        thing: Object = row.payload["data"]["object"]
        payment = _payment_of(thing)
        if payment is None:
            return False
        handler(payment, thing, now)
    row.handled_at = now
    row.save(update_fields=["handled_at"])
    return True


def _payment_of(thing: Object) -> Payment | None:
    """The payment that an object of Stripe is about, locked: by our own id in its metadata, else by Stripe's ids."""
    ours = (thing.get("metadata") or {}).get("payment") or thing.get("client_reference_id")
    intent = thing["id"] if thing.get("object") == "payment_intent" else thing.get("payment_intent")
    about = Q(pk=None)
    if ours:
        about |= Q(public_id=ours)
    if intent:
        about |= Q(intent=intent)
    if thing.get("object") == "checkout.session":
        about |= Q(session=thing["id"])
    payment = (
        Payment.objects.filter(about, method=Method.CARD)
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
        .first()
    )
    if payment is not None and intent and not payment.intent:
        payment.intent = intent
        payment.save(update_fields=["intent"])
    return payment


def _succeed(payment: Payment, received: Decimal, now: datetime) -> None:
    """Received: posted once. What Stripe says that it took is what counts. The row is locked."""
    if payment.state not in (PaymentState.PENDING, PaymentState.FAILED) or received <= 0:
        return
    if received != payment.amount:
        log.warning("card payment %s: %s asked, %s received", payment.public_id, payment.amount, received)
        payment.amount = received
    today = timezone.localdate(now)
    book = ledger.open_book(organisation_id=payment.organisation_id)
    payment.transaction = post_received(book.pk, payment, AccountKind.CARD_CLEARING, today, None)
    payment.state, payment.received_on, payment.failure = PaymentState.SUCCEEDED, today, ""
    payment.save(update_fields=["amount", "transaction", "state", "received_on", "failure"])
    events.publish(PaymentReceived(payment_id=payment.pk))


def _fail(payment: Payment, why: str) -> None:
    """Failed, unless it succeeded before (events come in any order). The row is locked."""
    if payment.state != PaymentState.PENDING:
        return
    payment.state, payment.failure = PaymentState.FAILED, why[:200]
    payment.save(update_fields=["state", "failure"])
    events.publish(PaymentFailed(payment_id=payment.pk))


def _intent_succeeded(payment: Payment, thing: Object, now: datetime) -> None:
    _succeed(payment, gateway.to_dollars(thing["amount_received"]), now)


def _intent_failed(payment: Payment, thing: Object, now: datetime) -> None:
    _fail(payment, (thing.get("last_payment_error") or {}).get("message") or thing.get("cancellation_reason") or "")


def _session_completed(payment: Payment, thing: Object, now: datetime) -> None:
    if thing.get("payment_status") == "paid":
        _succeed(payment, gateway.to_dollars(thing["amount_total"]), now)


def _session_expired(payment: Payment, thing: Object, now: datetime) -> None:
    _fail(payment, _("La page de paiement a expiré."))


def _charge_refunded(payment: Payment, thing: Object, now: datetime) -> None:
    _succeed(payment, gateway.to_dollars(thing["amount"]), now)  # a refund tells that the charge succeeded
    apply_refunded(payment, gateway.to_dollars(thing["amount_refunded"]), timezone.localdate(now), None)


HANDLERS: dict[str, Callable[[Payment, Object, datetime], None]] = {
    "payment_intent.succeeded": _intent_succeeded,
    "payment_intent.payment_failed": _intent_failed,
    "payment_intent.canceled": _intent_failed,
    "checkout.session.completed": _session_completed,
    "checkout.session.async_payment_succeeded": _session_completed,
    "checkout.session.async_payment_failed": _session_expired,
    "checkout.session.expired": _session_expired,
    "charge.refunded": _charge_refunded,
}


def reconcile_cards(*, now: datetime, limit: int = 200) -> int:
    """Ask the gateway about payments that wait for more than 10 minutes, and try events again that found no payment.

    Returns how many payments changed. Each is its own transaction; a gateway that does not answer stops the round.
    """
    changed = 0
    waiting = Payment.objects.filter(
        method=Method.CARD, state=PaymentState.PENDING, created_at__lt=now - timedelta(minutes=10)
    ).order_by("created_at")[:limit]
    for payment in waiting:
        try:
            changed += _reconcile(payment, now)
        except gateway.GatewayDown as error:
            log.warning("reconciliation stopped: %s", error)
            break
    for row in StripeEvent.objects.filter(handled_at=None, received_at__gt=now - timedelta(days=30)).values("event_id")[
        :limit
    ]:
        with transaction.atomic():
            event = StripeEvent.objects.select_for_update(no_key=True).get(event_id=row["event_id"])
            if event.handled_at is None:
                changed += _handle(event, now)
    return changed


def _reconcile(payment: Payment, now: datetime) -> bool:
    if not payment.session:  # stopped before the gateway answered: nothing was shown, nothing can be paid
        with transaction.atomic():
            _fail(locked(Payment, payment.pk), _("La page de paiement n'a pas été ouverte."))
        return True
    return _learn(payment, gateway.gateway().find(session=payment.session), now)


def _learn(payment: Payment, found: gateway.Found, now: datetime) -> bool:
    """Write what the gateway says of a payment. True when it changed."""
    with transaction.atomic():
        held = locked(Payment, payment.pk)
        before = (held.state, held.refunded)
        if found.intent and not held.intent:
            held.intent = found.intent
            held.save(update_fields=["intent"])
        if found.state == "succeeded":
            _succeed(held, found.received, now)
            apply_refunded(held, found.refunded, timezone.localdate(now), None)
        elif found.state == "failed":
            _fail(held, _("La page de paiement a expiré."))
    return before != (held.state, held.refunded)
