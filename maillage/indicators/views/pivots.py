"""Cross any fact: rows, columns, a measure; every cell opens on its rows; the question can be kept."""

from dataclasses import replace
from datetime import timedelta
from time import monotonic
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from maillage.core import charts, facts
from maillage.core.actions import Refused
from maillage.core.facts import BadFilter, Fact, FactContext
from maillage.directory import downloads
from maillage.directory.types import SignedIn

from .. import access, actions, exports, queries, wording
from ..forms import fact_choices
from . import common

DEFAULT = "interventions"


@require_http_methods(["GET", "POST"])
def pivot(request: SignedIn) -> HttpResponse:
    """The question stands in the address, so that it can be sent; POST keeps it under a name."""
    organisation = common.organisation_of(request)
    if organisation is None:
        return render(request, "indicators/pivot.html", {"organisation": None})
    fact, counted = _fact(request.POST if request.method == "POST" else request.GET)
    if request.method == "POST":
        return _kept(request, organisation.pk, fact, counted)
    period = common.period_asked(request.GET, access.today())
    scope = access.scope_of(organisation, period=period)
    asked = scope.asks(period, filters=common.filters_asked(request.GET, fact))
    names = wording.dims_for(fact, shows_rows=scope.shows_rows)
    rows = _among(request.GET.get("lignes"), names) or next(
        n for n in ("territory", "stream", "organisation", *names) if n in names
    )
    columns = _among(request.GET.get("colonnes"), names)
    table, refused, slow = None, "", False
    began = monotonic()
    chosen = _filter(request, fact, asked, names)
    left = queries.pivots.BUDGET - (monotonic() - began)
    try:
        table = queries.pivot(fact, asked, rows=rows, columns="" if columns == rows else columns, budget=left)
    except (Refused, BadFilter) as error:
        refused, slow = str(error), isinstance(error, queries.TooSlow)
    return render(
        request,
        "indicators/pivot.html",
        {
            "organisation": organisation,
            "organisations": access.organisations_of(user=request.user),
            "facts": fact_choices(),
            "fact": fact,
            "asked": asked,
            "counted": counted,
            "countable": [(n, fact.dims[n].label) for n in names if n not in ("month", "year")],
            "dims": [(n, fact.dims[n].label) for n in names],
            "rows": rows,
            "columns": columns,
            "row_label": fact.dims[rows].label,
            "column_label": fact.dims[columns].label if columns else "",
            "period": period,
            "period_name": wording.year_name(period),
            "years": common.year_links(request, period, access.today()),
            "chips": common.chips(request, fact, asked.filters),
            "lines": _lines(request, fact, counted, table, rows, columns) if table else [],
            "table": table,
            "refused": refused,
            "slow": slow,
            "pivots": queries.pivots_of(user=request.user, organisation_id=organisation.pk),
            "distinct": fact.rollup == facts.Rollup.RECOMPUTE,
            "svg": _chart(fact, table),
            "filter": chosen,
            "kept": [(n, v) for n, values in asked.filters.items() if n != chosen.get("name") for v in values],
            "last": period.end - timedelta(days=1) if period.end else None,
            "export": reverse("indicators:pivot_export") + common.with_query(request, page=None, lignes=rows),
        },
    )


SHOWN_BARS = 15
LISTED = 300  # values of a dimension that a filter lists


def _chart(fact: Fact, table: queries.PivotTable | None) -> str:
    """The totals of the rows, the largest first: what the table says, seen at once."""
    if table is None or len(table.rows) < 2:
        return ""
    totals = [(label, float(table.row_totals[key] or 0)) for key, label in table.rows]
    by_time = all(len(label) in (4, 7) and label[:4].isdigit() for label, _total in totals)
    if by_time:
        return charts.columns(totals[-36:])
    return charts.bars(sorted(totals, key=lambda t: (-t[1], t[0]))[:SHOWN_BARS], unit=str(fact.unit))


def _filter(request: SignedIn, fact: Fact, asked: FactContext, names: list[str]) -> dict[str, Any]:
    """The dimension that the page filters by (`filtrer`, or the first of the address) and its values. One query."""
    name = _among(request.GET.get("filtrer"), names) or next((n for n in asked.filters if n in names), "")
    if not name:
        return {}
    others = {n: v for n, v in asked.filters.items() if n != name}
    try:
        values = queries.filter_values(fact, replace(asked, filters=others), name, limit=LISTED)
    except BadFilter:
        return {}
    chosen = {str(v) for v in asked.filters.get(name, ())}
    options = [(_key(v.key), v.label) for v in values]
    return {"name": name, "options": [(key, label, key in chosen) for key, label in options]}


def _key(key: Any) -> str:
    return "" if key is None else str(key)


def _among(asked: str | None, names: list[str]) -> str:
    return asked if asked in names else ""


def _fact(given: QueryDict) -> tuple[Fact, str]:
    known = facts.registered()
    fact = known.get(given.get("fait") or DEFAULT) or next(iter(known.values()))
    counted = given.get("compte", "")
    try:
        return (fact.counting(counted) if counted else fact), counted
    except BadFilter:
        return fact, ""


def _lines(
    request: SignedIn, fact: Fact, counted: str, table: queries.PivotTable, rows: str, columns: str
) -> list[dict[str, Any]]:
    """The rows of the table, every number with the address of the rows that it counts."""
    base = reverse("indicators:fact", args=[fact.key])
    keep = [
        (k, v) for k in request.GET for v in request.GET.getlist(k) if k not in ("fait", "lignes", "colonnes", "compte")
    ]
    keep += [("compte", counted)] if counted else []

    def address(*pairs: tuple[str, Any]) -> str:
        return base + "?" + urlencode([*keep, *((n, "" if k is None else k) for n, k in pairs)])

    return [
        {
            "label": label,
            "cells": [
                (table.cells.get(key, {}).get(column), address((rows, key), (columns, column)))
                for column, _label in table.columns
            ],
            "total": (table.row_totals[key], address((rows, key))),
        }
        for key, label in table.rows
    ]


def _kept(request: SignedIn, organisation_id: int, fact: Fact, counted: str) -> HttpResponse:
    period = common.period_asked(request.POST, access.today())
    try:
        kept = actions.save_pivot(
            organisation_id=organisation_id,
            name=request.POST.get("name", ""),
            fact=fact.key,
            distinct=counted,
            rows=request.POST.get("lignes", ""),
            columns=request.POST.get("colonnes", ""),
            filters=common.filters_asked(request.POST, fact),
            start=period.start,
            end=period.end,
            shared=bool(request.POST.get("shared")),
            by=request.user,
        )
    except Refused as error:
        messages.error(request, str(error))
        return redirect(request.get_full_path())
    return redirect("indicators:pivot_saved", public_id=kept.public_id)


@require_http_methods(["GET", "POST"])
def pivot_export(request: SignedIn) -> HttpResponseBase:
    """The table as it stands, as a workbook: now, or by a job when it counts many rows."""
    organisation = common.or_404(common.organisation_of(request))
    fact, counted = _fact(request.GET)
    period = common.period_asked(request.GET, access.today())
    asked = access.scope_of(organisation, period=period).asks(period, filters=common.filters_asked(request.GET, fact))
    params = exports.params_of(
        asked,
        fact=fact.key,
        counted=counted,
        organisation=str(organisation.public_id),
        rows=request.GET.get("lignes", ""),
        columns=request.GET.get("colonnes", ""),
    )
    try:
        return downloads.answer(
            request,
            exports.pivot,
            params=params,
            title=str(fact.label),
            filename=f"{slugify(str(fact.label))}.xlsx",
            content_type=downloads.XLSX,
            rows=fact.rows(asked).order_by().count(),
        )
    except BadFilter as error:
        raise Http404 from error
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect(reverse("indicators:pivot") + "?" + request.GET.urlencode())


@require_GET
def pivot_saved(request: SignedIn, public_id: UUID) -> HttpResponse:
    """A kept question, asked again."""
    kept = queries.pivot_for(user=request.user, public_id=public_id)
    pairs: list[tuple[str, Any]] = [
        ("organisme", kept.organisation.public_id),
        ("fait", kept.fact),
        ("lignes", kept.rows),
        ("colonnes", kept.columns),
    ]
    pairs += [("compte", kept.distinct)] if kept.distinct else []
    if kept.start and kept.end:
        pairs += [("debut", kept.start), ("fin", kept.end)]
    pairs += [(name, value) for name, values in kept.filters.items() for value in values]
    return redirect(reverse("indicators:pivot") + "?" + urlencode(pairs))


@require_POST
def pivot_delete(request: SignedIn, public_id: UUID) -> HttpResponse:
    kept = queries.pivot_for(user=request.user, public_id=public_id)
    if kept.owner_id != request.user.pk:
        raise Http404
    actions.delete_pivot(pivot_id=kept.pk, by=request.user)
    return redirect("indicators:pivot")
