"""When rows belong to a period."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol

from django.db.models import Q
from django.utils import timezone

from ..period import Period


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
class Lasting:
    """What began at `start` and ended at `end` (the last day included; None while it lasts) touches the period."""

    start: str
    end: str

    @property
    def date_path(self) -> str | None:
        return self.start

    def where(self, period: Period) -> Q:
        touches = Q(**{f"{self.end}__isnull": True}) | Q(**{f"{self.end}__gte": period.start})
        return touches if period.end is None else touches & Q(**{f"{self.start}__lt": period.end})


@dataclass(frozen=True)
class Always:
    """The period does not matter."""

    date_path: str | None = None

    def where(self, period: Period) -> Q:
        return Q()
