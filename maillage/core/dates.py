"""Dates and hours as people read them. Layouts are written the French way; English has its own order and its own clock.

    say(moment, "l j F, G \\h i")    dimanche 1er mars, 20 h  ·  dimanche 1er mars, 20 h 30     Sunday, March 1, 8 p.m.

Hours lose their minutes when there are none, the first of a month is « 1er », and no line breaks between an hour and
its « h ». Source of the French forms: Office québécois de la langue française.
"""

from datetime import date, datetime, time
from functools import lru_cache

from django.utils import dateformat
from django.utils.formats import get_format
from django.utils.timezone import get_current_timezone_name, is_aware, localtime
from django.utils.translation import get_language

_NAMED = ("DATE_FORMAT", "DATETIME_FORMAT", "TIME_FORMAT", "SHORT_DATE_FORMAT", "YEAR_MONTH_FORMAT", "MONTH_DAY_FORMAT")
_HOURS = (r"G \h i", "H:i")
_ENGLISH = (("l j F Y", "l, F j, Y"), ("l j F", "l, F j"), ("j F Y", "F j, Y"), ("j F", "F j"))
_HOUR, _FIRST = "\\\x01", "\\\x02"  # stand in a layout for what the value decides


def say(value: date | time | None, layout: str = "DATE_FORMAT") -> str:
    """`value` (local time) in the language at hand; "" for anything that is no date.

    `layout`: Django's letters, or the name of a format.
    """
    if not isinstance(value, date | time):
        return ""
    return _said(value, layout, get_language() or "fr", get_current_timezone_name())


def say_when(moment: datetime) -> str:
    """`jeudi 26 novembre, 12 h`, in the time of the place."""
    return say(moment, r"l j F, G \h i")


@lru_cache(maxsize=8192)
def _said(value: date | time, layout: str, language: str, zone: str) -> str:
    if isinstance(value, datetime) and is_aware(value):
        value = localtime(value)
    given = get_format(layout, lang=language) if layout in _NAMED else layout
    english = language.startswith("en")
    if english:
        given = _in_english(given)
    shown = _marked(given, english=english)
    text = dateformat.time_format(value, shown) if isinstance(value, time) else dateformat.format(value, shown)
    return text.replace("\x01", _hour(value, english=english)).replace("\x02", _day(value))


def _in_english(layout: str) -> str:
    for french, english in _ENGLISH:
        if french in layout:
            return layout.replace(french, english, 1)
    return layout


def _marked(layout: str, *, english: bool) -> str:
    for hours in _HOURS:
        layout = layout.replace(hours, _HOUR)
    return layout if english else layout.replace("j F", f"{_FIRST} F").replace("l j", f"l {_FIRST}")


def _hour(value: date | time, *, english: bool) -> str:
    if not isinstance(value, datetime | time):
        return ""
    if english:
        return str(dateformat.time_format(value, "P"))
    space = "\N{NO-BREAK SPACE}"
    return f"{value.hour}{space}h" + (f"{space}{value.minute:02}" if value.minute else "")


def _day(value: date | time) -> str:
    if not isinstance(value, date):
        return ""
    return "1er" if value.day == 1 else str(value.day)
