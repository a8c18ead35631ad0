"""Many formats on one page, by keyboard and by pasting from a spreadsheet."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Min, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from maillage.core.quantity import Temperature, Unit
from maillage.directory.types import SignedIn

from .. import actions, queries
from ..actions.grid import FIELDS, GridErrors, Row, row_texts, row_values, stamps_of
from ..forms import typed
from ..models import Allergen, PriceBasis, Product, ProductFormat
from ..search import search
from ..sheet_cells import Known
from ..sheet_columns import BY_KEY
from .products import chosen_producer

PAGE = 80
MOST_CELLS = 900
"""Cells on one page: a browser sends them all, and the server takes a thousand."""
PRICES = (
    "format", "content", "content_unit", "by_weight", "price", "price_basis", "deposit", "crates", "is_active",
)  # fmt: skip
PRODUCTS = (
    "name", "category_id", "temperature", "tax_class", "origin_id", "season_from", "season_to", "allergens", "labels",
    "description", "product_active",
)  # fmt: skip
SETS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "formats": (gettext_lazy("Formats et prix"), PRICES),
    "produits": (gettext_lazy("Produits"), PRODUCTS),
    "tout": (gettext_lazy("Tout"), FIELDS),
}
"""What the grid shows, by the value of `colonnes`; a row is a format, or a product when only products are shown."""
KINDS = {
    **dict.fromkeys(("content", "price", "deposit", "crates"), "number"),
    **dict.fromkeys(("by_weight", "is_active", "product_active"), "check"),
    **dict.fromkeys(("content_unit", "price_basis", "temperature", "tax_class", "season_from", "season_to"), "choice"),
}
LISTS = {"category_id": "categories", "origin_id": "lieux", "labels": "etiquettes", "allergens": "allergenes"}
"""Text cells with suggestions, and the list that holds them."""
BASES = [
    (PriceBasis.SHELF.value, gettext_lazy("prix affiché")),
    (PriceBasis.PRODUCER.value, gettext_lazy("au producteur")),
]
TAXES = [("grocery", gettext_lazy("détaxé")), ("taxable", gettext_lazy("taxable"))]


@dataclass(frozen=True)
class Cell:
    """One cell of the page: `kind` says how it is typed; `wide` texts have more room."""

    key: str
    title: str
    kind: str
    value: str
    error: str
    suggests: str = ""

    @property
    def options(self) -> list[tuple[str, Any]]:
        return options_of(self.key)


def options_of(key: str) -> list[tuple[str, Any]]:
    """The values of a cell that is chosen, with their words in the language of the page."""
    months: list[tuple[str, Any]] = [("", "—"), *((str(n), name) for n, name in MONTHS.items())]
    choices: dict[str, list[tuple[str, Any]]] = {
        "content_unit": list(Unit.choices),
        "price_basis": BASES,
        "temperature": list(Temperature.choices),
        "tax_class": TAXES,
        "season_from": months,
        "season_to": months,
    }
    return choices[key]


@require_http_methods(["GET", "POST"])
def grid(request: SignedIn) -> HttpResponse:
    """Every field of many formats on one page; `colonnes` says which of them are shown."""
    producer = chosen_producer(request)
    chosen = request.GET.get("colonnes", "")
    chosen = chosen if chosen in SETS else "formats"
    fields = SETS[chosen][1]
    text = request.GET.get("q", "")
    rows = _formats(producer.pk, text, by_product=chosen == "produits")
    page = Paginator(rows, min(PAGE, MOST_CELLS // (len(fields) + 2))).get_page(request.GET.get("page"))
    sent: dict[UUID, Row] = {}
    refused = GridErrors({}, set())
    if request.method == "POST":
        sent = _typed(request, fields)
        try:
            saved = actions.save_grid(producer_id=producer.pk, rows=sent, now=timezone.now(), by=request.user)
        except GridErrors as error:
            refused = error
            messages.error(request, str(error))
        else:
            messages.success(request, _saved(saved))
            return redirect(request.get_full_path())
    known = Known.load()
    mine = queries.my_producers(user=request.user)
    context = {
        "page": page,
        "rows": [_row(fmt, sent.get(fmt.public_id), refused, fields, known) for fmt in page.object_list],
        "titles": [(key, BY_KEY[key].title, KINDS.get(key, "text")) for key in fields],
        "sets": [
            {"label": label, "href": _address(request, colonnes=name), "current": name == chosen}
            for name, (label, _fields) in SETS.items()
        ],
        "by_product": chosen == "produits",
        "lists": _suggestions(known) if set(fields) & set(LISTS) else {},
        "producer": producer,
        "mine": mine,
        "q": text,
        "chosen": chosen,
        "errors": len(refused.cells),
    }
    return render(request, "catalogue/grid.html", context, status=422 if refused.cells else 200)


def _address(request: SignedIn, **changes: str) -> str:
    asked = request.GET.copy()
    asked.pop("page", None)
    for key, value in changes.items():
        asked[key] = value
    return f"?{asked.urlencode()}"


def _formats(producer_id: int, text: str, *, by_product: bool) -> QuerySet[ProductFormat]:
    found = queries.formats_of(producer_id)
    if text.strip():
        matching = search(Product.objects.filter(producer_id=producer_id), text)
        found = found.filter(product__in=matching.order_by().values("pk"))
    if by_product:
        firsts = ProductFormat.objects.filter(product__producer_id=producer_id).order_by().values("product_id")
        found = found.filter(pk__in=firsts.annotate(first=Min("pk")).values("first"))
    return found


def _suggestions(known: Known) -> dict[str, list[str]]:
    return {
        "categories": sorted(known.paths.values()),
        "lieux": sorted({str(t) for places in known.territories.values() for t in places}),
        "etiquettes": sorted({str(label) for label in known.labels.values()}),
        "allergenes": [str(label) for label in Allergen.labels],
    }


def _saved(n: int) -> str:
    return (
        ngettext("%s ligne enregistrée.", "%s lignes enregistrées.", n) % n if n else _("Aucune ligne n'avait changé.")
    )


def _typed(request: SignedIn, fields: tuple[str, ...]) -> dict[UUID, Row]:
    """The rows of the form: `row` holds each key, `<key>-<field>` its cells, `<key>-stamps` what was seen of them."""
    rows = {}
    for key in request.POST.getlist("row")[: PAGE * 2]:
        try:
            public_id = UUID(key)
        except ValueError as error:
            raise Http404 from error
        cells = {
            field: request.POST.get(f"{key}-{field}", "non" if KINDS.get(field) == "check" else "") for field in fields
        }
        stamps = request.POST.get(f"{key}-stamps", "").split(",")
        rows[public_id] = Row(dict(zip(fields, stamps, strict=False)), cells)
    return rows


def _row(
    fmt: ProductFormat, sent: Row | None, refused: GridErrors, fields: tuple[str, ...], known: Known
) -> dict[str, Any]:
    """A row of the page: what was typed stays; what another person changed meanwhile has its new mark."""
    texts, values, stamps = row_texts(fmt, known), row_values(fmt), stamps_of(fmt)
    cells = []
    for key in fields:
        value = sent.cells[key] if sent else _shown(key, values[key], texts[key])
        error = refused.cells.get((fmt.public_id, key), "")
        cells.append(Cell(key, BY_KEY[key].title, KINDS.get(key, "text"), value, error, LISTS.get(key, "")))
    seen = [
        sent.stamps.get(key, "") if sent and (fmt.public_id, key) not in refused.theirs else stamps[key]
        for key in fields
    ]
    other = refused.cells.get((fmt.public_id, ""), "")
    return {"format": fmt, "cells": cells, "stamps": ",".join(seen), "problem": other}


def _shown(key: str, value: Any, text: Any) -> str:
    """A value as people type it: `4,25`, money with its cents; a box is "oui" or "non"; a choice is its code."""
    kind = KINDS.get(key, "text")
    if kind == "check":
        return "oui" if value else "non"
    if kind == "choice":
        return "" if value is None else str(value)
    if key in ("price", "deposit"):
        return number_format(value, max(2, -value.normalize().as_tuple().exponent))
    return typed(value) if isinstance(value, Decimal) else str(text)
