"""At the scale and at the desk: final weights, missing and damaged pieces, handing over.

Each change of what a line charges is one row that is never rewritten, posted at once under its own key, and undone by
an opposite row. Every action locks the order's row: two people at once wait for each other and then see what the other
did. A `nonce` from the form makes the same tap, sent twice, one change. `seen` is how many changes of the line the page
showed: two volunteers who both note the same missing jar are told apart from one who notes two.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core.actions import Refused, action, locked
from maillage.core.events import publish
from maillage.core.money import ZERO
from maillage.core.quantity import milli
from maillage.ledger import actions as ledger
from maillage.ledger import queries as books
from maillage.ledger.types import AccountKind, Line

from .. import access, pricing
from ..models import CycleState, LineAdjustment, LineState, Order, OrderLine, OrderState
from ..types import LineAdjusted
from .reopening import hold_state

Reason = LineAdjustment.Reason
WEIGHT_SLIP = Decimal(3)  # times more or less than estimated: asks again
WEIGHT_ABSURD = Decimal(20)  # a comma out of place: refused


class TooEarly(Refused):
    """The cycle still takes orders: they are amended, not adjusted."""


class NotAdjustable(Refused):
    """The order is cancelled, or the line cannot change that way."""


class WrongQuantity(Refused):
    """More pieces than ordered, or fewer than none."""


class StrangeWeight(Refused):
    """Far from what was estimated. `certain`: no confirmation will do."""

    def __init__(self, message: str, *, certain: bool) -> None:
        super().__init__(message)
        self.certain = certain


class ChangedMeanwhile(Refused):
    """Someone changed the line after the page was shown: nothing is written."""


class CannotUndo(Refused):
    """The adjustment is undone already, or a later one of the same line has to be undone first."""


@dataclass(frozen=True, slots=True)
class _Target:
    """What a line is to become: pieces and kilograms charged (None: as ordered), and its state."""

    pieces: Decimal | None
    weight: Decimal | None
    state: LineState


@action(access.line)
def mark_short(
    *,
    line_id: int,
    pieces: Decimal,
    damaged: bool,
    now: datetime,
    by: Any,
    nonce: uuid.UUID | None = None,
    seen: int | None = None,
    note: str = "",
) -> LineAdjustment:
    """`pieces` of a line are missing (or `damaged`): credited at once. A line by weight loses its share of the weight.

    Raises WrongQuantity, TooEarly, NotAdjustable, ChangedMeanwhile. The same nonce answers with the first adjustment.
    """
    order, lines, line = _locked(line_id)
    if known := _known(nonce):
        return known
    _check_seen(line, seen)
    had = charged_pieces(line)
    if not 0 < pieces <= had:
        raise WrongQuantity(
            _("Cette ligne compte %(count)s unité(s) : indiquez combien manquent.") % {"count": _plain(had)}
        )
    left = had - pieces
    weight = None
    if line.estimated_weight is not None:
        weight = milli(_charged_weight(line) * left / had)
    state = (LineState.DAMAGED if damaged else LineState.MISSING) if left == 0 else LineState(line.state)
    target = _Target(left, weight, state)
    reason = Reason.DAMAGED if damaged else Reason.MISSING
    return _adjust(order, lines, line, target, reason=reason, note=note, now=now, by=by, nonce=nonce)


@action(access.line)
def set_weight(
    *,
    line_id: int,
    weight: Decimal,
    now: datetime,
    by: Any,
    nonce: uuid.UUID | None = None,
    seen: int | None = None,
    confirmed: bool = False,
) -> LineAdjustment | None:
    """The final weight (kg) of a line sold by weight; the price follows. None when it changes no price.

    Raises StrangeWeight three times off the estimate unless `confirmed`, and always twenty times off; NotAdjustable,
    ChangedMeanwhile. The same nonce answers with the first adjustment.
    """
    order, lines, line = _locked(line_id)
    if known := _known(nonce):
        return known
    if line.estimated_weight is None:
        raise NotAdjustable(_("Ce produit n'est pas vendu au poids."))
    pieces = charged_pieces(line)
    if pieces == 0:
        raise NotAdjustable(_("Cette ligne est notée manquante : annulez d'abord ce retrait."))
    _check_seen(line, seen)
    weight = milli(weight)
    _check_weight(weight, milli(line.estimated_weight * pieces / line.quantity), confirmed)
    if weight == _charged_weight(line):
        if line.final_weight is None:
            OrderLine.objects.filter(pk=line.pk).update(final_weight=weight)
        return None
    target = _Target(line.final_quantity, weight, LineState(line.state))
    return _adjust(order, lines, line, target, reason=Reason.WEIGHT, note="", now=now, by=by, nonce=nonce)


def _check_weight(weight: Decimal, estimate: Decimal, confirmed: bool) -> None:
    if weight <= 0:
        raise StrangeWeight(_("Le poids doit être plus grand que zéro."), certain=True)
    if estimate <= 0:
        return
    ratio = max(weight / estimate, estimate / weight)
    names = {"weight": _plain(weight), "estimate": _plain(estimate)}
    if ratio >= WEIGHT_ABSURD:
        raise StrangeWeight(
            _("%(weight)s kg pour %(estimate)s kg estimés : la virgule est sans doute mal placée.") % names,
            certain=True,
        )
    if ratio >= WEIGHT_SLIP and not confirmed:
        raise StrangeWeight(
            _("%(weight)s kg pour %(estimate)s kg estimés : confirmez ce poids.") % names, certain=False
        )


@action(access.adjustment)
def undo_adjustment(*, adjustment_id: int, now: datetime, by: Any, nonce: uuid.UUID | None = None) -> LineAdjustment:
    """Take back an adjustment by an opposite row. Raises CannotUndo unless it is the line's last one that stands.

    Undone after the cycle was settled, it is a correction like any other: the producer's next statement carries it.
    """
    line_id = LineAdjustment.objects.values_list("line_id", flat=True).get(pk=adjustment_id)
    order, lines, line = _locked(line_id)
    if known := _known(nonce):
        return known
    adjustment = LineAdjustment.objects.get(pk=adjustment_id)
    standing = (
        LineAdjustment.objects.filter(line=line, undone_by=None).exclude(reason=Reason.UNDONE).order_by("-pk").first()
    )
    if standing is None or standing.pk != adjustment.pk:
        raise CannotUndo(_("Ce changement est déjà annulé, ou un plus récent doit l'être d'abord."))
    target = _before(line, adjustment)
    return _adjust(
        order, lines, line, target, reason=Reason.UNDONE, note="", now=now, by=by, nonce=nonce, undoes=adjustment
    )


def _before(line: OrderLine, adjustment: LineAdjustment) -> _Target:
    """What the line was before its last adjustment."""
    pieces = charged_pieces(line) - adjustment.quantity
    weight = None
    if line.estimated_weight is not None:
        weight = _charged_weight(line) - (adjustment.weight or ZERO)
        weight = None if weight == line.estimated_weight and pieces == line.quantity else weight
    state = LineState(line.state)
    if state in {LineState.MISSING, LineState.DAMAGED}:
        handed = line.order.state == OrderState.HANDED_OVER
        state = LineState.HANDED_OVER if handed else LineState.ORDERED
    return _Target(None if pieces == line.quantity else pieces, weight, state)


@action(access.line)
def set_handed_over(*, line_id: int, handed_over: bool, now: datetime, by: Any) -> OrderLine:
    """Tick or untick a line. The same tick twice changes nothing. Raises NotAdjustable for a line that is missing."""
    _order, _lines, line = _locked(line_id)
    wanted = LineState.HANDED_OVER if handed_over else LineState.ORDERED
    if line.state in {LineState.MISSING, LineState.DAMAGED}:
        raise NotAdjustable(_("Cette ligne est notée manquante ou abîmée : annulez d'abord ce retrait."))
    if line.state != wanted:
        line.state = wanted
        line.save(update_fields=["state"])
    return line


@action(access.order)
def hand_over(*, order_id: int, now: datetime, by: Any) -> Order:
    """The member leaves with the order: every line that is not missing is handed over. Twice changes nothing."""
    order = lock_order(order_id)
    if order.state != OrderState.HANDED_OVER:
        OrderLine.objects.filter(order=order, state__in=[LineState.ORDERED, LineState.PACKED]).update(
            state=LineState.HANDED_OVER
        )
        order.state, order.handed_over_at, order.updated_at = OrderState.HANDED_OVER, now, now
        order.save(update_fields=["state", "handed_over_at", "updated_at"])
    return order


@action(access.order)
def set_absent(*, order_id: int, absent: bool, now: datetime, by: Any) -> Order:
    """Nobody came for the order (or they did after all). Raises NotAdjustable once it is handed over."""
    order = lock_order(order_id)
    if order.state == OrderState.HANDED_OVER:
        raise NotAdjustable(_("Cette commande est déjà remise."))
    order.state, order.updated_at = (OrderState.ABSENT if absent else OrderState.PLACED), now
    order.save(update_fields=["state", "updated_at"])
    return order


@action(access.order)
def undo_hand_over(*, order_id: int, now: datetime, by: Any) -> Order:
    """The order is not handed over after all: its lines keep their ticks. Twice changes nothing."""
    order = lock_order(order_id)
    if order.state == OrderState.HANDED_OVER:
        order.state, order.handed_over_at, order.updated_at = OrderState.PLACED, None, now
        order.save(update_fields=["state", "handed_over_at", "updated_at"])
    return order


@action(access.order)
def hand_over_lines(*, order_id: int, now: datetime, by: Any) -> int:
    """Tick every line that is not missing or damaged; how many were not yet. Twice changes nothing."""
    order = lock_order(order_id)
    waiting = OrderLine.objects.filter(order=order, state__in=[LineState.ORDERED, LineState.PACKED])
    return waiting.update(state=LineState.HANDED_OVER)


# --- steps --------------------------------------------------------------------------------------------------------


def charged_pieces(line: OrderLine) -> Decimal:
    """Pieces that the line charges."""
    pieces: Decimal = line.quantity if line.final_quantity is None else line.final_quantity
    return pieces


def _known(nonce: uuid.UUID | None) -> LineAdjustment | None:
    """The change that this very tap made. Read after the lock: the same tap, sent twice, waits for itself."""
    return LineAdjustment.objects.filter(nonce=nonce).first() if nonce else None


def _check_seen(line: OrderLine, seen: int | None) -> None:
    if seen is not None and LineAdjustment.objects.filter(line=line).count() != seen:
        raise ChangedMeanwhile(_("Quelqu’un vient de changer cette ligne : vérifiez-la, puis recommencez au besoin."))


def _charged_weight(line: OrderLine) -> Decimal:
    weight: Decimal | None = line.estimated_weight if line.final_weight is None else line.final_weight
    assert weight is not None
    return weight


def lock_order(order_id: int) -> Order:
    """The order's row, locked, once its cycle is closed. Raises TooEarly, NotAdjustable for a cancelled one."""
    state = hold_state(order_id=order_id)
    order = locked(Order, order_id, "cycle__market")
    if state in {CycleState.DRAFT, CycleState.OPEN}:
        raise TooEarly(_("Le cycle prend encore des commandes : modifiez la commande elle-même."))
    if order.state == OrderState.CANCELLED:
        raise NotAdjustable(_("Cette commande est annulée."))
    return order


def _locked(line_id: int) -> tuple[Order, list[OrderLine], OrderLine]:
    order = lock_order(OrderLine.objects.values_list("order_id", flat=True).get(pk=line_id))
    lines = list(OrderLine.objects.filter(order=order).select_related("offer").order_by("pk"))
    line = next(line for line in lines if line.pk == line_id)
    line.order = order
    return order, lines, line


def amounts_of(line: OrderLine, pieces: Decimal, weight: Decimal | None) -> pricing.LineAmounts:
    """What a line charges for `pieces`, or for `weight` kg when it is sold by weight."""
    return pricing.line_amounts(
        member_price=line.member_price,
        producer_price=line.producer_price,
        charged=pieces if weight is None else weight,
        deposit=line.offer.deposit,
        pieces=pieces,
    )


def _totals(
    lines: Sequence[OrderLine], changed: OrderLine, new: pricing.LineAmounts, delivery: Decimal
) -> pricing.Totals:
    return pricing.order_totals(
        (
            (
                new
                if line.pk == changed.pk
                else pricing.LineAmounts(line.goods, line.producers, line.margin, line.deposits),
                line.tax_class,
            )
            for line in lines
        ),
        delivery=delivery,
    )


def _adjust(
    order: Order,
    lines: Sequence[OrderLine],
    line: OrderLine,
    target: _Target,
    *,
    reason: str,
    note: str,
    now: datetime,
    by: Any,
    nonce: uuid.UUID | None,
    undoes: LineAdjustment | None = None,
) -> LineAdjustment:
    pieces = line.quantity if target.pieces is None else target.pieces
    weight = None
    if line.estimated_weight is not None:
        weight = line.estimated_weight if target.weight is None else target.weight
    new = amounts_of(line, pieces, weight)
    before = pricing.Totals(
        order.goods, order.producers, order.margin, order.tps, order.tvq, order.deposits, order.delivery
    )
    after = _totals(lines, line, new, order.delivery)
    change = after.minus(before)
    adjustment = LineAdjustment.objects.create(
        line=line,
        reason=reason,
        note=note[:280],
        quantity=pieces - charged_pieces(line),
        weight=None if weight is None else weight - _charged_weight(line),
        goods=change.goods,
        producers=change.producers,
        margin=change.margin,
        tps=change.tps,
        tvq=change.tvq,
        deposits=change.deposits,
        undoes=undoes,
        at=now,
        by=by,
        nonce=nonce,
    )
    OrderLine.objects.filter(pk=line.pk).update(
        final_quantity=target.pieces,
        final_weight=target.weight,
        state=target.state,
        goods=new.goods,
        producers=new.producers,
        margin=new.margin,
        deposits=new.deposits,
    )
    Order.objects.filter(pk=order.pk).update(
        goods=after.goods,
        producers=after.producers,
        margin=after.margin,
        tps=after.tps,
        tvq=after.tvq,
        deposits=after.deposits,
        total=after.total,
        updated_at=now,
    )
    _post(order, line, adjustment, change, now, by)
    publish(LineAdjusted(adjustment_id=adjustment.pk))
    return adjustment


def _post(
    order: Order, line: OrderLine, adjustment: LineAdjustment, change: pricing.Totals, now: datetime, by: Any
) -> None:
    lines = [
        Line(AccountKind.MEMBER, change.total, **order.party),
        Line(AccountKind.PRODUCER, -change.producers, organisation_id=line.producer_id),
        Line(AccountKind.MARGIN, -change.margin),
        Line(AccountKind.TPS, -change.tps),
        Line(AccountKind.TVQ, -change.tvq),
        Line(AccountKind.DEPOSITS, -change.deposits),
    ]
    if not any(entry.amount for entry in lines):
        return
    ledger.post(
        book_id=books.book_of(order.cycle.market.organisation_id).pk,
        key=f"adjustment:{adjustment.public_id}",
        occurred_on=timezone.localdate(now),
        memo=_("%(reason)s : %(product)s, commande %(number)s")
        % {
            "reason": Reason(adjustment.reason).label.capitalize(),
            "product": line.offer.product_name,
            "number": order.number,
        },
        lines=lines,
        by=by,
    )


def _plain(quantity: Decimal) -> str:
    text = f"{quantity:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace(".", ",")
