"""A producer in a market: where they sell, what sells now, their order sheet, their offer."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from maillage.core.actions import Refused
from maillage.directory.types import SignedIn

from .. import actions
from ..models import CycleState
from ..offer_grid import Grid
from ..queries import producers as queries


@require_GET
def stalls(request: SignedIn) -> HttpResponse:
    """Every market where my organisations sell."""
    return render(request, "market/producer_stalls.html", {"stalls": queries.stalls_of(user=request.user)})


@require_GET
def producer(request: SignedIn, slug: str, public_id: UUID) -> HttpResponse:
    """A producer's cycles in a market."""
    at = queries.producer_at(user=request.user, slug=slug, public_id=public_id)
    return render(
        request,
        "market/producer.html",
        {
            "market": at.market,
            "producer": at.producer,
            "manages": at.manages,
            "cycles": queries.cycles_with(at.market, at.producer),
        },
    )


@require_GET
def producer_cycle(request: SignedIn, slug: str, public_id: UUID, number: int) -> HttpResponse:
    """What sold, the order sheet, its confirmation. The part `live` is asked again while the cycle is open."""
    at = queries.producer_at(user=request.user, slug=slug, public_id=public_id)
    cycle = queries.cycle_of(at.market, number)
    context = {
        "market": at.market,
        "producer": at.producer,
        "manages": at.manages,
        "cycle": cycle,
        "sales": queries.sales_of_producer(cycle, at.producer.pk),
        "is_open": cycle.state == CycleState.OPEN,
        "seen_at": timezone.now(),
    }
    if request.htmx:
        return render(request, "market/producer_cycle.html#live", context)
    closed = cycle.has_reached(CycleState.CLOSED)
    context |= {
        "closed": closed,
        "confirmation": queries.confirmation_of(cycle, at.producer.pk) if closed else None,
        "sheets": queries.order_sheets_of(cycle, at.producer.pk) if closed else [],
        "low": [] if closed else list(queries.almost_gone(cycle, at.producer.pk)[:6]),
        "missing": 0 if closed else queries.not_offered(cycle, at.producer.pk),
    }
    return render(request, "market/producer_cycle.html", context)


@require_POST
def confirm(request: SignedIn, slug: str, public_id: UUID, number: int) -> HttpResponse:
    """The producer will fill the order sheet (or said so to the coordinator)."""
    at = queries.producer_at(user=request.user, slug=slug, public_id=public_id)
    cycle = queries.cycle_of(at.market, number)
    try:
        actions.confirm_order_sheet(
            cycle_id=cycle.pk,
            producer_id=at.producer.pk,
            now=timezone.now(),
            note=request.POST.get("note", "")[:500],
            by=request.user,
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("C’est confirmé. Le marché le voit."))
    return redirect("market:producer_cycle", slug, public_id, number)


@require_http_methods(["GET", "POST"])
def producer_offers(request: SignedIn, slug: str, public_id: UUID, number: int) -> HttpResponse:
    """The producer's offers of a cycle in a grid: price, quantity, what is for sale."""
    at = queries.producer_at(user=request.user, slug=slug, public_id=public_id)
    cycle = queries.cycle_of(at.market, number)
    grid = Grid(
        list(queries.offers_of_producer(cycle, at.producer.pk)), request.POST if request.method == "POST" else None
    )
    if request.method == "POST" and grid.is_valid():
        try:
            changed = actions.set_offers(
                cycle_id=cycle.pk, producer_id=at.producer.pk, changes=grid.changes, by=request.user
            )
        except Refused as refusal:
            grid.refuse(refusal)
        else:
            said = ngettext("%(n)s offre est changée.", "%(n)s offres sont changées.", changed) % {"n": changed}
            messages.success(request, said if changed else _("Rien n’a changé."))
            return redirect("market:producer_offers", slug, public_id, number)
    return render(
        request,
        "market/producer_offers.html",
        {
            "market": at.market,
            "producer": at.producer,
            "cycle": cycle,
            "grid": grid,
            "editable": cycle.is_live,
            "missing": queries.not_offered(cycle, at.producer.pk) if cycle.is_live else 0,
        },
        status=422 if grid.problems else 200,
    )


@require_POST
def add_products(request: SignedIn, slug: str, public_id: UUID, number: int) -> HttpResponse:
    """Offer what the producer's catalogue has and the cycle does not."""
    at = queries.producer_at(user=request.user, slug=slug, public_id=public_id)
    cycle = queries.cycle_of(at.market, number)
    try:
        added = actions.offer_products(
            cycle_id=cycle.pk, producer_id=at.producer.pk, today=timezone.localdate(), by=request.user
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        said = ngettext("%(n)s produit est ajouté à l’offre.", "%(n)s produits sont ajoutés à l’offre.", added)
        messages.success(request, said % {"n": added} if added else _("Tout le catalogue est déjà dans l’offre."))
    return redirect("market:producer_offers", slug, public_id, number)
