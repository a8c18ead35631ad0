"""Figures with their rows, and tables of the pivot page, as workbooks. Scoped again by the account that asked."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from maillage.core import facts
from maillage.core.downloads import Work
from maillage.core.facts import BadFilter, Fact, FactContext
from maillage.core.period import Period
from maillage.core.sheets import Column, write_xlsx_to

from .. import access, compute, wording
from ..queries import figures
from ..queries.pivots import pivot as crossed

KINDS = {"date": "date", "money": "money", "number": "number"}
CHUNK = 2_000
LONG = 600.0  # seconds that a table may take in a file: one of many rows is made by a job
type Sheet = tuple[str, Sequence[Column], Any]


def params_of(asked: FactContext, **more: Any) -> dict[str, Any]:
    """A question as plain values, for a job to ask again."""
    period = asked.period
    return {
        "start": period.start.isoformat() if period else "",
        "end": period.end.isoformat() if period and period.end else "",
        "filters": {name: [str(v) for v in values] for name, values in asked.filters.items()},
        **more,
    }


def period_kept(start: str, end: str) -> Period | None:
    return Period(date.fromisoformat(start), date.fromisoformat(end) if end else None) if start else None


def _asked(
    organisation: Any, start: str, end: str, filters: Mapping[str, Sequence[str]]
) -> tuple[access.Scope, FactContext]:
    period = period_kept(start, end)
    scope = access.scope_of(organisation, period=period)
    return scope, scope.asks(period, filters={name: tuple(values) for name, values in filters.items()})


def figure(
    work: Work, *, user: Any, indicator: str, number: int, start: str, end: str, filters: dict[str, list[str]]
) -> None:
    """An indicator: what it says and means, a sheet a breakdown, its rows. Raises Http404."""
    version = figures.version_for(user=user, public_id=UUID(indicator), number=number)
    scope, asked = _asked(version.indicator.organisation, start, end, filters)
    counted = compute.fact_of(version)
    try:
        data = figures.figure(version, asked, dims=version.breakdowns)
        sheets = [
            _said(data.name, data.value, data.previous, data.unit, data.sentence, data.decimals, counted, asked),
            *(_parts(str(counted.dims[name].label), data.unit, parts) for name, parts in data.parts.items()),
        ]
        if scope.shows_rows:
            sheets.append(_rows(work, counted, compute.rows(version, asked)))
    except BadFilter as error:
        raise Http404 from error
    write_xlsx_to(work.file, sheets, title=data.name)


def fact(
    work: Work,
    *,
    user: Any,
    fact: str,
    counted: str,
    organisation: str,
    start: str,
    end: str,
    filters: dict[str, list[str]],
) -> None:
    """What the pivot page opens: a fact and the rows that it counts. Raises Http404."""
    found = access.organisation_asked(user=user, public_id=organisation)
    if found is None:
        raise Http404
    chosen = _fact(fact, counted)
    scope, asked = _asked(found, start, end, filters)
    try:
        value = chosen.value(asked)
        sentence = wording.counted(chosen, asked.filters, distinct=counted)
        number = None if value is None else Decimal(value)
        name, unit = str(chosen.label), str(chosen.unit)
        sheets = [_said(name, number, None, unit, sentence, chosen.decimals, chosen, asked)]
        if scope.shows_rows:
            sheets.append(_rows(work, chosen, chosen.ordered(asked)))
    except BadFilter as error:
        raise Http404 from error
    write_xlsx_to(work.file, sheets, title=name)


def _fact(key: str, counted: str) -> Fact:
    try:
        found = facts.get(key)
        return found.counting(counted) if counted else found
    except (KeyError, BadFilter) as error:
        raise Http404 from error


def _said(
    name: str,
    value: Decimal | None,
    previous: Decimal | None,
    unit: str,
    sentence: str,
    decimals: int,
    fact: Fact,
    asked: FactContext,
) -> Sheet:
    kept = [(str(fact.dims[n].label), wording.values_of(fact, n, values)) for n, values in asked.filters.items()]
    return (
        _("Chiffre"),
        [Column(_("Élément"), width=28), Column(_("Valeur"), width=80)],
        [
            (_("Indicateur"), name),
            (_("Valeur"), figures.said(value, decimals)),
            (_("Unité"), unit),
            *([(_("Période précédente"), figures.said(previous, decimals))] if previous is not None else []),
            (_("Période"), wording.between(asked.period) if asked.period else ""),
            *kept,
            (_("Définition"), sentence),
        ],
    )


def _parts(label: str, unit: str, parts: Sequence[Any]) -> Sheet:
    columns = [Column(label, width=36), Column(unit or _("Valeur"), "number")]
    return label, columns, [(p.label, p.value) for p in parts]


def _rows(work: Work, fact: Fact, rows: QuerySet[Any]) -> Sheet:
    columns = [Column(str(c.label), KINDS.get(c.kind, "text"), 24) for c in fact.row_columns]
    total = rows.order_by().count()
    return _("Lignes"), columns, work.counting(cells(fact, rows), total=total)


def cells(fact: Fact, rows: QuerySet[Any]) -> Iterator[list[Any]]:
    """The shown columns of rows, read through a cursor of the server: the memory does not grow with them."""
    columns = fact.row_columns
    for row in rows.values_list(*[c.path for c in columns]).iterator(chunk_size=CHUNK):
        yield [
            value if c.kind in KINDS and c.choices is None else figures.cell(c, value)
            for c, value in zip(columns, row, strict=True)
        ]


def pivot(
    work: Work,
    *,
    user: Any,
    fact: str,
    counted: str,
    organisation: str,
    rows: str,
    columns: str,
    start: str,
    end: str,
    filters: dict[str, list[str]],
) -> None:
    """The table of the pivot page as it stands, its totals counted again. Raises Http404, TooWide."""
    found = access.organisation_asked(user=user, public_id=organisation)
    if found is None:
        raise Http404
    chosen = _fact(fact, counted)
    scope, asked = _asked(found, start, end, filters)
    if not {rows, columns} - {""} <= set(wording.dims_for(chosen, shows_rows=scope.shows_rows)):
        raise Http404
    try:
        table = crossed(chosen, asked, rows=rows, columns=columns, budget=LONG)
    except BadFilter as error:
        raise Http404 from error
    headings = [Column(str(chosen.dims[rows].label), width=36)]
    headings += [Column(label, "number", max(12, min(len(label) + 2, 28))) for _key, label in table.columns]
    headings += [Column(_("Total"), "number")]
    body = [
        [label, *(table.cells.get(key, {}).get(c) for c, _l in table.columns), table.row_totals[key]]
        for key, label in table.rows
    ]
    body.append([_("Total"), *(table.column_totals.get(c) for c, _l in table.columns), table.total])
    sentence = wording.counted(chosen, asked.filters, distinct=counted)
    value = None if table.total is None else Decimal(table.total)
    said = _said(str(chosen.label), value, None, str(chosen.unit), sentence, chosen.decimals, chosen, asked)
    write_xlsx_to(work.file, [(_("Tableau"), headings, body), said], title=str(chosen.label))
