"""Indicators computed from facts: what a version means for a question (organisations, period, territories, filters)."""

import json
import zlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet
from django.utils.translation import get_language

from maillage.core import facts
from maillage.core.facts import BadFilter, CountDistinct, Fact, FactContext
from maillage.core.period import Period

from .models import IndicatorVersion, PeriodRule
from .types import Part

BEGINNING = date(1900, 1, 1)


def fact_of(version: IndicatorVersion) -> Fact:
    """The fact, counting the version's distinct key. KeyError, BadFilter."""
    fact = facts.get(version.fact)
    return fact.counting(version.distinct) if version.distinct else fact


def denominator_of(version: IndicatorVersion) -> Fact | None:
    if not version.denominator_fact:
        return None
    fact = facts.get(version.denominator_fact)
    return fact.counting(version.denominator_distinct) if version.denominator_distinct else fact


def context_of(version: IndicatorVersion, asked: FactContext, *, denominator: bool = False) -> FactContext:
    """The question with the version's own filters and period rule. A filter asked twice keeps what both keep."""
    own = version.denominator_filters if denominator else version.filters
    merged: dict[str, tuple[Any, ...]] = {name: tuple(values) for name, values in own.items()}
    for name, values in asked.filters.items():
        mine = {str(v) for v in merged[name]} if name in merged else None
        merged[name] = tuple(v for v in values if mine is None or str(v) in mine)
    if version.indicator.agreement_id is not None:
        merged["agreement"] = (version.indicator.agreement_id,)
    return replace(asked, filters=merged, period=period_for(version, asked.period))


def period_for(version: IndicatorVersion, asked: Period | None) -> Period | None:
    """The dates that the version counts when `asked` is the period of the question."""
    rule = version.period_rule
    if rule == PeriodRule.FIXED and version.fixed_start:
        return Period(version.fixed_start, version.fixed_end)
    if asked is None or rule == PeriodRule.PERIOD:
        return asked
    if rule == PeriodRule.CALENDAR_YEAR:
        return Period(date(asked.start.year, 1, 1), date(asked.start.year + 1, 1, 1))
    if rule == PeriodRule.MONTHS and asked.end and version.months:
        return Period(_months_before(asked.end, version.months), asked.end)
    return Period(BEGINNING, asked.end)


def _months_before(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 - months
    return date(index // 12, index % 12 + 1, min(day.day, 28))


def value(version: IndicatorVersion, asked: FactContext) -> Decimal | None:
    """The figure; None for a ratio over nothing. BadFilter when a fact cannot be split as asked."""
    top = fact_of(version).value(context_of(version, asked))
    bottom_fact = denominator_of(version)
    if bottom_fact is None:
        return _scaled(version, top)
    bottom = bottom_fact.value(context_of(version, asked, denominator=True))
    return _scaled(version, Decimal(top or 0) / Decimal(bottom)) if bottom else None


def values(asks: Sequence[tuple[IndicatorVersion, FactContext]]) -> list[Decimal | None]:
    """`value(version, asked)` of each, reading each kind of rows once. BadFilter."""
    terms: list[tuple[Fact, FactContext]] = []
    for version, asked in asks:
        terms.append((fact_of(version), context_of(version, asked)))
        below = denominator_of(version)
        if below is not None:
            terms.append((below, context_of(version, asked, denominator=True)))
    numbers = iter(facts.values(terms))
    found: list[Decimal | None] = []
    for version, _asked in asks:
        top = next(numbers)
        if version.denominator_fact:
            bottom = next(numbers)
            found.append(_scaled(version, Decimal(top or 0) / Decimal(bottom)) if bottom else None)
        else:
            found.append(_scaled(version, top))
    return found


def _scaled(version: IndicatorVersion, number: int | Decimal | None) -> Decimal | None:
    return None if number is None else Decimal(number) * version.factor


def previous_value(version: IndicatorVersion, asked: FactContext) -> Decimal | None:
    """The same question about the period before; None when the version's dates are fixed or the period is open."""
    if version.period_rule == PeriodRule.FIXED or asked.period is None or asked.period.end is None:
        return None
    return value(version, asked.previous())


SMALL = 5
"""Fewer enterprises than that, in common to two organisations, could be recognised."""


def tells_few(version: IndicatorVersion, summed: Decimal, counted: Decimal | None) -> bool:
    """Whether the figures of several organisations, beside their total, tell that 1 to 4 enterprises are shared."""
    distinct = isinstance(fact_of(version).measure, CountDistinct)
    return distinct and 0 < summed - (counted or 0) < SMALL


def parts(version: IndicatorVersion, asked: FactContext, dimension: str, *, limit: int | None = None) -> list[Part]:
    """The figure by the values of one dimension, each recomputed. By organisation, they have no value when adding them
    up would tell of few enterprises (`tells_few`)."""
    found = _parts(version, asked, dimension, limit)
    if dimension == "organisation" and len(asked.organisation_ids or ()) > 1:
        summed = sum((part.value for part in found if part.value is not None), Decimal(0))
        if tells_few(version, summed, value(version, asked)):
            return [replace(part, value=None) for part in found]
    return found


def by_organisation(version: IndicatorVersion, asked: FactContext) -> list[Part]:
    """As `parts`, with every value: for what says by itself what it keeps quiet."""
    return _parts(version, asked, "organisation", None)


def _parts(version: IndicatorVersion, asked: FactContext, dimension: str, limit: int | None) -> list[Part]:
    top = fact_of(version).breakdown(context_of(version, asked), [dimension], limit=limit)
    bottom_fact = denominator_of(version)
    if bottom_fact is None:
        return [Part(_plain(c.keys[0]), c.labels[0], _scaled(version, c.value)) for c in top]
    over = bottom_fact.breakdown(context_of(version, asked, denominator=True), [dimension])
    above = {c.keys[0]: c.value for c in top}
    return [
        Part(
            _plain(c.keys[0]),
            c.labels[0],
            _scaled(version, Decimal(above.get(c.keys[0]) or 0) / Decimal(c.value)) if c.value else None,
        )
        for c in over
    ]


def _plain(key: Any) -> Any:
    return key.isoformat() if isinstance(key, date) else key


def rows(version: IndicatorVersion, asked: FactContext) -> QuerySet[Any]:
    """The rows that the figure counts, the latest first."""
    return fact_of(version).ordered(context_of(version, asked))


def denominator_rows(version: IndicatorVersion, asked: FactContext) -> QuerySet[Any] | None:
    fact = denominator_of(version)
    return None if fact is None else fact.rows(context_of(version, asked, denominator=True))


def splits(version: IndicatorVersion) -> list[str]:
    """The dimensions by which the figure can be split: those of both facts of a ratio."""
    names = list(fact_of(version).dims)
    below = denominator_of(version)
    return names if below is None else [n for n in names if n in below.dims]


# --- snapshots -------------------------------------------------------------------------------


def snapshot(version: IndicatorVersion, asked: FactContext) -> tuple[list[int], bytes]:
    """The keys of the rows and their shown values, compact: what a published figure keeps."""
    fact = fact_of(version)
    paths = [c.path for c in fact.row_columns]
    found = rows(version, asked)
    if isinstance(fact.measure, facts.CountDistinct):
        found, paths = found.annotate(_counted=fact.measure.key()), [*paths, "_counted"]
    data = list(found.values_list("pk", *paths))
    kept = {"columns": paths, "rows": [list(row[1:]) for row in data]}
    return [row[0] for row in data], zlib.compress(json.dumps(kept, cls=DjangoJSONEncoder).encode(), 6)


def unpack(kept: bytes | memoryview) -> tuple[list[str], list[list[Any]]]:
    """The column paths and the values of a snapshot."""
    if not kept:
        return [], []
    read = json.loads(zlib.decompress(bytes(kept)))
    return read["columns"], read["rows"]


def plain(values: Sequence[Any]) -> list[Any]:
    """Values as a snapshot keeps them, to compare with."""
    read: list[Any] = json.loads(json.dumps(list(values), cls=DjangoJSONEncoder))
    return read


# --- language --------------------------------------------------------------------------------


def english() -> bool:
    return (get_language() or "fr").startswith("en")


def name_of(version: IndicatorVersion) -> str:
    return version.name_en if english() and version.name_en else version.name


def note_of(version: IndicatorVersion) -> str:
    return version.note_en if english() and version.note_en else version.note


def unit_of(version: IndicatorVersion) -> str:
    return version.unit_en if english() and version.unit_en else version.unit


__all__ = [
    "BadFilter",
    "context_of",
    "denominator_of",
    "denominator_rows",
    "english",
    "fact_of",
    "name_of",
    "note_of",
    "parts",
    "period_for",
    "plain",
    "previous_value",
    "rows",
    "snapshot",
    "splits",
    "unit_of",
    "unpack",
    "value",
    "values",
]
