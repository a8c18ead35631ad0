"""Reports made ready to show: a draft computes its figures now; a published one reads what it froze."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from maillage.core import charts
from maillage.core.facts import FactContext
from maillage.core.period import Period
from maillage.core.templatetags.maillage import colon, percent
from maillage.directory import queries as directory
from maillage.directory.types import RoleKind

from .. import compute, outline, wording
from ..access import EDITORS, READERS, Scope, may, scope_of
from ..models import FrozenFigure, IndicatorVersion, Report, ReportLink, ReportState, ReportTemplate
from ..types import BlockView, FigureData, Part, ReportView, SectionView, period_of
from . import figures

TABLE_ROWS = 200


def reports_of(*, user: Any, organisation_id: int | None = None) -> list[Report]:
    """Reports of the organisations whose figures `user` reads, and those shared with a funder that they represent."""
    mine = directory.organisations_where(user=user, kinds=READERS)
    funders = directory.organisations_where(user=user, kinds=(RoleKind.FUNDER,))
    found = Report.objects.filter(
        Q(organisation_id__in=mine) | Q(pk__in=shared_reports(funders).values("report_id"))
    ).select_related("organisation")
    if organisation_id is not None:
        found = found.filter(organisation_id=organisation_id)
    return list(found)


def shared_with(*, user: Any) -> list[Report]:
    """The published reports that a funder's people were given to read, the latest first. Nothing of others."""
    funders = directory.organisations_where(user=user, kinds=(RoleKind.FUNDER,))
    if not funders:
        return []
    found = Report.objects.filter(pk__in=shared_reports(funders).values("report_id")).select_related("organisation")
    return list(found.order_by("-published_at"))


def shared_reports(funder_ids: list[int], *, now: datetime | None = None) -> Any:
    """The links to published reports in force for these funders."""
    from django.utils import timezone

    return ReportLink.objects.filter(
        funder_id__in=funder_ids,
        revoked_at=None,
        expires_at__gt=now or timezone.now(),
        report__state=ReportState.PUBLISHED,
    )


def report_for(*, user: Any, public_id: UUID, edit: bool = False) -> Report:
    """A report that `user` may read (or edit). Http404."""
    report = Report.objects.select_related("organisation", "published_by__person").filter(public_id=public_id).first()
    if report is None:
        raise Http404
    if may(user=user, organisation_id=report.organisation_id, kinds=EDITORS if edit else READERS):
        return report
    funders = directory.organisations_where(user=user, kinds=(RoleKind.FUNDER,))
    if not edit and shared_reports(funders).filter(report=report).exists():
        return report
    raise Http404


def opens_rows(*, user: Any, report: Report) -> bool:
    """Whether `user` may open the names behind the figures of a report."""
    if scope_of(report.organisation).is_network:
        return False
    if may(user=user, organisation_id=report.organisation_id, kinds=READERS):
        return True
    funders = directory.organisations_where(user=user, kinds=(RoleKind.FUNDER,))
    return bool(shared_reports(funders).filter(report=report, shows_rows=True).exists())


def link_for(*, public_id: UUID, now: datetime) -> ReportLink:
    """The link behind a signed address: in force, to a published report. Http404."""
    link = (
        ReportLink.objects.select_related("report__organisation")
        .filter(public_id=public_id, revoked_at=None, expires_at__gt=now, report__state=ReportState.PUBLISHED)
        .first()
    )
    if link is None:
        raise Http404
    return link


def said_now(report: Report, text: str) -> tuple[Callable[[str, str], str], list[str]]:
    """How the figures that a text binds are said today, and the names in it that no indicator has."""
    _scope, asked = asked_of(report)
    known = versions_by_key(organisation_id=report.organisation_id)
    keys = outline.keys_of_block({"text": text})
    there = [key for key in keys if key in known]
    shown = figures.figures_together([(known[key], ()) for key in there], asked)
    return say(dict(zip(there, shown, strict=True))), [key for key in keys if key not in known]


def templates_of(*, organisation_id: int) -> list[ReportTemplate]:
    return list(ReportTemplate.objects.filter(organisation_id=organisation_id))


def links_of(*, report: Report) -> list[ReportLink]:
    return list(report.links.select_related("funder"))


# --- what a report shows ---------------------------------------------------------------------


def view(report: Report, *, url: Callable[[str], str] | None = None) -> ReportView:
    """Everything that a page, a PDF or a workbook shows. `url(key)`: where a figure opens ("": nowhere)."""
    data = frozen_figures(report) if report.state == ReportState.PUBLISHED else live_figures(report)
    if url is not None:
        data = {key: _with_url(figure, url(key)) for key, figure in data.items()}
    return ReportView(
        title=report.title,
        lead=report.lead,
        organisation=report.organisation,
        period=period_of(report.period),
        sections=[_section(section, data, period_of(report.period).start) for section in report.outline],
        published_on=timezone.localdate(report.published_at) if report.published_at else None,
        is_demo=report.is_demo,
    )


def _with_url(figure: FigureData, url: str) -> FigureData:
    return replace(figure, url=url)


def versions_by_key(*, organisation_id: int) -> dict[str, IndicatorVersion]:
    return {v.indicator.key: v for v in figures.current_versions(organisation_id=organisation_id)}


def asked_of(report: Report) -> tuple[Scope, FactContext]:
    """The question that a report asks of every figure."""
    period = period_of(report.period)
    scope = scope_of(report.organisation, period=period)
    return scope, scope.asks(period)


def live_figures(report: Report) -> dict[str, FigureData]:
    """The figures of a draft, computed now. Those whose definition is gone are left out."""
    scope, asked = asked_of(report)
    known = versions_by_key(organisation_id=report.organisation_id)
    found: dict[str, FigureData] = {}
    keys = [key for key in outline.keys(report.outline) if key in known]
    wanted = [(known[key], outline.dimensions(report.outline, key)) for key in keys]
    for key, figure in zip(keys, figures.figures_together(wanted, asked), strict=True):
        if scope.shows_rows and _has_table(report, key):
            figure = _with_rows(figure, known[key], asked)
        found[key] = figure
    return found


def _has_table(report: Report, key: str) -> bool:
    return any(b["kind"] == "table" and b["key"] == key for b in outline.blocks(report.outline))


def _with_rows(figure: FigureData, version: IndicatorVersion, asked: FactContext) -> FigureData:
    columns = compute.fact_of(version).row_columns
    rows = compute.rows(version, asked).values_list(*[c.path for c in columns])[:TABLE_ROWS]
    return replace(
        figure,
        columns=tuple(str(c.label) for c in columns),
        rows=[tuple(figures.cells_of(columns, row)) for row in rows],
    )


def frozen_figures(report: Report) -> dict[str, FigureData]:
    """The figures of a published report, as they were. One query."""
    found = {}
    frozen = report.figures.select_related("version__indicator__agreement", "version__indicator__organisation")
    for kept in frozen.defer("row_ids", "denominator_ids"):
        found[kept.slot] = _thawed(kept)
    return found


def _thawed(kept: FrozenFigure) -> FigureData:
    version = kept.version
    fact = compute.fact_of(version)
    known = {c.path: c for c in fact.row_columns}
    paths, rows = compute.unpack(kept.row_values)
    shown = [(n, known[path]) for n, path in enumerate(paths) if path in known]
    return FigureData(
        key=kept.slot,
        name=compute.name_of(version),
        unit=compute.unit_of(version),
        value=_trimmed(kept.value),
        previous=_trimmed(kept.previous),
        sentence=wording.sentence(version),
        decimals=version.decimals,
        target=version.target,
        operator=version.operator,
        note=compute.note_of(version),
        parts=_parts(kept.parts.get("now", {})),
        previous_parts=_parts(kept.parts.get("before", {})),
        columns=tuple(str(column.label) for _n, column in shown),
        rows=[tuple(figures.cell(column, row[n]) for n, column in shown) for row in rows[:TABLE_ROWS]],
    )


def _trimmed(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.normalize() + 0


def _parts(kept: dict[str, list[Any]]) -> dict[str, list[Part]]:
    return {
        name: [Part(key, label, None if value is None else Decimal(value)) for key, label, value in parts]
        for name, parts in kept.items()
    }


def _section(section: dict[str, Any], data: dict[str, FigureData], day: date) -> SectionView:
    slug = slugify(section["title"])
    blocks = [_block(block, data, f"{slug}-{n}", day) for n, block in enumerate(section.get("blocks", ()), start=1)]
    shown = [replace(b, at=n) for n, b in enumerate(blocks) if b is not None]
    return SectionView(title=section["title"], slug=slug, blocks=shown)


def _block(block: dict[str, Any], data: dict[str, FigureData], name: str, day: date) -> BlockView | None:
    kind, title = block["kind"], block.get("title", "")
    if kind == "figures":
        return BlockView(kind, title, figures=[_noted(data[k], block) for k in block["keys"] if k in data])
    if kind in ("text", "note"):
        text = block.get("text", "")
        return BlockView(
            kind, title, text=text, figures=[data[k] for k in outline.keys_of_block(block) if k in data], name=name
        )
    figure = data.get(block["key"])
    if figure is None:
        return None
    if kind == "table":
        return BlockView(kind, title or figure.name, figures=[figure], table=_table(figure), name=name)
    if kind == "map":
        return _map(figure, title, name, day)
    return _chart(figure, block["dimension"], title, name)


def _noted(figure: FigureData, block: dict[str, Any]) -> FigureData:
    note = block.get("notes", {}).get(figure.key)
    return replace(figure, note=note) if note else figure


def _table(figure: FigureData) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The rows in words, without the columns that none of them fills, or that say the same on every row."""
    many = len(figure.rows) > 3
    keep = [
        n
        for n in range(len(figure.columns))
        if any(row[n] for row in figure.rows) and not (many and len({row[n] for row in figure.rows}) == 1)
    ]
    return tuple(figure.columns[n] for n in keep), [tuple(row[n] for n in keep) for row in figure.rows]


def _chart(figure: FigureData, dimension: str, title: str, name: str) -> BlockView:
    parts = sorted(figure.parts.get(dimension, []), key=lambda p: (-(p.value or 0), p.label))
    before = {p.label: float(p.value) for p in figure.previous_parts.get(dimension, []) if p.value is not None}
    svg = charts.bars([(p.label, float(p.value or 0)) for p in parts], previous=before or None, unit=figure.unit)
    return BlockView(
        "chart", title or figure.name, figures=[figure], svg=svg, alt=_said_parts(figure, parts), parts=parts, name=name
    )


def _map(figure: FigureData, title: str, name: str, day: date) -> BlockView:
    parts = sorted(figure.parts.get("territory", []), key=lambda p: (-(p.value or 0), p.label))
    values = {p.key: float(p.value) for p in parts if p.value is not None}
    grid = directory.tile_grid(day=day)
    cells = [(t.column, t.row, short(t.name), values.get(t.territory_id)) for t in grid if _near(t, grid, values)]
    if cells:
        left, top = min(c[0] for c in cells), min(c[1] for c in cells)
        cells = [(column - left, row - top, label, value) for column, row, label, value in cells]
    return BlockView(
        "map",
        title or figure.name,
        figures=[figure],
        svg=charts.tiles(cells, size=64),
        alt=_said_parts(figure, parts),
        parts=parts,
        name=name,
    )


def short(name: str) -> str:
    """The name of an MRC without its article, for a tile."""
    return re.sub(r"^(La |Le |Les |L'|D')", "", name)


def _near(tile: Any, grid: list[Any], values: dict[Any, float]) -> bool:
    """Whether a tile is within two steps of those that have a value: the map shows the neighbourhood."""
    shown = [t for t in grid if t.territory_id in values]
    return bool(shown) and (
        min(t.column for t in shown) - 1 <= tile.column <= max(t.column for t in shown) + 1
        and min(t.row for t in shown) - 1 <= tile.row <= max(t.row for t in shown) + 1
    )


def _said_parts(figure: FigureData, parts: list[Part]) -> str:
    listed = ", ".join(f"{p.label}{colon()} {figures.said(p.value, figure.decimals)}" for p in parts)
    return _("%(name)s par territoire : %(parts)s.") % {"name": figure.name, "parts": listed}


def say(data: dict[str, FigureData]) -> Callable[[str, str], str]:
    """How a bound figure is said in a text."""

    def one(key: str, what: str) -> str:
        figure = data.get(key)
        if figure is None:
            return "—"
        if what == "name":
            return figure.name
        if what == "previous":
            return figures.said(figure.previous, figure.decimals)
        if what == "change":
            return "—" if figure.change is None else percent(figure.change, 0)
        return figures.said(figure.value, figure.decimals)

    return one


def year_of(report: Report) -> str:
    return wording.year_name(period_of(report.period))


def previous_year_of(report: Report) -> str:
    period: Period = period_of(report.period)
    return wording.year_name(period.previous()) if period.end else ""


def figure_url(report: Report) -> Callable[[str], str]:
    """Where the figures of a report open, for people of its organisation."""

    def url(key: str) -> str:
        return reverse("indicators:report_figure", args=[report.public_id, key])

    return url
