"""What is measured: one number over rows, in SQL and a second time in Python."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from django.db import models
from django.db.models import Aggregate, F, Q, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, NullIf

from .terms import Number, Rollup


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
class Largest:
    """The largest value at `path` (the number of the latest edition); None over no rows, or none with a value."""

    path: str
    rollup: Rollup = Rollup.RECOMPUTE

    def expression(self) -> Aggregate:
        return models.Max(self.path)

    def over(self, rows: QuerySet[Any]) -> Number:
        return max((v for (v,) in rows.values_list(self.path) if v is not None), default=None)


@dataclass(frozen=True)
class Ratio:
    """One measure over another of the same rows, as a fraction, or `percent`; None over nothing. `decimals` shown."""

    numerator: "Count | CountDistinct | Sum"
    denominator: "Count | CountDistinct | Sum"
    where: Q | None = None  # restricts the numerator
    percent: bool = False
    decimals: int = 2
    rollup: Rollup = Rollup.RATIO

    def expression(self) -> Combinable:
        return self.kept(None)

    def kept(self, where: Q | None) -> Combinable:
        """Over the rows that meet a condition."""
        of = models.DecimalField(max_digits=24, decimal_places=8)
        both = where & self.where if where is not None and self.where is not None else self.where or where
        top = Cast(filtered(self.numerator, both), of) * Decimal(100 if self.percent else 1)
        return top / NullIf(Cast(filtered(self.denominator, where), of), Decimal(0))

    def over(self, rows: QuerySet[Any]) -> Number:
        bottom = self.denominator.over(rows)
        if not bottom:
            return None
        top = self.numerator.over(rows.filter(self.where) if self.where is not None else rows)
        return Decimal(top or 0) * (100 if self.percent else 1) / Decimal(bottom)


def filtered(measure: "Count | CountDistinct | Sum | Largest | Ratio", where: Q | None) -> Combinable:
    """The measure over the rows that meet a condition."""
    if where is None:
        return measure.expression()
    if isinstance(measure, Ratio):
        return measure.kept(where)
    if isinstance(measure, Sum):
        zero = models.Value(Decimal(0), output_field=models.DecimalField(max_digits=20, decimal_places=4))
        path = Cast(F(measure.path), models.DecimalField(max_digits=20, decimal_places=4))
        return Coalesce(models.Sum(path, filter=where), zero)
    if isinstance(measure, Largest):
        return models.Max(measure.path, filter=where)
    if isinstance(measure, CountDistinct):
        return models.Count(measure.key(), distinct=True, filter=where)
    return models.Count("pk", filter=where)
