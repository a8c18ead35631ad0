from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.types.range import Range

from maillage.market.calendar import TORONTO, holiday, next_dates
from maillage.market.models import CycleTemplate


def template(**changes: object) -> CycleTemplate:
    """Opens Thursday noon, closes Sunday 20:00, delivered Wednesday, a holiday goes to the day before."""
    values = {
        "every_weeks": 1,
        "opens_weekday": 3,
        "opens_time": time(12),
        "closes_weekday": 6,
        "closes_time": time(20),
        "delivered_weekday": 2,
        "holiday_shift": -1,
    }
    return CycleTemplate(**{**values, **changes})


def toronto(*args: int) -> datetime:
    return datetime(*args, tzinfo=TORONTO)  # type: ignore[arg-type]


def test_dates_follow_the_weekdays_of_the_template() -> None:
    dates = next_dates(template(), after=toronto(2026, 11, 22, 9))
    assert dates.opens_at == toronto(2026, 11, 26, 12)
    assert dates.closes_at == toronto(2026, 11, 29, 20)
    assert dates.delivered_on == date(2026, 12, 2)
    assert dates.shifted == ()


@pytest.mark.parametrize(
    ("shift", "delivered"), [(-1, date(2026, 6, 23)), (1, date(2026, 6, 25)), (0, date(2026, 6, 24))]
)
def test_the_national_holiday_shifts_a_delivery(shift: int, delivered: date) -> None:
    dates = next_dates(template(holiday_shift=shift), after=toronto(2026, 6, 17))
    assert dates.delivered_on == delivered
    assert dates.shifted == (("Fête nationale du Québec",) if shift else ())


def test_an_opening_that_a_holiday_moved_does_not_move_the_next_ones() -> None:
    mondays = template(opens_weekday=0, closes_weekday=3)
    moved = next_dates(mondays, after=toronto(2026, 10, 6))  # Thanksgiving is Monday 12 October
    assert moved.opens_at.date() == date(2026, 10, 11)
    after = next_dates(mondays, after=moved.closes_at, previous=moved.opens_at)
    assert after.opens_at.date() == date(2026, 10, 19)


def test_every_other_week_does_not_drift_through_a_year_of_53_weeks() -> None:
    biweekly = template(every_weeks=2)
    opened = toronto(2026, 12, 10, 12)
    for expected in (date(2026, 12, 24), date(2027, 1, 7), date(2027, 1, 21)):
        opened = next_dates(biweekly, after=opened + timedelta(days=3), previous=opened).opens_at
        assert opened.date() == expected


def test_wall_clock_holds_over_the_change_of_hour() -> None:
    before = next_dates(template(), after=toronto(2026, 10, 20)).opens_at
    after = next_dates(template(), after=toronto(2026, 11, 3)).opens_at
    assert (before.hour, after.hour) == (12, 12)
    assert before.utcoffset() != after.utcoffset()


@given(
    opens=st.integers(0, 6),
    closes=st.integers(0, 6),
    delivered=st.integers(0, 6),
    weeks=st.integers(1, 4),
    shift=st.integers(-2, 2),
    after=st.datetimes(datetime(2025, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_dates_are_always_in_order_and_avoid_holidays(
    opens: int, closes: int, delivered: int, weeks: int, shift: int, after: datetime
) -> None:
    chosen = template(
        opens_weekday=opens,
        closes_weekday=closes,
        delivered_weekday=delivered,
        every_weeks=weeks,
        holiday_shift=shift,
        opens_time=time(12),
        closes_time=time(11),
    )
    first = next_dates(chosen, after=after)
    second = next_dates(chosen, after=first.opens_at, previous=first.opens_at)
    for dates in (first, second):
        assert after < dates.opens_at < dates.closes_at
        assert dates.delivered_on >= dates.closes_at.date()
    gap = second.opens_at.date() - first.opens_at.date()
    assert abs(gap - timedelta(weeks=weeks)) <= timedelta(days=7)
    assert second.opens_at > first.opens_at


def test_quebec_holidays_are_known_in_french() -> None:
    assert holiday(date(2026, 6, 24)) == "Fête nationale du Québec"
    assert holiday(date(2026, 6, 25)) == ""


def test_run_of_holidays_does_not_put_the_closing_before_the_opening() -> None:
    new_year = template(
        opens_weekday=0,
        closes_weekday=1,
        opens_time=time(12),
        closes_time=time(11),
        holiday_shift=1,
        delivered_weekday=2,
    )
    for year in range(2025, 2032):
        dates = next_dates(new_year, after=toronto(year, 12, 20))
        for _cycle in range(3):
            assert dates.opens_at < dates.closes_at
            assert dates.delivered_on > dates.closes_at.date()
            dates = next_dates(new_year, after=dates.opens_at, previous=dates.opens_at)


def test_a_cycle_delivered_in_a_pause_is_left_out_and_the_rhythm_goes_on() -> None:
    biweekly = template(every_weeks=2)
    opened = next_dates(biweekly, after=toronto(2026, 12, 6)).opens_at
    pause = Range(date(2026, 12, 20), date(2027, 1, 4))
    after = next_dates(biweekly, after=opened, previous=opened, pauses=[pause])
    without = next_dates(biweekly, after=opened, previous=opened)
    assert without.delivered_on in pause
    assert after.opens_at == without.opens_at + timedelta(weeks=2)


def test_the_last_day_of_a_pause_is_in_it_and_the_next_is_not() -> None:
    day = next_dates(template(), after=toronto(2026, 11, 22)).delivered_on
    for upper, left_out in ((day + timedelta(days=1), True), (day, False)):
        dates = next_dates(template(), after=toronto(2026, 11, 22), pauses=[Range(day - timedelta(days=1), upper)])
        assert (dates.delivered_on != day) is left_out
