"""Figures: the indicators of an organisation, their values, and the rows that they open on."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db import models
from django.db.models import QuerySet
from django.http import Http404
from django.urls import NoReverseMatch, reverse

from maillage.core.dates import say
from maillage.core.facts import Column, Fact, FactContext
from maillage.core.sheets import local
from maillage.core.templatetags.maillage import money, number

from .. import compute, wording
from ..access import EDITORS, READERS, may
from ..models import Indicator, IndicatorVersion
from ..types import FigureData, Part

PAGE = 50


def current_versions(*, organisation_id: int) -> list[IndicatorVersion]:
    """The version in force of each indicator kept by the organisation, by theme and key. One query."""
    versions = IndicatorVersion.objects.filter(
        indicator__organisation_id=organisation_id, indicator__archived_at=None
    ).select_related("indicator__agreement__funder__organisation", "indicator__organisation")
    latest = versions.order_by("indicator_id", "-number").distinct("indicator_id")
    return sorted(latest, key=lambda v: (v.indicator.theme, v.indicator.pk))


def version_for(*, user: Any, public_id: UUID, number: int | None = None, edit: bool = False) -> IndicatorVersion:
    """The version in force (or the one numbered) of an indicator that `user` may read. Http404."""
    versions = IndicatorVersion.objects.filter(indicator__public_id=public_id).select_related(
        "indicator__organisation", "indicator__agreement__funder__organisation"
    )
    found = (versions.filter(number=number) if number else versions.order_by("-number")).first()
    kinds = EDITORS if edit else READERS
    if found is None or not may(user=user, organisation_id=found.indicator.organisation_id, kinds=kinds):
        raise Http404
    return found


def versions_of(*, indicator: Indicator) -> list[IndicatorVersion]:
    return list(indicator.versions.select_related("indicator", "created_by__person").order_by("-number"))


def figure(
    version: IndicatorVersion, asked: FactContext, *, dims: Sequence[str] = (), previous: bool = True
) -> FigureData:
    """The figure with its parts and the period before. BadFilter when it cannot be split as asked."""
    return figures_together([(version, dims)], asked, previous=previous)[0]


def figures_together(
    wanted: Sequence[tuple[IndicatorVersion, Sequence[str]]], asked: FactContext, *, previous: bool = True
) -> list[FigureData]:
    """The figures of a page, each with the dimensions to split it by: rows of one kind are read once. BadFilter."""
    before = [previous_context(version, asked) if previous else None for version, _dims in wanted]
    asks = [(version, asked) for version, _dims in wanted]
    earlier = [(version, b) for (version, _dims), b in zip(wanted, before, strict=True) if b is not None]
    numbers = compute.values([*asks, *earlier])
    known: dict[Any, bool] = {}
    now, then = numbers[: len(asks)], iter(numbers[len(asks) :])
    return [
        _figure(version, asked, b, dims, value, next(then) if b is not None else None, known)
        for (version, dims), b, value in zip(wanted, before, now, strict=True)
    ]


def _figure(
    version: IndicatorVersion,
    asked: FactContext,
    before: FactContext | None,
    dims: Sequence[str],
    value: Decimal | None,
    previous: Decimal | None,
    known: dict[Any, bool],
) -> FigureData:
    unrecorded = before is not None and not previous and not _recorded(version, before, known)
    return FigureData(
        key=version.indicator.key,
        name=compute.name_of(version),
        unit=compute.unit_of(version),
        value=value,
        previous=None if unrecorded else previous,
        unrecorded=unrecorded,
        sentence=wording.sentence(version),
        decimals=version.decimals,
        target=version.target,
        operator=version.operator,
        note=compute.note_of(version),
        parts={d: compute.parts(version, asked, d) for d in dims},
        previous_parts={d: compute.parts(version, before, d) for d in dims} if before else {},
    )


def _recorded(version: IndicatorVersion, asked: FactContext, known: dict[Any, bool]) -> bool:
    """Whether any row of the fact was noted in the period of a question, whatever its filters: a zero is then true.

    `known` keeps the answers of one page: one statement a fact and period.
    """
    inside = replace(compute.context_of(version, asked), filters={}, territory_ids=())
    key = (version.fact, inside.period, inside.organisation_ids)
    if key not in known:
        known[key] = compute.fact_of(version).rows(inside).order_by().exists()
    return known[key]


def previous_context(version: IndicatorVersion, asked: FactContext) -> FactContext | None:
    """The question about the period before, None when there is none."""
    if version.period_rule == "fixed" or asked.period is None or asked.period.end is None:
        return None
    return asked.previous()


def query_of(asked: FactContext) -> str:
    """The query string that asks a figure page the same question."""
    from urllib.parse import urlencode

    pairs: list[tuple[str, str]] = []
    if asked.period is not None:
        pairs.append(("debut", asked.period.start.isoformat()))
        if asked.period.end is not None:
            pairs.append(("fin", asked.period.end.isoformat()))
    pairs += [("territory", str(t)) for t in asked.territory_ids]
    pairs += [(name, str(v)) for name, values in asked.filters.items() for v in values]
    return "?" + urlencode(pairs) if pairs else ""


# --- rows ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ShownRow:
    """One row of the drill-down, said in words; `url` opens the work itself."""

    cells: list[str]
    url: str = ""


@dataclass(frozen=True)
class RowsPage:
    """A page of rows. `sums`: what stands at the foot of each column, over every row and not the page alone."""

    headings: list[str]
    rows: list[ShownRow]
    page: Page[Any]
    sums: list[str] = field(default_factory=list)


class _Counted(Paginator[Any]):
    """Pages of rows that are counted already."""

    def __init__(self, rows: QuerySet[Any], count: int) -> None:
        super().__init__(rows, PAGE)
        self.__dict__["count"] = count


def rows_page(fact: Fact, ctx: FactContext, *, page: int = 1, opens: bool = True) -> RowsPage:
    """A page of the rows that count, the latest first. Two queries: their number and sums, then the page.
    Without `opens`, rows are no links.
    """
    columns = fact.row_columns
    paths = [c.path for c in columns]
    extra = [fact.row_url.path] if fact.row_url and opens else []
    adding = {f"_s{n}": models.Sum(c.path) for n, c in enumerate(columns) if c.adds}
    totals = fact.rows(ctx).order_by().aggregate(_n=models.Count("pk"), **adding)
    shown = _Counted(fact.ordered(ctx).values_list(*paths, *extra), totals["_n"]).get_page(page)
    sums = [cell(c, totals[f"_s{n}"] or 0) if c.adds else "" for n, c in enumerate(columns)]
    return RowsPage(
        headings=[str(c.label) for c in columns],
        rows=[
            ShownRow(cells_of(columns, row[: len(paths)]), row_url(fact, row[-1] if extra else None)) for row in shown
        ],
        page=shown,
        sums=sums if adding else [],
    )


def entities_page(fact: Fact, ctx: FactContext, *, page: int = 1) -> Page[Any]:
    """A page of the different things counted, each with its number of rows."""
    return Paginator(fact.entities(ctx), PAGE).get_page(page)


def row_url(fact: Fact, value: Any) -> str:
    if fact.row_url is None or value is None:
        return ""
    try:
        return reverse(fact.row_url.name, args=[value])
    except NoReverseMatch:
        return ""


def cells_of(columns: Sequence[Column], values: Sequence[Any]) -> list[str]:
    return [cell(column, value) for column, value in zip(columns, values, strict=False)]


def cell(column: Column, value: Any) -> str:
    """A value as people read it; also a value that a snapshot kept as text."""
    if value is None or value == "":
        return ""
    if column.choices is not None:
        pairs = getattr(column.choices, "choices", column.choices)
        return str(dict(pairs).get(value, value))
    if column.kind == "date":
        return _day(value)
    if column.kind == "money":
        return money(value)
    if column.kind == "number":
        return number(value, 2)
    return str(value)


def _day(value: Any) -> str:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        value = local(value)
    return say(value, "Y-m-d") if isinstance(value, date) else str(value)


def said(value: Decimal | None, decimals: int = 0) -> str:
    """A figure as people read it; a dash for nothing."""
    return "—" if value is None else number(value, decimals)


def dimension_values(fact: Fact, ctx: FactContext, name: str, *, limit: int = 300) -> list[Part]:
    """The values that a dimension takes among the rows of a question, for a filter's list."""
    cells = fact.breakdown(ctx, [name], limit=limit)
    return [Part(c.keys[0], c.labels[0], None if c.value is None else Decimal(c.value)) for c in cells]
