"""The offer of a cycle, for its coordinator: at a glance, in a grid, one by one."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from maillage.core.actions import Refused
from maillage.core.numbers import whole
from maillage.directory.types import SignedIn

from .. import actions
from ..offer_grid import Grid
from ..queries import cycles
from ..queries import offers as queries

PAGE = 50


@require_GET
def overview(request: SignedIn, slug: str, number: int) -> HttpResponse:
    """What the cycle offers at a glance: categories × producers, what is new, gone, or changed price."""
    found = cycles.managed_cycle(user=request.user, slug=slug, number=number)
    return render(
        request,
        "market/cycle_overview.html",
        {
            "cycle": found,
            "market": found.market,
            "table": queries.offer_table(found),
            "moves": queries.offer_moves(found),
        },
    )


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@require_http_methods(["GET", "POST"])
def offers(request: SignedIn, slug: str, number: int) -> HttpResponse:
    """Every offer of the cycle, found by words, producer, category or state, changed in a grid."""
    found = cycles.managed_cycle(user=request.user, slug=slug, number=number)
    category = request.GET.get("categorie", "")
    rows = queries.offers_of(
        found,
        text=request.GET.get("q", ""),
        producer=_id(request.GET.get("producteur", "")),
        state=request.GET.get("etat", ""),
        categories=queries.under(key) if (key := whole(category)) is not None else (),
    )
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    grid = Grid(list(page.object_list), request.POST if request.method == "POST" else None)
    if request.method == "POST" and grid.is_valid():
        try:
            changed = actions.override_offers(cycle_id=found.pk, changes=grid.changes, by=request.user)
        except Refused as refusal:
            grid.refuse(refusal)
        else:
            messages.success(request, _changed(changed))
            return redirect(request.get_full_path())
    return render(
        request,
        "market/cycle_offers.html",
        {
            "cycle": found,
            "market": found.market,
            "page": page,
            "grid": grid,
            "q": request.GET.get("q", ""),
            "chosen": request.GET.get("etat", ""),
            "producers": cycles.producers_in(found),
            "producer": request.GET.get("producteur", ""),
            "editable": found.is_live,
        },
        status=422 if grid.problems else 200,
    )


def _changed(count: int) -> str:
    if not count:
        return _("Rien n’a changé.")
    return ngettext("%(n)s offre est changée.", "%(n)s offres sont changées.", count) % {"n": count}


@require_POST
def add_offers(request: SignedIn, slug: str, number: int) -> HttpResponse:
    """Add what the producers' catalogues have and the cycle does not offer yet."""
    found = cycles.managed_cycle(user=request.user, slug=slug, number=number)
    try:
        added = actions.offer_products(cycle_id=found.pk, today=timezone.localdate(), by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        said = ngettext("%(n)s produit est ajouté à l’offre.", "%(n)s produits sont ajoutés à l’offre.", added)
        messages.success(request, said % {"n": added} if added else _("Tout le catalogue est déjà dans l’offre."))
    return redirect("market:cycle_offers", slug, number)


@require_POST
def follow(request: SignedIn, slug: str, number: int, public_id: UUID) -> HttpResponse:
    """Give an overridden price back to the catalogue."""
    found = cycles.managed_cycle(user=request.user, slug=slug, number=number)
    offer = queries.offer_of(found, public_id)
    try:
        actions.follow_catalogue(cycle_id=found.pk, offer_id=offer.public_id, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("market:cycle_offer", slug, number, public_id)


@require_GET
def offer(request: SignedIn, slug: str, number: int, public_id: UUID) -> HttpResponse:
    """One offer with the trail of its changes."""
    found = cycles.managed_cycle(user=request.user, slug=slug, number=number)
    shown = queries.offer_of(found, public_id)
    return render(
        request,
        "market/cycle_offer.html",
        {"cycle": found, "market": found.market, "offer": shown, "trail": queries.history_of(shown)},
    )
