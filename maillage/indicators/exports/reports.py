"""Reports that leave: workbooks (with the rows, if asked), PDF, pictures for slides."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Func, IntegerField
from django.http import Http404
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from maillage.core import facts, pdf
from maillage.core.downloads import Work
from maillage.core.facts import FactContext
from maillage.core.sheets import Column, Sheets, write_xlsx_to
from maillage.core.templatetags.maillage import day as in_words

from .. import compute, outline, queries, wording
from ..models import IndicatorVersion, Report, ReportState
from ..queries import figures
from ..queries import reports as reading
from ..queries.reports import say
from ..templatetags.figures import operator, signed
from ..types import BlockView, FigureData, ReportView
from . import pictures
from .figures import KINDS, cells

KINDS_OF_FILE = ("pdf", "xlsx", "rows", "zip")


def report(work: Work, *, user: Any, report: str, kind: str) -> None:
    """A report as `user` may read it: "pdf", "xlsx", "rows" (a workbook with the rows of every figure), "zip".

    Raises Http404.
    """
    found = queries.report_for(user=user, public_id=UUID(report))
    write(work, found, kind, rows=reading.opens_rows(user=user, report=found))


def write(work: Work, found: Report, kind: str, *, rows: bool) -> None:
    """`rows`: whether the names behind the figures may leave. Raises Http404 for a kind that may not."""
    if kind not in KINDS_OF_FILE or (kind == "rows" and not rows):
        raise Http404
    view = queries.view(found)
    shown = view if rows else without_rows(view)
    if kind == "pdf":
        work.file.write(report_pdf(shown))
    elif kind == "zip":
        pictures.write(work, shown)
    else:
        write_xlsx_to(work.file, _sheets(work, found, shown, kind), title=view.title, made_on=view.published_on)


def _sheets(work: Work, found: Report, shown: ReportView, kind: str) -> Sheets:
    yield from report_sheets(shown)
    if kind == "rows":
        yield from _rows_sheets(work, found, shown)


def weight(found: Report, kind: str) -> int:
    """How many rows (or slides) a file of this kind writes: what tells a short one from a long one."""
    if kind == "zip":
        return sum(block["kind"] in ("figures", "chart", "map") for block in outline.blocks(found.outline))
    if kind != "rows":
        return 0
    if found.state == ReportState.PUBLISHED:
        lengths = found.figures.annotate(n=Func("row_ids", function="cardinality", output_field=IntegerField()))
        return sum(lengths.values_list("n", flat=True))
    return sum(n for _version, _asked, n in _counted(found))


def without_rows(view: ReportView) -> ReportView:
    """The report without tables of rows: its figures, charts and texts only."""
    kept = [replace(s, blocks=[b for b in s.blocks if b.kind != "table"]) for s in view.sections]
    return replace(view, sections=kept)


def _counted(found: Report) -> list[tuple[IndicatorVersion, FactContext, int]]:
    """The version, the question and the number of rows of each figure of a draft."""
    _scope, asked = reading.asked_of(found)
    known = reading.versions_by_key(organisation_id=found.organisation_id)
    versions = [known[key] for key in outline.keys(found.outline) if key in known]
    return [(v, asked, compute.rows(v, asked).order_by().count()) for v in versions]


def _rows_sheets(work: Work, found: Report, view: ReportView) -> Sheets:
    """One sheet a figure: its rows, those that were frozen for a published report."""
    if found.state != ReportState.PUBLISHED:
        counted = _counted(found)
        work.expect(sum(n for _version, _asked, n in counted))
        for version, asked, _n in counted:
            fact = compute.fact_of(version)
            rows = work.counting(cells(fact, compute.rows(version, asked)))
            yield compute.name_of(version), _columns(fact.row_columns), rows
        return
    work.expect(weight(found, "rows"))
    kept = dict(found.figures.values_list("slot", "pk"))
    for key in outline.keys(found.outline):
        figure = (
            found.figures.select_related("version__indicator").defer("row_ids", "denominator_ids").get(pk=kept[key])
        )
        known = {c.path: c for c in compute.fact_of(figure.version).row_columns}
        paths, kept_rows = compute.unpack(figure.row_values)
        columns = [(n, known[path]) for n, path in enumerate(paths) if path in known]
        frozen = ([_thawed(c, row[n]) for n, c in columns] for row in kept_rows)
        yield compute.name_of(figure.version), _columns([c for _n, c in columns]), work.counting(frozen)


def _columns(columns: Sequence[facts.Column]) -> list[Column]:
    return [Column(str(c.label), KINDS.get(c.kind, "text"), 24) for c in columns]


def _thawed(column: facts.Column, value: Any) -> Any:
    """A value that a snapshot kept as text, as a spreadsheet holds it."""
    if value is None or column.choices is not None or column.kind not in KINDS:
        return figures.cell(column, value)
    if column.kind == "date":
        return datetime.fromisoformat(value).date() if "T" in value else date.fromisoformat(value)
    return Decimal(str(value))


def report_sheets(view: ReportView) -> Sheets:
    """The figures of a report on one sheet, its charts and tables on the others."""
    yield (
        _("Chiffres"),
        [
            Column(_("Section"), width=20),
            Column(_("Chiffre"), width=52),
            Column(_("Valeur"), "number"),
            Column(_("Période précédente"), "number"),
            Column(_("Unité")),
            Column(_("Définition"), width=100),
        ],
        [
            (section.title, f.name, f.value, f.previous, f.unit, f.sentence)
            for section in view.sections
            for f in {f.key: f for b in section.blocks for f in b.figures}.values()
        ],
    )
    for section in view.sections:
        for block in section.blocks:
            if block.kind in ("chart", "map", "table"):
                yield _block_sheet(block)


def _block_sheet(block: BlockView) -> tuple[str, Sequence[Column], Any]:
    if block.kind == "table":
        return block.title, [Column(h, width=30) for h in block.table[0]], block.table[1]
    return (
        block.title,
        [Column(_("Partie"), width=36), Column(_("Valeur"), "number")],
        [(p.label, p.value) for p in block.parts],
    )


def report_pdf(view: ReportView, *, footer: str = "") -> bytes:
    """The report as a document: the same words, figures and charts as the page. Same report, same bytes."""
    files = {f"{b.name}.svg": b.svg.encode() for s in view.sections for b in s.blocks if b.svg}
    said = say(view.figures)
    previous = wording.year_name(view.period.previous()) if view.period.end else ""
    data = {
        "lang": (get_language() or "fr")[:2],
        "title": view.title,
        "lead": view.lead,
        "organisation": view.organisation.name,
        "period": wording.between(view.period),
        "year": wording.year_name(view.period),
        "previous": previous,
        "footer": footer or f"{view.organisation.name} · {view.title}",
        "demo": _("Données de démonstration") if view.is_demo else "",
        "state": _("Publié le %(day)s") % {"day": in_words(view.published_on)} if view.published_on else _("Brouillon"),
        "words": {
            "definitions": _("Ce que veut dire chaque chiffre"),
            "contents": _("Sommaire"),
            "target": _("Cible"),
        },
        "sections": [
            {"title": s.title, "blocks": [_pdf_block(b, said, previous) for b in s.blocks]} for s in view.sections
        ],
        "definitions": [{"name": f.name, "sentence": f.sentence} for f in view.figures.values()],
    }
    return pdf.render("indicators/report.typ", data, files=files)


def _pdf_block(block: BlockView, said: Any, previous: str) -> dict[str, Any]:
    compared = block.kind == "chart" and any(f.previous_parts for f in block.figures)
    decimals = block.figures[0].decimals if block.figures else 0
    return {
        "kind": block.kind,
        "title": block.title,
        "paragraphs": outline.bind_runs(block.text, said),
        "image": f"{block.name}.svg" if block.svg else "",
        "compared": _("En pâle : %(year)s.") % {"year": previous} if compared else "",
        "figures": [_pdf_figure(f) for f in block.figures] if block.kind == "figures" else [],
        "parts": [[p.label, figures.said(p.value, decimals)] for p in block.parts],
        "headings": list(block.table[0]),
        "rows": [list(row) for row in block.table[1]],
        "wide": _widest(block.table[1]),
    }


def _widest(rows: Sequence[Sequence[str]]) -> int:
    """The column that holds the most words: it takes the room that the others leave."""
    lengths = [sum(len(row[n]) for row in rows) for n in range(len(rows[0]))] if rows else [0]
    return lengths.index(max(lengths))


def _target(figure: FigureData) -> str:
    """« au moins 40 % »; nothing without a target."""
    if figure.target is None:
        return ""
    unit = "\u00a0%" if figure.unit == "%" else ""
    return f"{operator(figure.operator)} {figures.said(figure.target, figure.decimals)}{unit}".strip()


def _pdf_figure(figure: FigureData) -> dict[str, str]:
    return {
        "name": figure.name,
        "value": figures.said(figure.value, figure.decimals),
        "unit": figure.unit if figure.unit in ("%", "$") else "",
        "previous": "" if figure.previous is None else figures.said(figure.previous, figure.decimals),
        "change": signed(figure.change) if figure.change else "",
        "note": figure.note,
        "target": _target(figure),
    }
