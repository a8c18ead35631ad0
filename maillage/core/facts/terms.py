"""What a figure is asked for, and how the figures of parts make the figure of the whole."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any

from ..period import Period

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

    @property
    def is_whole(self) -> bool:
        """Whether every row of several organisations is asked for, whatever its day, place or kind."""
        several = self.organisation_ids is None or len(self.organisation_ids) > 1
        return several and self.period is None and not self.territory_ids and not self.filters

    def _key(self) -> tuple[Any, ...]:
        return (self.organisation_ids, self.period, self.territory_ids)

    def previous(self) -> "FactContext":
        """The same question about the period before. Raises ValueError without a closed period."""
        if self.period is None:
            raise ValueError("no period")
        return replace(self, period=self.period.previous())
