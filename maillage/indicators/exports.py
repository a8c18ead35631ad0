"""Figures and reports that leave: workbooks, PDF, pictures for slides."""

import io
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from maillage.core import charts, pdf
from maillage.core.facts import FactContext
from maillage.core.sheets import Column, write_xlsx

from . import compute, wording
from .models import IndicatorVersion
from .queries import figures
from .queries.reports import say
from .types import BlockView, FigureData, ReportView

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS = {"date": "date", "money": "money", "number": "number"}


def figure_workbook(version: IndicatorVersion, asked: FactContext, *, rows: bool) -> bytes:
    """Three kinds of sheets: the figure and its meaning, one a breakdown, the rows (if they may leave)."""
    fact = compute.fact_of(version)
    data = figures.figure(version, asked, dims=version.breakdowns)
    sheets: list[tuple[str, Sequence[Column], Any]] = [
        (
            _("Chiffre"),
            [Column(_("Élément"), width=28), Column(_("Valeur"), width=80)],
            [
                (_("Indicateur"), data.name),
                (_("Valeur"), figures.said(data.value, data.decimals)),
                (_("Unité"), data.unit),
                (_("Période précédente"), figures.said(data.previous, data.decimals)),
                (_("Période"), wording.between(asked.period) if asked.period else ""),
                (_("Définition"), data.sentence),
            ],
        )
    ]
    for name, parts in data.parts.items():
        label = str(fact.dims[name].label)
        sheets.append(
            (
                label,
                [Column(label, width=36), Column(data.unit or _("Valeur"), "number")],
                [(p.label, p.value) for p in parts],
            )
        )
    if rows:
        columns = [Column(str(c.label), KINDS.get(c.kind, "text"), 24) for c in fact.row_columns]
        sheets.append((_("Lignes"), columns, _cells(version, asked)))
    return write_xlsx(sheets, title=data.name)


def _cells(version: IndicatorVersion, asked: FactContext) -> Iterator[list[Any]]:
    columns = compute.fact_of(version).row_columns
    for row in compute.rows(version, asked).values_list(*[c.path for c in columns]).iterator(chunk_size=5000):
        yield [
            value if c.kind in KINDS and c.choices is None else figures.cell(c, value)
            for c, value in zip(columns, row, strict=True)
        ]


# --- reports ---------------------------------------------------------------------------------


def report_workbook(view: ReportView) -> bytes:
    """The figures of a report on one sheet, its charts and tables on the others."""
    figures_sheet = (
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
    sheets: list[tuple[str, Sequence[Column], Any]] = [figures_sheet]
    taken: set[str] = set()
    for section in view.sections:
        sheets += [_block_sheet(block, taken) for block in section.blocks if block.kind in ("chart", "table")]
    return write_xlsx(sheets, title=view.title, made_on=view.published_on)


def _block_sheet(block: BlockView, taken: set[str]) -> tuple[str, Sequence[Column], Any]:
    name = block.title[:26]
    while name in taken:
        name = f"{block.title[:24]} {len(taken)}"
    taken.add(name)
    if block.kind == "table":
        return name, [Column(h, width=30) for h in block.table[0]], block.table[1]
    return (
        name,
        [Column(_("Territoire"), width=30), Column(_("Valeur"), "number")],
        [(p.label, p.value) for p in block.parts],
    )


def report_pictures(view: ReportView) -> bytes:
    """A ZIP of every chart and map of a report, as SVG and as PNG wide enough for slides."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for section in view.sections:
            for block in section.blocks:
                if block.svg:
                    archive.writestr(zipfile.ZipInfo(f"{block.name}.svg"), block.svg)
                    archive.writestr(zipfile.ZipInfo(f"{block.name}.png"), charts.png(block.svg, scale=3))
    return buffer.getvalue()


def report_pdf(view: ReportView, *, footer: str = "") -> bytes:
    """The report as a document: the same words, figures and charts as the page. Same report, same bytes."""
    files = {f"{b.name}.svg": b.svg.encode() for s in view.sections for b in s.blocks if b.svg}
    said = say(view.figures)
    data = {
        "lang": (get_language() or "fr")[:2],
        "title": view.title,
        "lead": view.lead,
        "organisation": view.organisation.name,
        "period": wording.between(view.period),
        "year": wording.year_name(view.period),
        "previous": wording.year_name(view.period.previous()) if view.period.end else "",
        "footer": footer or f"{view.organisation.name} · {view.title}",
        "demo": _("Données de démonstration") if view.is_demo else "",
        "state": _("Publié le %(day)s") % {"day": view.published_on} if view.published_on else _("Brouillon"),
        "words": {
            "definitions": _("Ce que veut dire chaque chiffre"),
            "contents": _("Sommaire"),
            "target": _("Cible"),
        },
        "sections": [{"title": s.title, "blocks": [_pdf_block(b, said) for b in s.blocks]} for s in view.sections],
        "definitions": [{"name": f.name, "sentence": f.sentence} for f in view.figures.values()],
    }
    return pdf.render("indicators/report.typ", data, files=files)


def _pdf_block(block: BlockView, said: Any) -> dict[str, Any]:
    from .outline import bind

    return {
        "kind": block.kind,
        "title": block.title,
        "text": bind(block.text, said),
        "image": f"{block.name}.svg" if block.svg else "",
        "figures": [_pdf_figure(f) for f in block.figures] if block.kind == "figures" else [],
        "headings": list(block.table[0]),
        "rows": [list(row) for row in block.table[1]],
    }


def _pdf_figure(figure: FigureData) -> dict[str, str]:
    return {
        "name": figure.name,
        "value": figures.said(figure.value, figure.decimals),
        "unit": figure.unit if figure.unit in ("%", "$") else "",
        "previous": "" if figure.previous is None else figures.said(figure.previous, figure.decimals),
        "note": figure.note,
        "target": "" if figure.target is None else f"{figure.operator} {figures.said(figure.target, figure.decimals)}",
    }
