"""Periods of dates, and the days between which they lie."""

from datetime import date

import pytest

from maillage.core.period import Period, after

LEAP = date(2024, 2, 29)


@pytest.mark.parametrize(
    ("day", "step", "wanted"),
    [
        (LEAP, {"years": 1}, date(2025, 2, 28)),
        (LEAP, {"years": 4}, date(2028, 2, 29)),
        (LEAP, {"years": -1}, date(2023, 2, 28)),
        (date(2026, 1, 31), {"months": 1}, date(2026, 2, 28)),
        (date(2026, 1, 31), {"months": 6}, date(2026, 7, 31)),
        (date(2025, 11, 30), {"months": 3}, date(2026, 2, 28)),
        (date(2026, 12, 1), {"months": 1}, date(2027, 1, 1)),
    ],
)
def test_the_same_day_later(day: date, step: dict[str, int], wanted: date) -> None:
    assert after(day, **step) == wanted


def test_years_step_by_years_and_days_by_days() -> None:
    assert Period(date(2022, 4, 1), date(2024, 4, 1)).previous() == Period(date(2020, 4, 1), date(2022, 4, 1))
    assert Period(date(2026, 3, 1), date(2026, 3, 11)).previous() == Period(date(2026, 2, 19), date(2026, 3, 1))
    assert Period(LEAP, date(2024, 3, 2)).a_year_before() == Period(date(2023, 2, 28), date(2023, 3, 2))
