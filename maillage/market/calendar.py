"""When cycles open, close and are delivered, in America/Toronto, around the statutory holidays of Québec."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays
from psycopg.types.range import Range

from .models import CycleTemplate

TORONTO = ZoneInfo("America/Toronto")
_MOST_SHIFTS = 7  # no run of statutory holidays is longer than a few days


@dataclass(frozen=True)
class Dates:
    """The dates of one cycle; `shifted` names the holidays that moved one of them."""

    opens_at: datetime
    closes_at: datetime
    delivered_on: date
    shifted: tuple[str, ...] = ()


@cache
def _holidays(year: int) -> dict[date, str]:
    return dict(holidays.country_holidays("CA", subdiv="QC", years=year, language="fr"))


def holiday(day: date) -> str:
    """The name of Québec's statutory holiday on `day`, in French; empty on a working day."""
    return _holidays(day.year).get(day, "")


def at(day: date, moment: time) -> datetime:
    """A moment of Toronto's wall clock."""
    return datetime.combine(day, moment, tzinfo=TORONTO)


def next_dates(
    template: CycleTemplate,
    *,
    after: datetime,
    previous: datetime | None = None,
    pauses: Sequence[Range[date]] = (),
) -> Dates:
    """The first dates of the template that open after `after`.

    `previous` is when the last cycle opened: weeks are counted from it, `every_weeks` apart, so that a market of every
    other week never drifts (week numbers do, in years of 53 weeks). A date on a statutory holiday moves by
    `holiday_shift` days until it is on a working day; 0 leaves it. The order of the three dates always holds.
    A cycle that would be delivered in one of the `pauses` is left out; the rhythm goes on behind it.
    """
    step = timedelta(weeks=template.every_weeks)
    week = _week_of(template, previous) + step if previous else _monday(after.astimezone(TORONTO).date())
    while True:
        dates = _dates_of_week(template, week)
        if dates.opens_at > after and not any(_holds(pause, dates.delivered_on) for pause in pauses):
            return dates
        week += step if previous else timedelta(weeks=1)


def _holds(pause: Range[date], day: date) -> bool:
    return (pause.lower is None or pause.lower <= day) and pause.upper is not None and day < pause.upper


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _week_of(template: CycleTemplate, opened: datetime) -> date:
    """The Monday of the week in which a cycle was due to open, though a holiday may have moved its opening."""
    day = opened.astimezone(TORONTO).date()
    gap = (day.weekday() - template.opens_weekday) % 7
    return _monday(day - timedelta(days=gap if gap <= 3 else gap - 7))


def _dates_of_week(template: CycleTemplate, monday: date) -> Dates:
    opens = monday + timedelta(days=template.opens_weekday)
    closes = _following(opens, template.closes_weekday, after_same_day=template.closes_time > template.opens_time)
    delivered = _following(closes, template.delivered_weekday, after_same_day=False)
    names: list[str] = []
    shift = template.holiday_shift
    opens_on, closes_on, delivered_on = (_shifted(day, shift, names) for day in (opens, closes, delivered))
    # A shift that would put the dates out of order is given up, the last date's first.
    for first, last, handed_over in (
        (opens_on, closes_on, delivered_on),
        (opens_on, closes_on, delivered),
        (opens_on, closes, delivered_on),
        (opens_on, closes, delivered),
        (opens, closes, delivered),
    ):
        opens_at, closes_at = at(first, template.opens_time), at(last, template.closes_time)
        if opens_at < closes_at and last < handed_over:
            break
    return Dates(opens_at, closes_at, handed_over, tuple(dict.fromkeys(names)))


def _following(day: date, weekday: int, *, after_same_day: bool) -> date:
    """The first `weekday` after `day`; `day` itself counts if `after_same_day`."""
    ahead = (weekday - day.weekday()) % 7
    return day + timedelta(days=ahead if ahead or after_same_day else 7)


def _shifted(day: date, shift: int, names: list[str]) -> date:
    moved = day
    for _step in range(_MOST_SHIFTS):
        name = holiday(moved)
        if not name or not shift:
            break
        names.append(name)
        moved += timedelta(days=shift)
    return moved
