"""Letters that tell a member why what they pay moved: one an order, when the desk or the scale is done with it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Max
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from maillage.core import jobs, letters
from maillage.core.templatetags.maillage import money, quantity

from .models import LineAdjustment, Order

QUIET = timedelta(minutes=15)  # the desk may still correct, or undo
FORGET = timedelta(days=2)


def defer_letters(*, now: datetime) -> int:
    """Defer a letter for each order whose last untold change is a quarter of an hour old; how many."""
    waiting = (
        LineAdjustment.objects.filter(told_at=None, at__gt=now - FORGET)
        .order_by()
        .values("line__order_id")
        .annotate(last=Max("at"))
        .filter(last__lte=now - QUIET)
        .values_list("line__order_id", flat=True)
    )
    keys = list(waiting)
    jobs.defer_many(
        "market.correction", ({"order_id": key} for key in keys), once=[f"correction:{key}" for key in keys]
    )
    return len(keys)


def send(*, order_id: int, now: datetime) -> bool:
    """Write to the member what changed since they were last told. What was undone meanwhile is not mentioned.

    The changes are noted as told in the transaction that writes the letter: told once, and none without its letter.
    """
    order = Order.objects.select_related("cycle__market__organisation", "person", "buyer").get(pk=order_id)
    with transaction.atomic():
        untold = LineAdjustment.objects.filter(line__order=order, told_at=None).order_by("pk")
        claimed = list(untold.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
        if not claimed:
            return False
        rows = LineAdjustment.objects.filter(pk__in=claimed)
        changes = standing(rows.select_related("line__offer", "undone_by"))
        rows.update(told_at=now)
        if not changes or not order.person.email:
            return False
        letters.post(_message(order, changes), key=f"correction:{order.pk}:{claimed[-1]}")
    return True


def told_of(order_id: int) -> list[str]:
    """Why the order's price moved since the close, one sentence a change that stands. One query."""
    rows = LineAdjustment.objects.filter(line__order=order_id).select_related("line__offer", "undone_by").order_by("pk")
    return [sentence(a) for a in standing(rows)]


def sentence(adjustment: LineAdjustment) -> str:
    """« Poulet entier : pesé à 2,1 kg (estimé à 1,8 kg), à 13,90 $ le kilo, soit 29,19 $. »"""
    line = adjustment.line
    words = {"product": line.offer.product_name}
    if adjustment.reason == LineAdjustment.Reason.WEIGHT:
        weight = line.final_weight if line.final_weight is not None else line.estimated_weight
        words |= {
            "weight": quantity(weight),
            "estimate": quantity(line.estimated_weight),
            "price": money(line.member_price),
            "goods": money(line.goods),
        }
        return (
            _("%(product)s : pesé à %(weight)s kg (estimé à %(estimate)s kg), à %(price)s le kilo, soit %(goods)s.")
            % words
        )
    words |= {"pieces": quantity(-adjustment.quantity), "credit": money(-adjustment.goods)}
    if adjustment.reason == LineAdjustment.Reason.DAMAGED:
        return _("%(product)s, abîmés : %(pieces)s ; %(credit)s crédités avant taxes.") % words
    return _("%(product)s, manquants : %(pieces)s ; %(credit)s crédités avant taxes.") % words


def standing(rows: Iterable[LineAdjustment]) -> list[LineAdjustment]:
    """Changes without those that were undone, nor the undoings."""
    return [a for a in rows if a.reason != LineAdjustment.Reason.UNDONE and not hasattr(a, "undone_by")]


def _message(order: Order, changes: list[LineAdjustment]) -> EmailMessage:
    market = order.cycle.market
    with translation.override(order.person.language):
        context = {
            "order": order,
            "changes": [sentence(a) for a in changes],
            "market": market.name,
            "address": settings.SITE_URL + reverse("market:order", args=[order.public_id]),
        }
        return EmailMessage(
            subject=_("%(market)s : ce qui a changé dans votre commande %(number)s")
            % {"market": market.name, "number": order.number},
            body=render_to_string("market/mail/correction.txt", context),
            to=[order.person.email],
            reply_to=[market.organisation.email] if market.organisation.email else None,
        )
