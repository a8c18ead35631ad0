"""A member's orders: list, one order (its confirmation too), amendment, cancellation, calendar."""

import re
import uuid
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from uuid import UUID

import segno
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from icalendar import Calendar, Event

from maillage.core.actions import Refused
from maillage.core.money import ZERO
from maillage.directory.types import SignedIn
from maillage.payments.models import PaymentState
from maillage.payments.queries import card_is_offered, payment_of
from maillage.payments.references import shown

from .. import invoices
from ..actions import carts
from ..actions import orders as actions
from ..corrections import told_of
from ..models import CycleState, Order, OrderState, PaymentMethod
from ..queries import orders as queries
from ..queries.orders import OrderView, Sheet
from ..queries.till import due_of, received_for
from ..trail import trail_of
from . import editor
from .editor import Form


@require_GET
def orders(request: SignedIn) -> HttpResponse:
    page = Paginator(queries.orders_of(user=request.user), 20).get_page(request.GET.get("page"))
    return render(request, "market/orders.html", {"page": page, "now": timezone.now()})


@require_GET
def order(request: SignedIn, public_id: UUID) -> HttpResponse:
    sheet, lines, is_staff = queries.sheet_for(user=request.user, public_id=public_id)
    now, cancelled = timezone.now(), sheet.state == OrderState.CANCELLED
    is_open = sheet.cycle_state == CycleState.OPEN and (is_staff or now < sheet.closes_at)
    context = {
        "order": sheet,
        "lines": lines,
        "is_staff": is_staff,
        "editable": sheet.state == OrderState.PLACED and is_open,
        "cancelled": cancelled,
        "reopenable": cancelled and is_open,
        "reference": shown(sheet.payment_reference),
        "qr": _pass_of(sheet),
        "steps": _steps(sheet),
        "changes": [] if sheet.cycle_state == CycleState.OPEN else told_of(sheet.id),
        "card_due": _card_due(sheet, is_staff=is_staff),
        "confirming": request.GET.get("carte") == "retour" and _waits_for_card(sheet),
        "payments": received_for(public_id=public_id, organisation_id=sheet.organisation_id),
        "trail": trail_of(sheet.id) if sheet.has_trail else [],
    }
    return render(request, "market/order.html", context)


def _pass_of(sheet: Sheet) -> str:
    """The code that opens the order at the desk. Nothing is handed over while orders are taken, so none is shown."""
    closed = sheet.cycle_state not in (CycleState.DRAFT, CycleState.OPEN)
    return qr(settings.SITE_URL + reverse("market:scan", args=[sheet.public_id])) if closed else ""


def _card_due(sheet: Sheet, *, is_staff: bool) -> Decimal:
    """Dollars that the member may still pay on the card page; 0 for any other method."""
    by_card = sheet.payment_method == PaymentMethod.CARD and sheet.state != OrderState.CANCELLED
    if not by_card or is_staff or not card_is_offered():
        return ZERO
    return due_of(Order.objects.select_related("cycle__market").get(pk=sheet.id))


def _waits_for_card(sheet: Sheet) -> bool:
    """Whether the member comes back from a card page of which the gateway has not told the end yet."""
    started = payment_of(sheet.organisation_id, f"order:{sheet.public_id}")
    return started is not None and started.state == PaymentState.PENDING


@require_http_methods(["GET", "POST"])
def amend(request: SignedIn, public_id: UUID) -> HttpResponse:
    """The order with its quantities, products to add, its place and payment: written at once or not at all."""
    view, now = queries.order_for(user=request.user, public_id=public_id), timezone.now()
    order = view.order
    if not _editable(view, now):
        messages.warning(request, _("Cette commande ne peut plus changer."))
        return redirect("market:order", public_id=public_id)
    form, refused = Form.of(order) if request.method == "GET" else Form.read(request.POST), None
    if "save" in request.POST:
        try:
            editor.amend(request, order, form, staff=view.is_staff)
        except Refused as error:
            refused = error
        else:
            messages.success(request, _("La commande est modifiée."))
            return redirect("market:order", public_id=public_id)
    return editor.page(
        request, "market/order_amend.html", cycle=order.cycle, order=order, account=order.party, form=form,
        staff=view.is_staff, refused=refused,
    )  # fmt: skip


@require_POST
def cancel(request: SignedIn, public_id: UUID) -> HttpResponse:
    view = queries.order_for(user=request.user, public_id=public_id)
    try:
        actions.cancel_order(order_id=view.order.pk, now=timezone.now(), by=request.user, staff=view.is_staff)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("La commande est annulée ; rien n’est facturé. Vous pouvez encore la reprendre."))
    return redirect("market:order", public_id=public_id)


@require_POST
def restore(request: SignedIn, public_id: UUID) -> HttpResponse:
    """Undo a cancellation: the same lines, place and payment, ordered again. What fails waits in the cart."""
    view, now = queries.order_for(user=request.user, public_id=public_id), timezone.now()
    before = view.order
    if before.state != OrderState.CANCELLED:
        return redirect("market:order", public_id=public_id)
    lines = {line.offer_id: line.quantity for line in view.lines}
    try:
        placed = actions.place_order(
            person_id=before.person_id,
            buyer_id=before.buyer_id,
            cycle_id=before.cycle_id,
            slot_id=before.slot_id,
            payment_method=before.payment_method,
            key=uuid.uuid5(before.public_id, "restore"),
            now=now,
            by=request.user,
            lines=lines,
            delivery_address=before.delivery_address,
            delivery_postal_code=before.delivery_postal_code,
            note=before.note,
            staff=view.is_staff,
        )
    except actions.NotOpen as refused:
        messages.error(request, str(refused))
        return redirect("market:order", public_id=public_id)
    except Refused as refused:
        messages.warning(request, str(refused))
        carts.fill(person_id=before.person_id, cycle_id=before.cycle_id, quantities=lines, now=now, by=request.user)
        return redirect("market:checkout", slug=before.cycle.market.slug)
    messages.success(request, _("La commande est reprise."))
    return redirect("market:order", public_id=placed.public_id)


@require_GET
def invoice(request: SignedIn, public_id: UUID) -> HttpResponse:
    """The order as an invoice, a receipt once paid, in the reader's language: for its member and the office."""
    view = queries.order_for(user=request.user, public_id=public_id, kinds=queries.READERS)
    response = HttpResponse(invoices.as_pdf(view.order, view.lines), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{invoices.file_name(view.order)}"'
    response["Cache-Control"] = "private, no-cache"
    return response


@require_GET
def calendar(request: SignedIn, public_id: UUID) -> HttpResponse:
    """The pickup (or delivery) as a calendar event."""
    view = queries.order_for(user=request.user, public_id=public_id)
    slot, market = view.order.slot, view.order.cycle.market
    event = Event()
    event.add("uid", f"{view.order.public_id}@maillage")
    event.add("dtstamp", view.order.updated_at)
    event.add("dtstart", slot.starts_at)
    event.add("dtend", slot.ends_at)
    event.add("summary", _("Commande %(number)s · %(market)s") % {"number": view.order.number, "market": market.name})
    event.add("location", place_of(view.order))
    event.add("url", settings.SITE_URL + reverse("market:order", args=[public_id]))
    cal = Calendar()
    cal.add("prodid", "-//Maillage//FR")
    cal.add("version", "2.0")
    cal.add_component(event)
    response = HttpResponse(cal.to_ical(), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="commande-{view.order.number}.ics"'
    return response


def place_of(order: Order) -> str:
    """Where an order is handed over, in one line."""
    if order.slot.point is None:
        return f"{order.delivery_address}, {order.delivery_postal_code}"
    return f"{order.slot.name}, {order.slot.point.address}"


_DARK = re.compile(rb"\x01+")


@lru_cache(maxsize=500)
def qr(text: str) -> SafeString:
    """A QR code as an SVG in the ink of the page's paper."""
    matrix = segno.make(text, error="m", micro=False, boost_error=False, mask=2).matrix  # a mask given: as readable
    side = len(matrix) + 4
    runs = (
        f"M{found.start() + 2} {y}.5h{found.end() - found.start()}"
        for y, row in enumerate(matrix, 2)
        for found in _DARK.finditer(row)
    )
    return mark_safe(  # noqa: S308 - made here
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" class="qr">'
        f'<path stroke="#000" class="qr-line" d="{"".join(runs)}"/></svg>'
    )


def _cycle_open(view: OrderView, now: object) -> bool:
    cycle = view.order.cycle
    return cycle.state == CycleState.OPEN and (view.is_staff or now < cycle.closes_at)  # type: ignore[operator]


def _editable(view: OrderView, now: object) -> bool:
    return view.order.state == OrderState.PLACED and _cycle_open(view, now)


def _steps(order: Sheet) -> list[dict[str, object]]:
    """What happened and what comes: placed, closed, packed, handed over."""
    if order.state == OrderState.CANCELLED:
        return [
            {"title": _("Commande passée"), "state": "done", "at": order.placed_at},
            {"title": _("Commande annulée"), "state": "done", "at": order.updated_at},
        ]
    reached = list(CycleState).index(CycleState(order.cycle_state))
    handed = order.state == OrderState.HANDED_OVER
    done = [True, reached >= 2, reached >= 3, handed]
    current = done.index(False) if False in done else len(done)
    titles = [
        (_("Commande passée"), order.placed_at),
        (_("Fin des commandes"), order.closes_at),
        (_("Préparation"), order.starts_at - timedelta(hours=6)),
        (_("Livraison") if order.zone_id else _("Cueillette"), order.handed_over_at or order.starts_at),
    ]
    return [
        {"title": title, "at": at, "state": "done" if done[i] else "current" if i == current else "todo"}
        for i, (title, at) in enumerate(titles)
    ]
