"""Final weights of a cycle, product by product, typed in the order in which crates stand."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from maillage.core.actions import Refused
from maillage.directory.types import SignedIn

from ..access import VOLUNTEERS
from ..actions import desk as actions
from ..models import CycleState, OrderLine
from ..queries import cycles as cycle_queries
from ..queries import weights as queries
from ..queries.desk import READY
from .desk import Tap


@dataclass
class Cell:
    """A line of the grid: what is stored or was typed, and what is wrong with it."""

    line: OrderLine
    typed: str
    problem: str = ""
    asks: bool = False


@require_http_methods(["GET", "POST"])
def weights(request: SignedIn, slug: str, number: int) -> HttpResponse:
    """Final weights by product: `produit` names one; its lines are typed down, in the order of the crates."""
    cycle = cycle_queries.managed_cycle(user=request.user, slug=slug, number=number, kinds=VOLUNTEERS)
    products = queries.products_to_weigh(cycle)
    chosen = next((p for p in products if str(p.public_id) == request.GET.get("produit", "")), None)
    chosen = chosen or next((p for p in products if p.left), products[0] if products else None)
    cells = [_stored(line) for line in queries.lines_to_weigh(cycle, chosen.offer_id)] if chosen else []
    if request.method == "POST" and chosen is not None:
        saved = _save(cells, request)
        if saved:
            messages.success(request, ngettext("%(n)s poids inscrit.", "%(n)s poids inscrits.", saved) % {"n": saved})
        if not any(cell.problem for cell in cells):
            after = _after(queries.products_to_weigh(cycle), chosen.offer_id)
            return redirect(f"{request.path}?produit={after}")
    context = {
        "cycle": cycle,
        "market": cycle.market,
        "manages": cycle_queries.manages(user=request.user, market=cycle.market),
        "products": products,
        "chosen": chosen,
        "cells": cells,
        "left": sum(p.left for p in products),
        "weighed": sum(p.weighed for p in products),
        "total": sum(p.lines for p in products),
        "open": cycle.state in READY,
        "late": cycle.state == CycleState.SETTLED,
    }
    status = 409 if any(cell.problem for cell in cells) else 200
    return render(request, "market/desk_weights.html", context, status=status)


def _stored(line: OrderLine) -> Cell:
    weight = line.final_weight
    return Cell(line, "" if weight is None else f"{weight.normalize():f}".replace(".", ","))


def _save(cells: list[Cell], request: SignedIn) -> int:
    """Each line on its own: what is right is kept, what is wrong comes back with a sentence. How many changed."""
    saved = 0
    for cell in cells:
        key = str(cell.line.public_id)
        typed = request.POST.get(f"w-{key}", "").strip()
        if not typed or typed == cell.typed:
            continue
        cell.typed = typed
        tap = Tap({"weight": typed, "seen": request.POST.get(f"s-{key}", "")}, 0, None, timezone.now(), request.user)
        try:
            actions.set_weight(
                line_id=cell.line.pk,
                weight=tap.decimal("weight"),
                now=tap.now,
                by=tap.by,
                seen=tap.seen,
                confirmed=bool(request.POST.get(f"c-{key}")),
            )
            saved += 1
        except actions.StrangeWeight as strange:
            cell.problem, cell.asks = str(strange), not strange.certain
        except Refused as refused:
            cell.problem = str(refused)
    return saved


def _after(products: list[queries.Weighed], offer_id: int) -> UUID:
    """The same product while lines are left, else the next one that has some, else the same."""
    index = next((i for i, p in enumerate(products) if p.offer_id == offer_id), 0)
    for product in products[index:] + products[:index]:
        if product.left:
            return product.public_id
    return products[index].public_id
