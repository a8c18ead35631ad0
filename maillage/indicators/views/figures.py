"""Figures: every one opens on its rows, by any of its dimensions, and leaves with them as a workbook."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods

from maillage.core import facts
from maillage.core.facts import BadFilter, Fact, FactContext
from maillage.directory import downloads
from maillage.directory.types import SignedIn

from .. import access, compute, exports, queries, wording
from ..models import IndicatorVersion
from ..types import FigureData, Part
from . import common

BARS = 40


@dataclass(frozen=True)
class Bar:
    """A part of a breakdown: its share of the longest, and where it opens."""

    label: str
    value: Decimal | None
    width: float
    url: str


@require_GET
def figures(request: SignedIn) -> HttpResponse:
    """The indicators of an organisation for a period, each a link to its rows."""
    organisation = common.organisation_of(request)
    today = access.today()
    period = common.period_asked(request.GET, today)
    context: dict[str, Any] = {
        "organisation": organisation,
        "organisations": access.organisations_of(user=request.user),
        "period": period,
        "years": common.year_links(request, period, today),
    }
    if organisation is not None:
        scope = access.scope_of(organisation, period=period)
        asked = scope.asks(period)
        versions = queries.current_versions(organisation_id=organisation.pk)
        themes: dict[str, list[FigureData]] = {}
        shown = queries.figures_together([(version, ()) for version in versions], asked)
        for version, figure in zip(versions, shown, strict=True):
            url = reverse("indicators:figure", args=[version.indicator.public_id]) + common.query_for(period)
            themes.setdefault(version.indicator.theme, []).append(replace(figure, url=url))
        context |= {
            "themes": themes,
            "usual": [] if versions else queries.usual_facts(organisation=organisation),
            "edits": access.may(user=request.user, organisation_id=organisation.pk, kinds=access.EDITORS),
            "doubles": queries.count_double_claims(organisation_id=organisation.pk, period=period),
        }
    return render(request, "indicators/figures.html", context)


@require_GET
def figure(request: SignedIn, public_id: UUID) -> HttpResponse:
    """One indicator: the figure, what it means, its parts, its rows."""
    version = queries.version_for(user=request.user, public_id=public_id)
    fact = compute.fact_of(version)
    scope, asked = _asked(request, version.indicator.organisation, fact)
    context = _page(request, fact, scope, asked, compute.splits(version))
    context |= {
        "version": version,
        "figure": _or_404(version, asked),
        "sentence": wording.sentence(version),
        "inside": compute.context_of(version, asked),
        "export": reverse("indicators:figure_export", args=[public_id]) + common.with_query(request, page=None),
    }
    inside = compute.context_of(version, asked)
    context |= _rows(request, fact, scope, inside)
    context["bars"] = _bars(request, context["by"], compute.parts(version, asked, context["by"], limit=BARS + 1))
    return render(request, "indicators/figure.html", context)


@require_GET
def fact_page(request: SignedIn, key: str) -> HttpResponse:
    """A fact as it is declared, for those who cross figures: the same page without a definition of one's own."""
    fact = _fact(request, key)
    organisation = common.or_404(common.organisation_of(request))
    scope, asked = _asked(request, organisation, fact)
    context = _page(request, fact, scope, asked, list(fact.dims))
    try:
        number = fact.value(asked)
        parts = fact.breakdown(asked, [context["by"]], limit=BARS + 1) if context["by"] else []
    except BadFilter as error:
        raise Http404 from error
    value = None if number is None else Decimal(number)
    context |= {
        "figure": FigureData(key, str(fact.label), str(fact.unit), value, None, "", fact.decimals),
        "sentence": wording.counted(fact, {}, distinct=request.GET.get("compte", "")),
        "export": reverse("indicators:fact_export", args=[key]) + common.with_query(request, page=None),
    }
    context |= _rows(request, fact, scope, asked)
    shown = [Part(c.keys[0], c.labels[0], None if c.value is None else Decimal(c.value)) for c in parts]
    context["bars"] = _bars(request, context["by"], shown)
    return render(request, "indicators/figure.html", context)


def _fact(request: SignedIn, key: str) -> Fact:
    try:
        fact = facts.get(key)
        counted = request.GET.get("compte", "")
        return fact.counting(counted) if counted else fact
    except (KeyError, BadFilter) as error:
        raise Http404 from error


def _asked(request: SignedIn, organisation: Any, fact: Fact) -> tuple[access.Scope, FactContext]:
    period = common.period_asked(request.GET, access.today())
    scope = access.scope_of(organisation, period=period)
    return scope, scope.asks(period, filters=common.filters_asked(request.GET, fact))


def _or_404(version: IndicatorVersion, asked: FactContext) -> FigureData:
    try:
        return queries.figure(version, asked)
    except BadFilter as error:
        raise Http404 from error


def _page(request: SignedIn, fact: Fact, scope: access.Scope, asked: FactContext, splits: list[str]) -> dict[str, Any]:
    period = common.or_404(asked.period)
    names = wording.dims_for(fact, shows_rows=scope.shows_rows, among=splits)
    by = request.GET.get("par", "")
    by = by if by in names else next((n for n in ("territory", "organisation", "month", *names) if n in names), "")
    return {
        "organisation": scope.organisation,
        "scope": scope,
        "period": period,
        "period_name": wording.year_name(period),
        "previous_name": wording.year_name(period.previous()) if period.end else "",
        "years": common.year_links(request, period, access.today()),
        "chips": common.chips(request, fact, asked.filters),
        "by": by,
        "splits": [
            {
                "label": str(fact.dims[n].label),
                "href": common.with_query(request, par=n, page=None),
                "current": n == by,
            }
            for n in names
        ],
    }


def _bars(request: SignedIn, by: str, parts: list[Part]) -> list[Bar]:
    shown = parts[:BARS]
    longest: Decimal = max((abs(p.value) for p in shown if p.value is not None), default=Decimal(0)) or Decimal(1)
    return [
        Bar(
            label=p.label,
            value=p.value,
            width=round(float(abs(p.value or Decimal(0)) / longest * 100), 1),
            url=_narrowed(request, by, p.key),
        )
        for p in shown
    ]


def _narrowed(request: SignedIn, by: str, key: Any) -> str:
    return common.with_query(request, **{by: "" if key is None else key, "page": None})


def _rows(request: SignedIn, fact: Fact, scope: access.Scope, inside: FactContext) -> dict[str, Any]:
    if not scope.shows_rows:
        return {"hidden": True}
    number = common.page_number(request)
    if request.GET.get("vue") == "distincts" and _named(fact):
        return {"entities": queries.entities_page(fact, inside, page=number), "named": True}
    opens = fact.row_url is not None and access.opens(
        user=request.user, organisation_id=scope.organisation.pk, page=fact.row_url.name
    )
    shown = queries.rows_page(fact, inside, page=number, opens=opens)
    return {
        "rows": shown,
        "page": shown.page,
        "named": _named(fact),
        "long": shown.page.paginator.count > downloads.SHORT,
    }


def _named(fact: Fact) -> bool:
    """Whether the things counted have names that say something (not a row's identifier)."""
    measure = fact.measure
    return isinstance(measure, facts.CountDistinct) and (
        measure.canonical or (bool(measure.label) and not measure.label.endswith("public_id"))
    )


@require_http_methods(["GET", "POST"])
def figure_export(request: SignedIn, public_id: UUID) -> HttpResponseBase:
    """The figure, its definition, its parts and its rows, as a workbook: now, or by a job when the rows are many."""
    version = queries.version_for(user=request.user, public_id=public_id)
    scope, asked = _asked(request, version.indicator.organisation, compute.fact_of(version))
    inside = compute.context_of(version, asked)
    name = compute.name_of(version)
    params = exports.params_of(asked, indicator=str(public_id), number=version.number)
    return _workbook(request, exports.figure, params, name, compute.fact_of(version), inside, scope)


@require_http_methods(["GET", "POST"])
def fact_export(request: SignedIn, key: str) -> HttpResponseBase:
    """The same for a fact of the pivot page."""
    fact = _fact(request, key)
    organisation = common.or_404(common.organisation_of(request))
    scope, asked = _asked(request, organisation, fact)
    more = {"fact": key, "counted": request.GET.get("compte", ""), "organisation": str(organisation.public_id)}
    return _workbook(request, exports.fact, exports.params_of(asked, **more), str(fact.label), fact, asked, scope)


def _workbook(
    request: SignedIn,
    make: Callable[..., None],
    params: dict[str, Any],
    name: str,
    fact: Fact,
    inside: FactContext,
    scope: access.Scope,
) -> HttpResponseBase:
    try:
        rows = fact.rows(inside).order_by().count() if scope.shows_rows else 0
    except BadFilter as error:
        raise Http404 from error
    period = wording.year_name(inside.period) if inside.period else ""
    return downloads.answer(
        request,
        make,
        params=params,
        title=f"{name}, {period}" if period else name,
        filename=f"{slugify(name)}.xlsx",
        content_type=downloads.XLSX,
        rows=rows,
    )
