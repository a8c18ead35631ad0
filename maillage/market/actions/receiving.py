"""At the door, before packing: what a producer brought, and what is missing shared among those who ordered it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from maillage.core.actions import Refused, action, locked
from maillage.core.events import publish
from maillage.core.quantity import milli

from .. import access
from ..models import CycleState, LineAdjustment, LineState, Offer, Order, OrderLine, OrderState, Reception
from ..sharing import share
from ..types import ShortageShared
from .desk import CannotUndo, charged_pieces, mark_short, undo_adjustment
from .reopening import hold_state

RECEIVING = (CycleState.CLOSED, CycleState.PACKED)


class NotReceiving(Refused):
    """The cycle still takes orders, or its distribution is over."""


class ReceivedAlready(Refused):
    """Someone wrote what came of this product; it has to be taken back first."""


class WrongReception(Refused):
    """Fewer than no pieces."""


@dataclass(frozen=True, slots=True)
class Received:
    """What was written. `short`: orders that get less than they ordered."""

    reception: Reception
    short: int


@action(access.offer)
def receive(*, offer_id: int, pieces: Decimal, now: datetime, by: Any) -> Received:
    """`pieces` of an offer came. When fewer than ordered, they are shared and what is missing is credited at once.

    The rule: `sharing.share`, in the order in which orders were placed; orders handed over keep what they have. All of
    it or nothing. Each member is told once, with whatever else changed (`corrections`).
    Raises NotReceiving, ReceivedAlready, WrongReception.
    """
    if pieces < 0:
        raise WrongReception(_("Indiquez combien sont arrivés : zéro ou plus."))
    offer = _lock(offer_id)
    lines = _lines(offer)
    expected = sum((charged_pieces(line) for line in lines), Decimal(0))
    reception = Reception.objects.create(offer=offer, expected=expected, received=milli(pieces), at=now, by=by)
    kept = [line for line in lines if line.order.state == OrderState.HANDED_OVER or line.state == LineState.HANDED_OVER]
    open_lines = [line for line in lines if line not in kept]
    gone = sum((charged_pieces(line) for line in kept), Decimal(0))
    wanted = [charged_pieces(line) for line in open_lines]
    short = 0
    for line, want, part in zip(
        open_lines, wanted, share(max(milli(pieces) - gone, Decimal(0)), wanted, step=offer.step), strict=True
    ):
        if part < want:
            made = mark_short(
                line_id=line.pk, pieces=want - part, damaged=False, now=now, by=by, note=_("Livraison incomplète")
            )
            LineAdjustment.objects.filter(pk=made.pk).update(reception=reception)
            short += 1
    if short:
        publish(ShortageShared(offer_id=offer_id))
    return Received(reception, short)


@action(access.offers)
def receive_all(*, offer_ids: Sequence[int], now: datetime, by: Any) -> int:
    """Everything that was ordered of these offers came; how many were written. Those written already stay."""
    waiting = Offer.objects.filter(pk__in=list(offer_ids), reception=None).values_list("pk", flat=True)
    count = 0
    for offer_id in sorted(waiting):
        offer = _lock(offer_id)
        expected = sum((charged_pieces(line) for line in _lines(offer)), Decimal(0))
        Reception.objects.create(offer=offer, expected=expected, received=expected, at=now, by=by)
        count += 1
    return count


@action(access.reception)
def undo_reception(*, reception_id: int, now: datetime, by: Any) -> None:
    """Take back what was written of a product: every share that was cut is whole again, credits are charged back.

    Raises NotReceiving; CannotUndo when a line changed once more since (that change comes off first).
    """
    reception = Reception.objects.select_related("offer").get(pk=reception_id)
    offer = _lock(reception.offer_id, undo=True)
    cut = LineAdjustment.objects.filter(reception=reception, undone_by=None).order_by("line__order_id", "pk")
    undone = list(cut)
    for adjustment in undone:
        try:
            undo_adjustment(adjustment_id=adjustment.pk, now=now, by=by)
        except CannotUndo as refused:
            number = OrderLine.objects.values_list("order__number", flat=True).get(pk=adjustment.line_id)
            message = _("La commande %(number)s a changé depuis : annulez d’abord ce changement à l’accueil.")
            raise CannotUndo(message % {"number": number}) from refused
    LineAdjustment.objects.filter(reception=reception).update(reception=None)
    Reception.objects.filter(offer=offer).delete()
    if undone:
        publish(ShortageShared(offer_id=offer.pk))


def _lock(offer_id: int, *, undo: bool = False) -> Offer:
    """The offer's row: two people at the door take turns. Then every order that has it, by key, as the desk does."""
    state = hold_state(offer_id=offer_id)
    offer = locked(Offer, offer_id)
    if state not in RECEIVING:
        raise NotReceiving(_("On note ce qui arrive entre la fermeture et la fin de la distribution."))
    if not undo and Reception.objects.filter(offer=offer).exists():
        raise ReceivedAlready(
            _("%(name)s : ce qui est arrivé est déjà noté. Annulez d’abord cette réception.")
            % {"name": offer.product_name}
        )
    orders = Order.objects.filter(lines__offer=offer).order_by("pk")
    list(orders.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
    return offer


def _lines(offer: Offer) -> list[OrderLine]:
    """Lines that charge pieces of the offer, in the order in which the orders were placed."""
    lines = (
        OrderLine.objects.filter(offer=offer, quantity__gt=0)
        .exclude(order__state=OrderState.CANCELLED)
        .select_related("order")
        .order_by("order__placed_at", "order__pk")
    )
    return [line for line in lines if charged_pieces(line) > 0]
