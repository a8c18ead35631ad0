"""Facts: what a context can be counted by. A figure is computed from rows of work, and opens on the same rows.

A context declares its facts in `facts.py` and registers them there; `indicators` imports every `facts` module.

    INTERVENTIONS = register(Fact(
        key="interventions", label=_("Interventions"), unit=_("interventions"),
        rows=lambda ctx: Party.objects.filter(role="beneficiary", intervention__state="done"),
        measure=CountDistinct("intervention_id", label="intervention__title"),
        period=InPeriod("occurred_on"), organisation="organisation", territory="mrc",
        dims={"stream": Dimension("stream_id", _("Volet"), display="stream__name")},
        row_columns=(Column("occurred_on", _("Date")), Column("enterprise__name", _("Entreprise"))),
        row_url=RowUrl("accompaniment:intervention", "intervention__public_id"),
    ))

`value(ctx)` is always the measure of `rows(ctx)`, computed in one SQL statement; `Measure.over(rows)` computes it
a second time in Python, for the tests. Every path follows columns and forward foreign keys of the row, so nothing
fans out. What changes over time (MRC, sector) is read from the columns frozen on the row.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

from django.core.exceptions import FieldError, ValidationError
from django.db import models
from django.db.models import Aggregate, F, Q, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, NullIf, TruncMonth, TruncYear
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .period import Period

__all__ = [
    "Always",
    "AsOf",
    "BadFilter",
    "Cell",
    "Column",
    "Count",
    "CountDistinct",
    "Dimension",
    "Entered",
    "Fact",
    "FactContext",
    "InPeriod",
    "Overlaps",
    "Ratio",
    "Rollup",
    "RowUrl",
    "Sum",
    "canonical",
    "get",
    "register",
    "registered",
    "values",
]

type Label = Any  # str, or a lazy translation
type Number = int | Decimal | None


class BadFilter(ValueError):
    """A filter names an unknown dimension, or a value that the dimension cannot have."""


class Rollup(StrEnum):
    """How the figures of parts make the figure of the whole."""

    SUM = "sum"  # parts add up
    RECOMPUTE = "recompute"  # distinct counts: never add, count again
    LAST = "last"  # the latest observation
    RATIO = "ratio"  # recompute both terms


SUM, RECOMPUTE, LAST, RATIO = Rollup.SUM, Rollup.RECOMPUTE, Rollup.LAST, Rollup.RATIO


@dataclass(frozen=True)
class FactContext:
    """What a figure is asked for. `organisation_ids=None` is everything: only for the platform and for tests.

    `filters` maps the name of a dimension to the values kept (any of them), as strings or keys;
    "" keeps the rows without a value.
    """

    organisation_ids: tuple[int, ...] | None = None
    period: Period | None = None
    territory_ids: tuple[int, ...] = ()
    filters: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    def narrowed(self, **filters: Any) -> "FactContext":
        """The same context with more filters; a value or a tuple of values each."""
        wanted = {k: v if isinstance(v, tuple) else (v,) for k, v in filters.items()}
        return replace(self, filters={**self.filters, **wanted})

    def _key(self) -> tuple[Any, ...]:
        return (self.organisation_ids, self.period, self.territory_ids)

    def previous(self) -> "FactContext":
        """The same question about the period before. Raises ValueError without a closed period."""
        if self.period is None:
            raise ValueError("no period")
        return replace(self, period=self.period.previous())


# --- what is measured ------------------------------------------------------------------------


def canonical(path: str) -> Coalesce:
    """The key of the organisation at `path`, or of the one it was merged into: duplicates count once."""
    key = path.removesuffix("_id")
    return Coalesce(f"{key}__merged_into_id", f"{key}_id")


class Measure(Protocol):
    """One number over rows: `expression()` in SQL, `over(rows)` the same in Python."""

    @property
    def rollup(self) -> Rollup: ...

    def expression(self) -> Combinable: ...

    def over(self, rows: QuerySet[Any]) -> Number: ...


@dataclass(frozen=True)
class Count:
    """The number of rows."""

    rollup: Rollup = Rollup.SUM

    def expression(self) -> Aggregate:
        return models.Count("pk")

    def over(self, rows: QuerySet[Any]) -> Number:
        return len(list(rows.values_list("pk")))


@dataclass(frozen=True)
class CountDistinct:
    """The number of different values at `path`, none counted for null. `label` is the path of a name for one of them.

    `canonical=True`: `path` leads to an organisation, and merged duplicates count once.
    """

    path: str
    label: str = ""
    canonical: bool = False
    rollup: Rollup = Rollup.RECOMPUTE

    def key(self) -> Combinable:
        return canonical(self.path) if self.canonical else F(self.path)

    def name(self) -> Combinable:
        """What the drill-down calls one of them."""
        if self.canonical:
            key = self.path.removesuffix("_id")
            return Coalesce(f"{key}__merged_into__name", f"{key}__name")
        return Cast(F(self.label or self.path), models.TextField())

    def expression(self) -> Aggregate:
        return models.Count(self.key(), distinct=True)

    def over(self, rows: QuerySet[Any]) -> Number:
        return len({k for (k,) in rows.annotate(_key=self.key()).values_list("_key") if k is not None})


@dataclass(frozen=True)
class Sum:
    """The sum at `path`, 0 over no rows. `decimals` shown."""

    path: str
    decimals: int = 0
    rollup: Rollup = Rollup.SUM

    def expression(self) -> Coalesce:
        zero = models.Value(Decimal(0), output_field=models.DecimalField(max_digits=20, decimal_places=4))
        total = models.Sum(Cast(F(self.path), models.DecimalField(max_digits=20, decimal_places=4)))
        return Coalesce(total, zero)

    def over(self, rows: QuerySet[Any]) -> Number:
        return sum((Decimal(v) for (v,) in rows.values_list(self.path) if v is not None), Decimal(0))


@dataclass(frozen=True)
class Ratio:
    """One measure over another of the same rows, as a fraction; None over nothing."""

    numerator: "Count | CountDistinct | Sum"
    denominator: "Count | CountDistinct | Sum"
    where: Q | None = None  # restricts the numerator
    rollup: Rollup = Rollup.RATIO

    def expression(self) -> Combinable:
        of = models.DecimalField(max_digits=24, decimal_places=8)
        top = _filtered(self.numerator, self.where)
        return Cast(top, of) / NullIf(Cast(self.denominator.expression(), of), Decimal(0))

    def over(self, rows: QuerySet[Any]) -> Number:
        bottom = self.denominator.over(rows)
        if not bottom:
            return None
        top = self.numerator.over(rows.filter(self.where) if self.where is not None else rows)
        return Decimal(top or 0) / Decimal(bottom)


def _filtered(measure: "Count | CountDistinct | Sum | Ratio", where: Q | None) -> Combinable:
    """The measure over the rows that meet a condition."""
    if where is None:
        return measure.expression()
    if isinstance(measure, Ratio):
        both = where if measure.where is None else where & measure.where
        of = models.DecimalField(max_digits=24, decimal_places=8)
        below = Cast(_filtered(measure.denominator, where), of)
        return Cast(_filtered(measure.numerator, both), of) / NullIf(below, Decimal(0))
    if isinstance(measure, Sum):
        zero = models.Value(Decimal(0), output_field=models.DecimalField(max_digits=20, decimal_places=4))
        path = Cast(F(measure.path), models.DecimalField(max_digits=20, decimal_places=4))
        return Coalesce(models.Sum(path, filter=where), zero)
    if isinstance(measure, CountDistinct):
        return models.Count(measure.key(), distinct=True, filter=where)
    return models.Count("pk", filter=where)


# --- when rows belong to a period ------------------------------------------------------------


class PeriodRule(Protocol):
    def where(self, period: Period) -> Q: ...

    @property
    def date_path(self) -> str | None:
        """The date that a row is sorted and grouped by, if it has one."""
        ...


@dataclass(frozen=True)
class InPeriod:
    """The date at `path` is in the period. `at=True` when the column is a date and time (midnights are Toronto's)."""

    path: str
    at: bool = False

    @property
    def date_path(self) -> str | None:
        return self.path

    def _edge(self, day: date) -> date | datetime:
        return timezone.make_aware(datetime.combine(day, time.min)) if self.at else day

    def where(self, period: Period) -> Q:
        inside = Q(**{f"{self.path}__gte": self._edge(period.start)})
        return inside if period.end is None else inside & Q(**{f"{self.path}__lt": self._edge(period.end)})


@dataclass(frozen=True)
class Overlaps:
    """The date range at `path` overlaps the period."""

    path: str
    date_path: str | None = None

    def where(self, period: Period) -> Q:
        return Q(**{f"{self.path}__overlap": (period.start, period.end)})


@dataclass(frozen=True)
class AsOf:
    """The date range at `path` contains the last day of the period."""

    path: str
    date_path: str | None = None

    def where(self, period: Period) -> Q:
        last = period.end - timedelta(days=1) if period.end else period.start
        return Q(**{f"{self.path}__contains": last})


@dataclass(frozen=True)
class Always:
    """The period does not matter."""

    date_path: str | None = None

    def where(self, period: Period) -> Q:
        return Q()


# --- how rows are shown and split ------------------------------------------------------------


@dataclass(frozen=True)
class Dimension:
    """A way to split rows: the key at `path`, its name at `display` or in `choices` (key → label).

    `organisation=True`: `path` leads to an organisation; merged duplicates are one.
    `many=True`: `path` crosses a to-many relation with unique pairs (an intervention and its agreements): a row counts
    in each of its parts, so parts do not add up, and a filter keeps the rows that have any of the values.
    """

    path: str
    label: Label
    display: str = ""
    choices: Any = None
    organisation: bool = False
    many: bool = False

    @property
    def named(self) -> bool:
        """Whether the name is another column than the key."""
        return bool(self.organisation or self.display)

    def key(self) -> Combinable:
        return canonical(self.path) if self.organisation else F(self.path)

    def name(self) -> Combinable:
        if self.organisation:
            key = self.path.removesuffix("_id")
            return Coalesce(f"{key}__merged_into__name", f"{key}__name")
        return F(self.display or self.path)

    def label_of(self, value: Any) -> str:
        if value is None or value == "":
            return str(_("non précisé"))
        if self.choices is not None:
            known = self.choices() if callable(self.choices) and not isinstance(self.choices, type) else self.choices
            pairs = getattr(known, "choices", known)
            return str(dict(pairs).get(value, value))
        if isinstance(value, bool):
            return str(_("oui")) if value else str(_("non"))
        return str(value)


@dataclass(frozen=True)
class Month:
    """The months, or the years, of the fact's date."""

    path: str
    label: Label
    year: bool = False
    named = False
    many = False

    def key(self) -> Combinable:
        trunc = TruncYear if self.year else TruncMonth
        return trunc(self.path, output_field=models.DateField())

    name = key

    def label_of(self, value: Any) -> str:
        return str(_("sans date")) if value is None else f"{value:%Y}" if self.year else f"{value:%Y-%m}"


@dataclass(frozen=True)
class Column:
    """A column of the drill-down and of the export. `kind`: text, date, number, money, choice (then `choices`)."""

    path: str
    label: Label
    kind: str = "text"
    choices: Any = None


@dataclass(frozen=True)
class RowUrl:
    """Where a row opens: `reverse(name, args=[value at path])`."""

    name: str
    path: str


@dataclass(frozen=True)
class Entered:
    """When a row was entered and by which account: what a report's drift tells. Paths on the row."""

    at: str = "created_at"
    by: str = ""


@dataclass(frozen=True)
class Cell:
    """One part of a breakdown. `keys` in the order of the dimensions asked, `labels` beside."""

    keys: tuple[Any, ...]
    labels: tuple[str, ...]
    value: Number


class Fact:
    """Rows of work that count, and the measure over them. Immutable once registered.

    `rows(ctx)` given here need not filter by organisation, period, territory or dimensions: the paths do it.
    It may read `ctx.period`, for a condition on something else in the same period.
    """

    def __init__(
        self,
        *,
        key: str,
        label: Label,
        rows: Callable[[FactContext], QuerySet[Any]],
        measure: Count | CountDistinct | Sum | Ratio,
        period: InPeriod | Overlaps | AsOf | Always,
        organisation: str | None = "organisation",
        territory: str | None = None,
        dims: Mapping[str, Dimension] | None = None,
        rollup: Rollup | None = None,
        help: Label = "",
        unit: Label = "",
        row_columns: Sequence[Column] = (),
        row_url: RowUrl | None = None,
        entered: Entered | None = None,
        decimals: int | None = None,
        group: Label = "",
    ) -> None:
        self.key, self.label, self.help, self.unit, self.group = key, label, help, unit, group
        self.source, self.period_rule = rows, period
        self.measure: Count | CountDistinct | Sum | Ratio = measure
        self.organisation, self.territory = organisation, territory
        self.rollup = rollup or measure.rollup
        self.row_columns, self.row_url, self.entered = tuple(row_columns), row_url, entered
        self.decimals = decimals if decimals is not None else getattr(measure, "decimals", 0)
        self.dims: dict[str, Dimension | Month] = dict(dims or {})
        if territory:
            self.dims.setdefault("territory", Dimension(f"{territory}_id", _("MRC"), display=f"{territory}__name"))
        if organisation:
            self.dims.setdefault("organisation", Dimension(f"{organisation}_id", _("Organisme"), organisation=True))
        if period.date_path:
            self.dims.setdefault("month", Month(period.date_path, _("Mois")))
            self.dims.setdefault("year", Month(period.date_path, _("Année civile"), year=True))

    def __repr__(self) -> str:
        return f"<Fact {self.key}>"

    def counting(self, dimension: str) -> "Fact":
        """The same rows, counting the different values of one of its dimensions (55 enterprises, 9 MRC). BadFilter."""
        chosen = self.dimension(dimension)
        if isinstance(chosen, Month) or chosen.many:
            raise BadFilter(f"{self.key} does not count {dimension}")
        twin = copy(self)
        twin.measure = CountDistinct(chosen.path, label=chosen.display, canonical=chosen.organisation)
        twin.rollup, twin.decimals = Rollup.RECOMPUTE, 0
        return twin

    def rows(self, ctx: FactContext) -> QuerySet[Any]:
        """The rows that count, unordered. Raises BadFilter."""
        rows = self.source(ctx)
        if ctx.organisation_ids is not None and self.organisation:
            rows = rows.filter(**{f"{self.organisation}__in": ctx.organisation_ids})
        if ctx.period is not None:
            rows = rows.filter(self.period_rule.where(ctx.period))
        if ctx.territory_ids:
            if not self.territory:
                raise BadFilter(f"{self.key} has no territory")
            rows = rows.filter(**{f"{self.territory}__in": ctx.territory_ids})
        for name, values in ctx.filters.items():
            rows = self._kept(rows, name, values)
        return rows

    def value(self, ctx: FactContext) -> Number:
        """The figure, in one statement. None only for a ratio over nothing."""
        found: Number = self.rows(ctx).order_by().aggregate(value=self.measure.expression())["value"]
        return found

    def breakdown(self, ctx: FactContext, dims: Sequence[str], *, limit: int | None = None) -> list[Cell]:
        """The figure by `dims`, each part recomputed, in one statement; ordered by the names. Raises BadFilter."""
        wanted = [self.dimension(name) for name in dims]
        keys = {f"_k{n}": d.key() for n, d in enumerate(wanted)}
        names = {f"_n{n}": models.Max(d.name()) for n, d in enumerate(wanted) if d.named}
        grouped = self.rows(ctx).order_by().annotate(**keys).values(*keys)
        shown = [f"_n{n}" if d.named else f"_k{n}" for n, d in enumerate(wanted)]
        parts = grouped.annotate(_value=self.measure.expression(), **names).order_by(*shown, *keys)
        found = parts[:limit] if limit else parts
        return [
            Cell(
                keys=tuple(row[k] for k in keys),
                labels=tuple(d.label_of(row[n]) for d, n in zip(wanted, shown, strict=True)),
                value=row["_value"],
            )
            for row in found
        ]

    def entities(self, ctx: FactContext) -> QuerySet[Any]:
        """For a distinct count: one dict per thing counted, `{"key", "name", "rows"}`, by name. TypeError otherwise."""
        if not isinstance(self.measure, CountDistinct):
            raise TypeError(f"{self.key} does not count distinct things")
        rows = self.rows(ctx).order_by().annotate(key=self.measure.key()).exclude(key=None)
        grouped = rows.values("key").annotate(name=models.Max(self.measure.name()), rows=models.Count("pk"))
        found: QuerySet[Any] = grouped.order_by("name", "key")
        return found

    def ordered(self, ctx: FactContext) -> QuerySet[Any]:
        """`rows(ctx)`, the latest first."""
        path = self.period_rule.date_path
        return self.rows(ctx).order_by(*([f"-{path}"] if path else []), "-pk")

    def dimension(self, name: str) -> "Dimension | Month":
        """Raises BadFilter."""
        if name not in self.dims:
            raise BadFilter(f"{self.key} is not split by {name}")
        return self.dims[name]

    def _kept(self, rows: QuerySet[Any], name: str, values: Iterable[Any]) -> QuerySet[Any]:
        rows, wanted = self.where(rows, name, values)
        try:
            return rows.filter(wanted)
        except (ValueError, TypeError, ValidationError, FieldError) as error:
            raise BadFilter(f"{self.key}: {name} cannot be {list(values)!r}") from error

    def where(self, rows: QuerySet[Any], name: str, values: Iterable[Any]) -> tuple[QuerySet[Any], Q]:
        """`rows` with what the condition needs, and the condition that keeps `values` of a dimension. BadFilter."""
        dimension = self.dimension(name)
        given = list(values)
        some = [v for v in given if v is not None and v != ""]
        if dimension.many:
            return rows, self._related(rows, dimension, some, without=len(some) < len(given))
        alias = f"_f_{self.key}_{name}"
        try:
            annotated = rows.annotate(**{alias: dimension.key()})
            wanted = Q(**{f"{alias}__in": some}) if some else Q(pk__in=[])
            if len(some) < len(given):
                wanted |= Q(**{f"{alias}__isnull": True})
                column = annotated.query.annotations[alias].output_field
                if isinstance(column, models.CharField | models.TextField):
                    wanted |= Q(**{alias: ""})
        except (ValueError, TypeError, ValidationError, FieldError) as error:
            raise BadFilter(f"{self.key}: {name} cannot be {given!r}") from error
        return annotated, wanted

    def _related(self, rows: QuerySet[Any], dimension: "Dimension | Month", some: list[Any], *, without: bool) -> Q:
        every = rows.model._default_manager.all()
        try:
            wanted = Q(pk__in=every.filter(**{f"{dimension.path}__in": some}).values("pk")) if some else Q(pk__in=[])
        except (ValueError, TypeError, ValidationError, FieldError) as error:
            raise BadFilter(f"{self.key}: {dimension.path} cannot be {some!r}") from error
        if without:
            wanted |= ~Q(pk__in=every.exclude(**{dimension.path: None}).values("pk"))
        return wanted

    def _together(self, ctx: FactContext) -> Any:
        """What figures have in common when one statement can compute them all."""
        return (self.source, self.organisation, self.territory, self.period_rule, replace(ctx, filters={})._key())


def values(asks: Sequence[tuple[Fact, FactContext]]) -> list[Number]:
    """`fact.value(ctx)` of each, with one statement for all those that count the same rows: a report of sixty figures
    reads each kind of rows once. Raises BadFilter.
    """
    found: list[Number] = [None] * len(asks)
    groups: dict[Any, list[int]] = {}
    for n, (fact, ctx) in enumerate(asks):
        groups.setdefault(fact._together(ctx), []).append(n)
    for members in groups.values():
        if len(members) == 1:
            fact, ctx = asks[members[0]]
            found[members[0]] = fact.value(ctx)
            continue
        for n, number in zip(members, _values_together([asks[n] for n in members]), strict=True):
            found[n] = number
    return found


def _values_together(asks: Sequence[tuple[Fact, FactContext]]) -> list[Number]:
    first, ctx = asks[0]
    rows = first.rows(replace(ctx, filters={})).order_by()
    expressions = {}
    for n, (fact, asked) in enumerate(asks):
        kept = Q()
        for name, wanted in asked.filters.items():
            rows, where = fact.where(rows, name, wanted)
            kept &= where
        expressions[f"_v{n}"] = _filtered(fact.measure, kept or None)
    try:
        answer = rows.aggregate(**expressions)
    except (ValueError, TypeError, ValidationError, FieldError) as error:
        raise BadFilter(str(error)) from error
    return [answer[f"_v{n}"] for n in range(len(asks))]


_facts: dict[str, Fact] = {}


def register(fact: Fact) -> Fact:
    """Make a fact known by its key; ValueError if another has it. Returns the fact."""
    known = _facts.setdefault(fact.key, fact)
    if known is not fact:
        raise ValueError(f"two facts are called {fact.key}")
    return fact


def registered() -> dict[str, Fact]:
    """Every fact, by key."""
    return dict(_facts)


def get(key: str) -> Fact:
    """The fact; KeyError for an unknown key."""
    return _facts[key]
