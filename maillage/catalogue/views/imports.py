"""Spreadsheets in and out, and the grid."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from maillage.core.actions import Refused
from maillage.core.quantity import Temperature
from maillage.core.tax import TaxClass
from maillage.directory.types import SignedIn

from .. import actions, queries, sheet_files
from ..actions.grid import FIELDS, GridErrors, Row, row_values, stamp_of
from ..forms import SheetForm, typed
from ..models import ImportState, PriceBasis, Product, ProductFormat, SheetImport
from ..search import search
from .products import chosen_producer

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN = 200
GRID_PAGE = 80


def _file(content: bytes, name: str, today: date) -> HttpResponse:
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}-{today}.xlsx"'
    return response


@require_GET
def template(request: SignedIn) -> HttpResponse:
    today = timezone.localdate()
    return _file(sheet_files.template(today=today), "modele-produits", today)


@require_GET
def export(request: SignedIn) -> HttpResponse:
    producer, today = chosen_producer(request), timezone.localdate()
    return _file(sheet_files.export(producer.pk, today=today), f"produits-{producer.slug}", today)


@require_http_methods(["GET", "POST"])
def imports(request: SignedIn) -> HttpResponse:
    """Choose a file; it is read, nothing is written."""
    producer = chosen_producer(request)
    form = SheetForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            sheet = actions.upload_sheet(producer_id=producer.pk, file=file, name=file.name, by=request.user)
        except Refused as error:
            form.add_error("file", str(error))
        else:
            return redirect("catalogue:import_preview", sheet.public_id)
    recent = SheetImport.objects.filter(producer=producer).defer("rows")[:8]
    context = {"form": form, "producer": producer, "recent": recent, "mine": queries.my_producers(user=request.user)}
    return render(request, "catalogue/import.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def import_preview(request: SignedIn, public_id: UUID) -> HttpResponse:
    """What the file changes, row by row; confirmed here."""
    sheet = queries.import_for(user=request.user, public_id=public_id)
    if request.method == "POST":
        try:
            done = actions.apply_import(
                import_id=sheet.pk,
                fingerprint=request.POST.get("fingerprint", ""),
                now=timezone.now(),
                by=request.user,
            )
        except Refused as error:
            messages.error(request, str(error))
            return redirect("catalogue:import_preview", sheet.public_id)
        messages.success(request, _told(done.counts))
        return redirect("catalogue:products")
    if sheet.state != ImportState.PREVIEWED:
        return render(request, "catalogue/import_preview.html", {"sheet": sheet})
    plan = actions.preview(sheet)
    context = {
        "sheet": sheet,
        "plan": plan,
        "errors": plan.errors[:SHOWN],
        "changed": plan.of_kind("changed")[:SHOWN],
        "created": plan.of_kind("created")[:SHOWN],
        "writes": plan.counts["created"] + plan.counts["changed"],
        "shown": SHOWN,
        "bad_rows": len({error.row for error in plan.errors}),
    }
    return render(request, "catalogue/import_preview.html", context)


def _told(counts: dict[str, int]) -> str:
    created = ngettext("%s format créé", "%s formats créés", counts["created"]) % counts["created"]
    changed = ngettext("%s format modifié", "%s formats modifiés", counts["changed"]) % counts["changed"]
    return _("Import terminé : %(created)s, %(changed)s.") % {"created": created, "changed": changed}


@require_POST
def import_discard(request: SignedIn, public_id: UUID) -> HttpResponse:
    sheet = queries.import_for(user=request.user, public_id=public_id)
    actions.discard_import(import_id=sheet.pk, by=request.user)
    messages.info(request, _("Import abandonné. Rien n'a été changé."))
    return redirect("catalogue:import")


@require_http_methods(["GET", "POST"])
def grid(request: SignedIn) -> HttpResponse:
    """Prices and terms of many formats on one page."""
    producer = chosen_producer(request)
    text = request.GET.get("q", "")
    found = queries.formats_of(producer.pk)
    if text.strip():
        matching = search(Product.objects.filter(producer=producer), text)
        found = found.filter(product__in=matching.order_by().values("pk"))
    page = Paginator(found, GRID_PAGE).get_page(request.GET.get("page"))
    errors: dict[tuple[UUID, str], str] = {}
    sent: dict[UUID, Row] = {}
    if request.method == "POST":
        sent = _typed(request)
        try:
            saved = actions.save_grid(producer_id=producer.pk, rows=sent, by=request.user)
        except GridErrors as error:
            errors = error.cells
            messages.error(request, str(error))
        else:
            messages.success(request, _saved(saved))
            return redirect(request.get_full_path())
    context = {
        "page": page,
        "rows": [_row(fmt, sent.get(fmt.public_id), errors) for fmt in page.object_list],
        "producer": producer,
        "mine": queries.my_producers(user=request.user),
        "q": text,
        "temperatures": Temperature.choices,
        "taxes": [(TaxClass.GROCERY.value, _("détaxé")), (TaxClass.TAXABLE.value, _("taxable"))],
        "bases": [(PriceBasis.SHELF.value, _("prix affiché")), (PriceBasis.PRODUCER.value, _("au producteur"))],
        "errors": len(errors),
    }
    return render(request, "catalogue/grid.html", context, status=422 if errors else 200)


def _saved(n: int) -> str:
    return (
        ngettext("%s ligne enregistrée.", "%s lignes enregistrées.", n) % n if n else _("Aucune ligne n'avait changé.")
    )


def _typed(request: SignedIn) -> dict[UUID, Row]:
    """The rows of the form: `row` holds each key; `<key>-<field>` its cells, `<key>-stamp` what was seen."""
    rows = {}
    for key in request.POST.getlist("row")[: GRID_PAGE * 2]:
        try:
            public_id = UUID(key)
        except ValueError as error:
            raise Http404 from error
        cells = {field: request.POST.get(f"{key}-{field}", "") for field in FIELDS}
        rows[public_id] = Row(request.POST.get(f"{key}-stamp", ""), cells)
    return rows


def _row(fmt: ProductFormat, sent: Row | None, errors: dict[tuple[UUID, str], str]) -> dict[str, Any]:
    current = {k: _shown(v) for k, v in row_values(fmt).items()}
    conflict = errors.get((fmt.public_id, ""), "")
    values = {**current, **sent.cells} if sent and not conflict else current
    cells = {field: {"value": values[field], "error": errors.get((fmt.public_id, field), "")} for field in FIELDS}
    stamp = sent.stamp if sent and not conflict else stamp_of(fmt)
    return {"format": fmt, "cells": cells, "stamp": stamp, "conflict": conflict}


def _shown(value: Any) -> str:
    """A value as people type it in French or English: `4,25`; a check box is "1" or nothing."""
    if isinstance(value, bool):
        return "1" if value else ""
    return typed(value) if isinstance(value, Decimal) else str(value)
