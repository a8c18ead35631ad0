from datetime import UTC, date, datetime, time

import pytest
from django.template import Context, Template
from django.utils import translation

from maillage.core.dates import say

EVENING = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # 1 March, 20:00 in Toronto


@pytest.mark.parametrize(
    ("value", "layout", "french", "english"),
    [
        (EVENING, r"l j F, G \h i", "dimanche 1er mars, 20 h", "Sunday, March 1, 8 p.m."),
        (EVENING, "DATETIME_FORMAT", "1er mars 2026, 20 h", "March 1, 2026, 8 p.m."),
        (datetime(2026, 3, 2, 17, 5, tzinfo=UTC), r"G \h i", "12 h 05", "12:05 p.m."),
        (time(16, 30), "TIME_FORMAT", "16 h 30", "4:30 p.m."),
        (time(9), "H:i", "9 h", "9 a.m."),
        (date(2026, 11, 27), "j F Y", "27 novembre 2026", "November 27, 2026"),
        (date(2026, 11, 27), "l j F Y", "vendredi 27 novembre 2026", "Friday, November 27, 2026"),
        (date(2026, 11, 1), "l j", "dimanche 1er", "Sunday 1"),
        (date(2026, 11, 27), "SHORT_DATE_FORMAT", "2026-11-27", "2026-11-27"),
        (date(2026, 11, 1), "F Y", "novembre 2026", "November 2026"),
        (None, "j F", "", ""),
    ],
)
def test_dates_are_said_in_each_language(value: date | time | None, layout: str, french: str, english: str) -> None:
    for language, said in (("fr", french), ("en", english)):
        with translation.override(language):
            assert say(value, layout).replace("\N{NO-BREAK SPACE}", " ") == said


def test_no_line_breaks_inside_an_hour() -> None:
    assert say(time(16, 30), "TIME_FORMAT") == "16\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}30"


def test_templates_say_dates_the_same_way() -> None:
    page = Template(
        '{{ at|date:"l j F, G \\h i" }} · {{ at|moment:"G \\h i" }} · {{ at|time:"H:i" }} · {{ none|date }}'
    )
    with translation.override("en"):
        shown = page.render(Context({"at": EVENING, "no": None}))
    assert shown == "Sunday, March 1, 8 p.m. · 8 p.m. · 8 p.m. · "


def test_dates_of_forms_stay_as_machines_write_them() -> None:
    assert Template('{{ at|date:"Y-m-d" }} {{ at|date:"c" }}').render(Context({"at": date(2026, 3, 1)})) == (
        "2026-03-01 2026-03-01"
    )


def test_colon_follows_the_language() -> None:
    page = Template("{{ word }}{% colon %} {{ value }}")
    for language, said in (("fr", "Total\N{NO-BREAK SPACE}: 3"), ("en", "Total: 3")):
        with translation.override(language):
            assert page.render(Context({"word": "Total", "value": 3})) == said
