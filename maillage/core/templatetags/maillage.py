"""Filters that every template has."""

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal

import lucide
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent
from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import is_aware, localtime
from django.utils.translation import get_language

from maillage.core import dates

register = template.Library()


def _locale() -> str:
    return "en_CA" if (get_language() or "fr").startswith("en") else "fr_CA"


@register.simple_tag
def colon() -> str:
    """A colon between two words of a page: after a space that does not break in French, after none in English."""
    return ":" if _locale() == "en_CA" else "\u00a0:"


@register.filter
def money(value: Any) -> str:
    """Dollars: `1 234,50 $` in French, `$1,234.50` in English. Nothing for None."""
    return "" if value is None or value == "" else _money(Decimal(value), _locale())


@lru_cache(maxsize=8192)
def _money(value: Decimal, locale: str) -> str:
    return format_currency(value, "CAD", locale=locale)


@register.filter
def number(value: Any, decimals: int = 0) -> str:
    """A number with its thousands apart; trailing decimals up to `decimals`."""
    if value is None or value == "":
        return ""
    return _number(Decimal(value), decimals, _locale())


@lru_cache(maxsize=8192)
def _number(value: Decimal, decimals: int, locale: str) -> str:
    return format_decimal(value, format="#,##0" + ("." + "#" * decimals if decimals else ""), locale=locale)


@register.filter
def price(value: Any) -> str:
    """A price per unit: `4,25 $`, and its third and fourth decimals only when it has some (`0,4375 $`)."""
    amount = Decimal(value)
    if amount == amount.quantize(Decimal("0.01")):
        return money(amount)
    return f"${number(amount, 4)}" if _locale() == "en_CA" else f"{number(amount, 4)}\u00a0$"


@register.filter
def quantity(value: Any) -> str:
    """A quantity, up to three decimals, without trailing zeros: `1,25`."""
    return number(value, 3)


@register.filter
def percent(value: Any, decimals: int = 1) -> str:
    """A fraction as a percentage: 0.22 is `22 %`."""
    if value is None or value == "":
        return ""
    return format_percent(Decimal(value), format="#,##0." + "#" * decimals + " %", locale=_locale())


@register.filter(name="date", expects_localtime=True)
def say_date(value: Any, layout: str = "DATE_FORMAT") -> str:
    """Takes the place of Django's: the same layout reads well in both languages (core.dates)."""
    return dates.say(value, layout)


@register.filter(name="time", expects_localtime=True)
def say_time(value: Any, layout: str = "TIME_FORMAT") -> str:
    return dates.say(value, layout)


@register.filter
def moment(value: date | None, layout: str) -> str:
    return dates.say(value, layout)


@register.simple_tag
def icon(name: str, size: int = 20, cls: str = "") -> SafeString:
    """A Lucide icon, hidden from screen readers (give its button a name). Cached; `{% icon "truck" 24 %}`."""
    return _icon(name, size, cls)


@lru_cache(maxsize=512)
def _icon(name: str, size: int, cls: str) -> SafeString:
    names = {"aria_hidden": "true", "focusable": "false", "class": f"icon {cls}".strip()}
    svg = lucide._render_icon(name, size, **names)
    return mark_safe("".join(line.strip() for line in svg.splitlines()))  # noqa: S308


@register.filter
def day(value: Any) -> str:
    """A date in words: `1er mars 2026`, `2 mars 2026`; in English `March 1, 2026`. Nothing for None."""
    return _in_words(value, "long")


@register.filter
def short_day(value: Any) -> str:
    """A date for a table: `1er mars 2026`, `20 nov. 2026`; in English `Nov 20, 2026`. Nothing for None."""
    return _in_words(value, "medium")


def _in_words(value: Any, length: Literal["medium", "long"]) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, datetime):
        value = localtime(value) if is_aware(value) else value
    text = format_date(value, length, locale=_locale())
    return f"1er{text[1:]}" if text.startswith("1 ") else text
