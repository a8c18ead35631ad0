"""The orders of a cycle, and an order entered by the market's staff for a member: by phone or at the counter."""

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
from ..queries.orders import slots_of
from . import editor
from .editor import Form, as_uuid

PAGE = 50


@require_GET
def orders(request: SignedIn, slug: str, number: int) -> HttpResponse:
    """Every order of the cycle, found by name or number; the start of a new one."""
    cycle = cycles.managed_cycle(user=request.user, slug=slug, number=number)
    text, slot, state = (request.GET.get(name, "")[:80] for name in ("q", "lieu", "etat"))
    rows = queries.orders_in(cycle, text=text, slot=as_uuid(slot), state=state)
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


@require_http_methods(["GET", "POST"])
def entry(request: SignedIn, slug: str, number: int, person: UUID, organisation: UUID | None = None) -> HttpResponse:
    """The order of one member, or of an organisation that they buy for; `save` writes it whole or not at all.

    Who has an order in the cycle gets it to amend.
    """
    cycle = cycles.managed_cycle(user=request.user, slug=slug, number=number)
    buyer = queries.buyer_for(cycle, person, organisation, today=timezone.localdate())
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
    if buyer.order is not None:
        return editor.amend(request, buyer.order, form, staff=True)
    return actions.place_order(
        person_id=buyer.person.pk, buyer_id=buyer.organisation_id, cycle_id=cycle.pk, slot_id=form.place(),
        payment_method=form.method, key=form.key,
        lines={offer: quantity for offer, quantity in form.quantities.items() if quantity},
        delivery_address=form.address, delivery_postal_code=form.postal_code, note=form.note,
        now=timezone.now(), by=request.user, staff=True,
    )  # fmt: skip


def _first_form(cycle: Cycle, buyer: Buyer) -> Form:
    """Their order, or an empty one at the place of the last time."""
    if buyer.order is not None:
        return Form.of(buyer.order)
    last = queries.last_choices(cycle.market, buyer)
    methods = editor.methods_of(cycle, staff=True)
    usual = last.payment_method if last and last.payment_method in methods else (methods or [""])[0]
    same = next((s for s in slots_of(cycle_id=cycle.pk) if last and s.name == last.slot.name), None)
    home = buyer.organisation or buyer.person
    return Form(
        {},
        str(same.id) if same else "",
        PaymentMethod.PICKUP if PaymentMethod.PICKUP in methods and not last else usual,
        home.address or (last.delivery_address if last else ""),
        home.postal_code or (last.delivery_postal_code if last else ""),
    )


def _page(request: SignedIn, cycle: Cycle, buyer: Buyer, form: Form, refused: Refused | None = None) -> HttpResponse:
    return editor.page(
        request, "market/counter_order.html", cycle=cycle, order=buyer.order, account=buyer.account, form=form,
        staff=True, refused=refused, buyer=buyer,
    )  # fmt: skip
