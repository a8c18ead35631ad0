"""The orders of a cycle, and an order entered by the market's staff for a member: by phone or at the counter."""

import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from maillage.core.actions import Refused
from maillage.core.money import ZERO
from maillage.directory.types import SignedIn

from ..actions import orders as actions
from ..models import Cycle, CycleState, OrderState, PaymentMethod
from ..queries import counter as queries
from ..queries import cycles
from ..queries.counter import Buyer
from ..queries.orders import SlotChoice, slots_of
from .shop import read_quantities

PAGE = 50


@require_GET
def orders(request: SignedIn, slug: str, number: int) -> HttpResponse:
    """Every order of the cycle, found by name or number; the start of a new one."""
    cycle = cycles.managed_cycle(user=request.user, slug=slug, number=number)
    text, slot, state = (request.GET.get(name, "")[:80] for name in ("q", "lieu", "etat"))
    rows = queries.orders_in(cycle, text=text, slot=_uuid(slot), state=state)
    context = {
        "cycle": cycle,
        "market": cycle.market,
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "q": text,
        "slot": slot,
        "slots": slots_of(cycle_id=cycle.pk),
        "state": state,
        "states": OrderState.choices,
        "total": sum((row.order.total for row in rows if row.order.state != OrderState.CANCELLED), ZERO),
        "open": cycle.state == CycleState.OPEN,
    }
    return render(request, "market/cycle_orders.html", context)


@require_GET
def buyers(request: SignedIn, slug: str, number: int) -> HttpResponse:
    """For whom: a member found by name, number, e-mail or telephone."""
    cycle = cycles.managed_cycle(user=request.user, slug=slug, number=number)
    text = request.GET.get("q", "").strip()[:80]
    found = queries.find_buyers(cycle, text, today=timezone.localdate()) if text else []
    context = {
        "cycle": cycle,
        "market": cycle.market,
        "q": text,
        "found": found,
        "open": cycle.state == CycleState.OPEN,
    }
    return render(request, "market/counter_member.html" + ("#found" if request.htmx else ""), context)


@dataclass
class Form:
    """What was entered: pieces by offer, where, how it is paid."""

    quantities: dict[int, Decimal]
    slot: str = ""
    method: str = ""
    address: str = ""
    postal_code: str = ""
    note: str = ""
    revision: str = ""
    key: uuid.UUID = field(default_factory=uuid.uuid4)
    search: str = ""

    @classmethod
    def read(cls, data: Any) -> "Form":
        return cls(
            quantities={offer: q for offer, q in read_quantities(data).items() if q >= 0},
            slot=data.get("slot", ""),
            method=data.get("method", ""),
            address=data.get("address", "").strip()[:200],
            postal_code=data.get("postal_code", "").strip()[:7],
            note=data.get("note", "")[:280],
            revision=data.get("revision", ""),
            key=_uuid(data.get("key", "")) or uuid.uuid4(),
            search=data.get("q", "").strip()[:80],
        )


@require_http_methods(["GET", "POST"])
def entry(request: SignedIn, slug: str, number: int, person: UUID) -> HttpResponse:
    """The order of one member, typed line by line; `save` writes it whole or not at all.

    A member who has an order in the cycle gets it to amend. By HTMX `part` comes back: the products, or the sums.
    """
    cycle = cycles.managed_cycle(user=request.user, slug=slug, number=number)
    buyer = queries.buyer_for(cycle, person, today=timezone.localdate())
    if cycle.state != CycleState.OPEN or (buyer.order and buyer.order.state != OrderState.PLACED):
        messages.warning(request, _("Les commandes de ce cycle sont fermées."))
        return redirect("market:cycle_orders", slug, number)
    if request.method != "POST":
        return _page(request, cycle, buyer, _first_form(cycle, buyer))
    form = Form.read(request.POST)
    if "save" not in request.POST:
        return _page(request, cycle, buyer, form)
    try:
        placed = _save(request, cycle, buyer, form)
    except Refused as refused:
        return _page(request, cycle, buyer, form, refused)
    said = _("Commande %(number)s de %(name)s enregistrée. Un courriel part au membre.")
    messages.success(request, said % {"number": placed.number, "name": buyer.name})
    return redirect("market:order", public_id=placed.public_id)


def _save(request: SignedIn, cycle: Cycle, buyer: Buyer, form: Form) -> actions.Placed:
    slot = int(form.slot) if form.slot.isascii() and form.slot.isdigit() and len(form.slot) < 18 else None
    if slot is None:
        raise NoPlace(_("Choisissez le lieu et l’heure."))
    lines = {offer: quantity for offer, quantity in form.quantities.items() if quantity or buyer.order}
    if buyer.order is None:
        return actions.place_order(
            person_id=buyer.person.pk, cycle_id=cycle.pk, slot_id=slot, payment_method=form.method, key=form.key,
            lines=lines, delivery_address=form.address, delivery_postal_code=form.postal_code, note=form.note,
            now=timezone.now(), by=request.user, staff=True,
        )  # fmt: skip
    return actions.amend_order(
        order_id=buyer.order.pk, lines=lines, slot_id=slot, payment_method=form.method,
        delivery_address=form.address, delivery_postal_code=form.postal_code, note=form.note,
        seen=int(form.revision) if form.revision.isascii() and form.revision.isdigit() else None,
        now=timezone.now(), by=request.user, staff=True,
    )  # fmt: skip


class NoPlace(Refused):
    """Neither a pickup slot nor a delivery was chosen."""


def _first_form(cycle: Cycle, buyer: Buyer) -> Form:
    """Their order, or an empty one at the place of the last time."""
    order = buyer.order
    if order is not None:
        return Form(
            queries.held_by(order), str(order.slot_id), order.payment_method, order.delivery_address,
            order.delivery_postal_code, order.note, str(order.revision),
        )  # fmt: skip
    last = queries.last_choices(cycle.market, buyer.person.pk)
    methods = _methods(cycle)
    usual = last.payment_method if last and last.payment_method in methods else (methods or [""])[0]
    same = next((s for s in slots_of(cycle_id=cycle.pk) if last and s.name == last.slot.name), None)
    return Form(
        {},
        str(same.id) if same else "",
        PaymentMethod.PICKUP if PaymentMethod.PICKUP in methods and not last else usual,
        buyer.person.address or (last.delivery_address if last else ""),
        buyer.person.postal_code or (last.delivery_postal_code if last else ""),
    )


def _methods(cycle: Cycle, also: str = "") -> list[str]:
    """Those of the market that need no screen of the member's own, and the one that their order has."""
    return [m for m in cycle.market.payment_methods if m != PaymentMethod.CARD or m == also]


def _page(request: SignedIn, cycle: Cycle, buyer: Buyer, form: Form, refused: Refused | None = None) -> HttpResponse:
    slots = slots_of(cycle_id=cycle.pk)
    slot = next((s for s in slots if str(s.id) == form.slot), None)
    draft = queries.entered_draft(cycle, buyer.order, form.quantities, delivery=slot.fee if slot else ZERO)
    kept = [line for line in draft.lines if line.quantity or line.row.held]
    balance = queries.balance_of(cycle.market, buyer.person.pk)
    before = buyer.order.total if buyer.order else ZERO
    labels = dict(PaymentMethod.choices)
    found = queries.offers_found(cycle, form.search, without=[line.row.offer_id for line in kept])
    context = {
        "cycle": cycle,
        "market": cycle.market,
        "buyer": buyer,
        "form": form,
        "lines": kept,
        "draft": draft,
        "shortages": draft.shortages,
        "found": found[: queries.FOUND],
        "more": len(found) > queries.FOUND,
        "refused": str(refused) if refused else "",
        "slots": [(s, str(s.id) == form.slot, _room(s, draft.crates(), buyer)) for s in slots],
        "delivers": any(s.zone for s in slots),
        "methods": [(m, labels[m]) for m in _methods(cycle, form.method)],
        "balance": balance - before,
        "after": balance - before + draft.totals.total,
    }
    part = request.POST.get("part", "") if request.htmx and not refused else ""
    name = "market/counter_order.html" + (f"#{part}" if part in ("products", "sums") else "")
    return render(request, name, context, status=409 if refused else 200)


def _room(slot: SlotChoice, need: dict[str, Decimal], buyer: Buyer) -> str:
    """What keeps the order out of the slot, in words; nothing when it fits (or is there already)."""
    if buyer.order and buyer.order.slot_id == slot.id:
        return ""
    if slot.full:
        return _("complet")
    missing = slot.missing(need)
    return _("plus de place : %(what)s") % {"what": ", ".join(missing)} if missing else ""


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
