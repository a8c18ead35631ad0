"""The pickup desk, phone first: slots, who comes, one order, each tap its own small form."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from maillage.core import numbers
from maillage.core.actions import Refused
from maillage.core.numbers import decimal_of
from maillage.directory.types import SignedIn

from ..actions import desk as actions
from ..actions import till
from ..models import CycleState
from ..queries import desk as queries
from ..queries.desk import DeskLine, DeskOrder


@require_GET
def everywhere(request: SignedIn) -> HttpResponse:
    """The desks of every market where one works; straight to the only one."""
    markets = queries.desk_markets(user=request.user)
    if len(markets) == 1:
        return redirect("market:desks", markets[0].slug)
    return render(request, "market/desk_markets.html", {"markets": markets})


@require_GET
def desks(request: SignedIn, slug: str) -> HttpResponse:
    market = queries.desk_market(user=request.user, slug=slug)
    days = queries.slots_by_day(market, now=timezone.now())
    return render(request, "market/desks.html", {"market": market, "days": days})


@require_GET
def desk(request: SignedIn, slug: str, slot: UUID) -> HttpResponse:
    """Who comes to a slot. `q`: a name, an order or member number. The part `counts` is asked again while open."""
    found = queries.slot_for(user=request.user, slug=slug, public_id=slot)
    text = request.GET.get("q", "").strip()[:80]
    arrivals = queries.arrivals_of(found, text=text)
    context = {
        "slot": found,
        "market": found.cycle.market,
        "arrivals": arrivals,
        "open": found.cycle.state in queries.READY,
        "live": found.cycle.state in (CycleState.CLOSED, CycleState.PACKED),
    }
    if request.htmx:
        return render(request, "market/desk.html#" + ("counts" if "counts" in request.GET else "list"), context)
    if text and len(arrivals.found) == 1 and not arrivals.found[0].elsewhere and text.isdigit():
        return redirect("market:desk_order", slug, slot, arrivals.found[0].order.public_id)
    return render(request, "market/desk.html", context)


@require_GET
def order(request: SignedIn, slug: str, slot: UUID, order: UUID) -> HttpResponse:
    view = queries.order_at_desk(user=request.user, slug=slug, slot=slot, public_id=order)
    return render(request, "market/desk_order.html", _context(view))


@require_GET
def scan(request: SignedIn, public_id: UUID) -> HttpResponse:
    """What the code of a label or of a member's order opens: the order at the desk, or for its member."""
    where, found = queries.where_scanned(user=request.user, public_id=public_id)
    if where == "desk":
        return redirect("market:desk_order", found.cycle.market.slug, found.slot.public_id, found.public_id)
    return redirect("market:order", public_id=public_id)


def _context(
    view: DeskOrder, problem: Refused | None = None, line: UUID | None = None, typed: Any = None, **more: Any
) -> dict[str, Any]:
    """`problem`: what was refused, beside `line` if it is about one. `asks`: a weight that a second tap confirms."""
    order = view.order
    asks = isinstance(problem, actions.StrangeWeight) and not problem.certain and typed is not None
    return {
        "problem": str(problem) if problem else "",
        "problem_line": line,
        "asks": typed.get("weight", "") if asks else "",
        "oob": False,
        "view": view,
        "order": order,
        "market": order.cycle.market,
        "slot": order.slot,
        "nonce": uuid.uuid4(),
        **more,
    }


# --- taps ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tap:
    """What a form of the desk asks."""

    data: Any
    order_id: int
    line: DeskLine | None
    now: datetime
    by: Any

    @property
    def line_id(self) -> int:
        if self.line is None:
            raise Http404
        return self.line.line.pk

    @property
    def nonce(self) -> uuid.UUID:
        try:
            return uuid.UUID(self.data.get("nonce", ""))
        except ValueError:
            return uuid.uuid4()

    @property
    def seen(self) -> int | None:
        return numbers.whole(self.data.get("seen"))

    def decimal(self, name: str) -> Decimal:
        """A number as people type it; a Refused with a sentence otherwise."""
        try:
            number = decimal_of(self.data.get(name, ""))
        except ValueError:
            number = None
        if number is None or abs(number) >= 100_000:
            raise NotANumber(_("Inscrivez un nombre, comme 1,25."))
        return number


class NotANumber(Refused):
    """A cell does not hold a number."""


def _tick(tap: Tap) -> str:
    actions.set_handed_over(line_id=tap.line_id, handed_over=tap.data.get("to") == "1", now=tap.now, by=tap.by)
    return ""


def _short(tap: Tap) -> str:
    assert tap.line is not None
    pieces = tap.line.pieces if tap.data.get("all") else tap.decimal("pieces")
    actions.mark_short(
        line_id=tap.line_id,
        pieces=pieces,
        damaged=tap.data.get("reason") == "damaged",
        now=tap.now,
        by=tap.by,
        nonce=tap.nonce,
        seen=tap.seen,
    )
    return _("Noté et crédité.")


def _weigh(tap: Tap) -> str:
    made = actions.set_weight(
        line_id=tap.line_id,
        weight=tap.decimal("weight"),
        now=tap.now,
        by=tap.by,
        nonce=tap.nonce,
        seen=tap.seen,
        confirmed=bool(tap.data.get("confirmed")),
    )
    return _("Poids inscrit, prix recalculé.") if made else _("Poids inscrit : le prix ne change pas.")


def _undo(tap: Tap) -> str:
    wanted = str(tap.data.get("adjustment", ""))
    assert tap.line is not None
    found = next((c for c in tap.line.changes if str(c.adjustment.public_id) == wanted), None)
    if found is None:
        raise Http404
    actions.undo_adjustment(adjustment_id=found.adjustment.pk, now=tap.now, by=tap.by, nonce=tap.nonce)
    return _("Annulé : la ligne est comme avant.")


def _all(tap: Tap) -> str:
    count = actions.hand_over_lines(order_id=tap.order_id, now=tap.now, by=tap.by)
    return ngettext("%(n)s produit coché.", "%(n)s produits cochés.", count) % {"n": count}


def _hand_over(tap: Tap) -> str:
    actions.hand_over(order_id=tap.order_id, now=tap.now, by=tap.by)
    return _("Commande remise.")


def _hand_over_undo(tap: Tap) -> str:
    actions.undo_hand_over(order_id=tap.order_id, now=tap.now, by=tap.by)
    return _("La commande est de nouveau à remettre.")


def _absent(tap: Tap) -> str:
    absent = tap.data.get("to") == "1"
    actions.set_absent(order_id=tap.order_id, absent=absent, now=tap.now, by=tap.by)
    return _("Notée non réclamée.") if absent else _("La commande est de nouveau attendue.")


def _pay(tap: Tap) -> str:
    till.take_payment(
        order_id=tap.order_id,
        method=tap.data.get("method", ""),
        amount=tap.decimal("amount"),
        nonce=tap.nonce,
        now=tap.now,
        by=tap.by,
    )
    return _("Paiement reçu.")


def _pay_undo(tap: Tap) -> str:
    payment = till.payment_at_desk(order_id=tap.order_id, public_id=str(tap.data.get("payment", "")))
    if payment is None:
        raise Http404
    till.undo_taken(order_id=tap.order_id, payment_id=payment.pk, now=tap.now, by=tap.by)
    return _("Paiement annulé.")


LINE_VERBS: dict[str, Callable[[Tap], str]] = {"tick": _tick, "short": _short, "weigh": _weigh, "undo": _undo}
ORDER_VERBS: dict[str, Callable[[Tap], str]] = {
    "all": _all,
    "hand_over": _hand_over,
    "hand_over_undo": _hand_over_undo,
    "absent": _absent,
    "pay": _pay,
    "pay_undo": _pay_undo,
}


@require_POST
def line(request: SignedIn, slug: str, slot: UUID, order: UUID, line: UUID, verb: str) -> HttpResponse:
    """A tap on a line. By HTMX the line comes back, and the foot with its totals; without it, the page."""
    view = queries.order_at_desk(user=request.user, slug=slug, slot=slot, public_id=order)
    asked = _line_of(view, line)
    tap = Tap(request.POST, view.order.pk, asked, timezone.now(), request.user)
    said, problem = _done(LINE_VERBS[verb], tap)
    if request.htmx:
        fresh = queries.order_at_desk(user=request.user, slug=slug, slot=slot, public_id=order)
        context = _context(fresh, problem, line, request.POST, row=_line_of(fresh, line))
        return render(request, "market/desk_order.html#tapped", context)
    return _answer(request, view, said, problem, f"#l-{line}", line)


@require_POST
def whole(request: SignedIn, slug: str, slot: UUID, order: UUID, verb: str) -> HttpResponse:
    """A tap on the whole order: tick all, hand over, absent, a payment, or the undoing of one."""
    view = queries.order_at_desk(user=request.user, slug=slug, slot=slot, public_id=order)
    tap = Tap(request.POST, view.order.pk, None, timezone.now(), request.user)
    said, problem = _done(ORDER_VERBS[verb], tap)
    if verb == "hand_over" and not problem:
        messages.success(
            request,
            _("Commande %(number)s remise à %(name)s.") % {"number": view.order.number, "name": view.order.holder_name},
        )
        return redirect("market:desk", slug, slot)
    return _answer(request, view, said, problem, "#total")


def _done(verb: Callable[[Tap], str], tap: Tap) -> tuple[str, Refused | None]:
    try:
        return verb(tap), None
    except Refused as refused:
        return "", refused


def _line_of(view: DeskOrder, public_id: UUID) -> DeskLine:
    found = next((row for row in view.lines if row.line.public_id == public_id), None)
    if found is None:
        raise Http404
    return found


def _answer(
    request: HttpRequest,
    view: DeskOrder,
    said: str,
    problem: Refused | None,
    anchor: str,
    line: UUID | None = None,
) -> HttpResponse:
    """Without HTMX: back to the page, or the page again with what is wrong beside the line."""
    slug, slot, order = view.order.cycle.market.slug, view.order.slot.public_id, view.order.public_id
    if problem is None:
        if said:
            messages.success(request, said)
        return redirect(reverse("market:desk_order", args=[slug, slot, order]) + anchor)
    fresh = queries.order_at_desk(user=request.user, slug=slug, slot=slot, public_id=order)
    return render(request, "market/desk_order.html", _context(fresh, problem, line, request.POST), status=409)
