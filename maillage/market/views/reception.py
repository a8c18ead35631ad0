"""At the door: what each producer brought, what is missing shared out at once."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from maillage.core.actions import Refused
from maillage.directory.types import SignedIn

from ..access import VOLUNTEERS
from ..actions import receiving as actions
from ..models import Cycle
from ..queries import cycles
from ..queries import reception as queries
from ..queries.reception import Coming, Deliverer
from .desk import Tap


@dataclass
class Row:
    """A product to receive, with what was typed and what is wrong with it."""

    coming: Coming
    typed: str = ""
    problem: str = ""


def _cycle(request: SignedIn, slug: str, number: int) -> Cycle:
    return cycles.managed_cycle(user=request.user, slug=slug, number=number, kinds=VOLUNTEERS)


@require_http_methods(["GET", "POST"])
def reception(request: SignedIn, slug: str, number: int) -> HttpResponse:
    """`producteur` names whose products are received. An empty cell is not written; `all` says that all came."""
    cycle = _cycle(request, slug, number)
    producers = queries.deliverers_of(cycle)
    chosen = next((p for p in producers if str(p.public_id) == request.GET.get("producteur", "")), None)
    chosen = chosen or (producers[0] if producers else None)
    rows = [Row(coming) for coming in queries.coming_from(cycle, chosen.public_id)] if chosen else []
    if request.method == "POST" and chosen is not None:
        _write_all(request, rows) if request.POST.get("all") else _write(request, rows)
        if not any(row.problem for row in rows):
            return redirect(_address(cycle, _after(queries.deliverers_of(cycle), chosen.public_id)))
        fresh = {c.offer.pk: c for c in queries.coming_from(cycle, chosen.public_id)}
        rows = [Row(fresh[row.coming.offer.pk], row.typed if row.problem else "", row.problem) for row in rows]
        producers = queries.deliverers_of(cycle)
    context = {
        "cycle": cycle,
        "market": cycle.market,
        "manages": cycles.manages(user=request.user, market=cycle.market),
        "producers": producers,
        "chosen": chosen,
        "rows": rows,
        "waiting": sum(row.coming.reception is None for row in rows),
        "arrived": sum(not p.left for p in producers),
        "open": cycle.state in actions.RECEIVING,
        "early": cycle.is_live,
    }
    return render(request, "market/reception.html", context, status=409 if any(row.problem for row in rows) else 200)


def _write_all(request: SignedIn, rows: list[Row]) -> None:
    keys = [row.coming.offer.pk for row in rows if row.coming.reception is None]
    try:
        count = actions.receive_all(offer_ids=keys, now=timezone.now(), by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
        return
    said = ngettext("%(n)s produit reçu au complet.", "%(n)s produits reçus au complet.", count)
    messages.success(request, said % {"n": count})


def _write(request: SignedIn, rows: list[Row]) -> None:
    """Each product on its own: what is right is kept, what is wrong comes back with a sentence."""
    written = short = 0
    for row in rows:
        name = f"r-{row.coming.offer.public_id}"
        row.typed = request.POST.get(name, "").strip()
        if not row.typed or row.coming.reception is not None:
            continue
        tap = Tap(request.POST, 0, None, timezone.now(), request.user)
        try:
            made = actions.receive(offer_id=row.coming.offer.pk, pieces=tap.decimal(name), now=tap.now, by=request.user)
        except Refused as refused:
            row.problem = str(refused)
        else:
            written, short = written + 1, short + made.short
    if written:
        said = ngettext("%(n)s produit noté.", "%(n)s produits notés.", written) % {"n": written}
        if short:
            more = ngettext(
                "%(n)s ligne de commande réduite et créditée ; le membre sera prévenu une seule fois.",
                "%(n)s lignes de commande réduites et créditées ; chaque membre sera prévenu une seule fois.",
                short,
            )
            said = f"{said} {more % {'n': short}}"
        messages.success(request, said)


def _after(producers: list[Deliverer], current: UUID) -> UUID:
    """The same producer while products wait."""
    mine = next((p for p in producers if p.public_id == current), None)
    if mine is not None and mine.left:
        return current
    return next((p.public_id for p in producers if p.left), current)


def _address(cycle: Cycle, producer: UUID) -> str:
    return reverse("market:reception", args=[cycle.market.slug, cycle.number]) + f"?producteur={producer}"


@require_POST
def undo(request: SignedIn, slug: str, number: int, public_id: UUID) -> HttpResponse:
    """Take back what was written of a product."""
    cycle = _cycle(request, slug, number)
    found = queries.reception_of(cycle, public_id)
    try:
        actions.undo_reception(reception_id=found.pk, now=timezone.now(), by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Réception annulée : les commandes sont de nouveau entières."))
    return redirect(_address(cycle, found.offer.producer.public_id))
