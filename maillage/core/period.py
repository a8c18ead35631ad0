"""Half-open periods of dates: `[start, end)`; an open end is None."""

from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta


@dataclass(frozen=True, order=True)
class Period:
    """`start` is in, `end` is out. `end=None` never ends."""

    start: date
    end: date | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.end <= self.start:
            raise ValueError("a period ends after it starts")

    def __contains__(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)

    def overlaps(self, other: "Period") -> bool:
        return (other.end is None or self.start < other.end) and (self.end is None or other.start < self.end)

    @classmethod
    def fiscal_year(cls, year: int, *, first_month: int = 4) -> "Period":
        """The fiscal year that begins in `year`; 1 April unless told (2022 is 2022-04-01 to 2023-04-01)."""
        return cls(date(year, first_month, 1), date(year + 1, first_month, 1))

    def previous(self) -> "Period":
        """The period of the same length just before; whole years step by years, whole months by months."""
        if self.end is None:
            raise ValueError("an open period has no previous one")
        if (self.start.month, self.start.day) == (self.end.month, self.end.day):
            return Period(after(self.start, years=self.start.year - self.end.year), self.start)
        if self.start.day == self.end.day == 1:
            months = 12 * (self.end.year - self.start.year) + self.end.month - self.start.month
            return Period(after(self.start, months=-months), self.start)
        return Period(self.start - (self.end - self.start), self.start)

    def so_far(self, today: date) -> "Period":
        """The part that has passed at the end of `today`; the whole period before it begins and once it is over."""
        tomorrow = today + timedelta(days=1)
        return Period(self.start, tomorrow) if today in self and self.end != tomorrow else self

    def a_year_before(self) -> "Period":
        """The same dates of the year before."""
        return Period(after(self.start, years=-1), None if self.end is None else after(self.end, years=-1))


def after(day: date, *, years: int = 0, months: int = 0) -> date:
    """The same day that many years and months later, earlier for negative ones; the month's last day when it is
    shorter (29 February is 28 February in a year that has none)."""
    return day + relativedelta(years=years, months=months)
