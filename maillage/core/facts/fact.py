"""A fact: rows of work that count, and the measure over them; several read together in one statement."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from copy import copy
from dataclasses import replace
from typing import Any

from django.core.exceptions import FieldError, ValidationError
from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from maillage.core import sql
from maillage.core.text import Sorting

from .dimensions import Cell, Column, Dimension, Entered, Month, RowUrl
from .measures import Count, CountDistinct, Largest, Ratio, Sum, filtered
from .periods import Always, AsOf, InPeriod, Lasting, Overlaps
from .terms import BadFilter, FactContext, Label, Number, Rollup


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
        measure: Count | CountDistinct | Sum | Largest | Ratio,
        period: InPeriod | Overlaps | Lasting | AsOf | Always,
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
        self.measure: Count | CountDistinct | Sum | Largest | Ratio = measure
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
        """The figure, in one statement that reads rows. None only for a ratio over nothing."""
        rows = self.rows(ctx).order_by()
        if isinstance(self.measure, CountDistinct):
            # Two steps: PostgreSQL sorts every row for count(DISTINCT …), on disk and by one process; it hashes the
            # different values, in memory and in parallel, when they are first made distinct.
            things = rows.annotate(_thing=self.measure.key()).exclude(_thing=None).values("_thing").distinct()
            with sql.merging() if ctx.is_whole else nullcontext():
                return int(things.count())
        found: Number = rows.aggregate(value=self.measure.expression())["value"]
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
        found: QuerySet[Any] = grouped.order_by(Sorting("name"), "key")
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
        expressions[f"_v{n}"] = filtered(fact.measure, kept or None)
    try:
        answer = rows.aggregate(**expressions)
    except (ValueError, TypeError, ValidationError, FieldError) as error:
        raise BadFilter(str(error)) from error
    return [answer[f"_v{n}"] for n in range(len(asks))]
