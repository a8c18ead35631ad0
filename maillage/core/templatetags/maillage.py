"""Filters that every template has."""

from decimal import Decimal
from typing import Any

from babel.numbers import format_currency, format_decimal, format_percent
from django import template
from django.utils.translation import get_language

register = template.Library()


def _locale() -> str:
    return "en_CA" if (get_language() or "fr").startswith("en") else "fr_CA"


@register.filter
def money(value: Any) -> str:
    """Dollars: `1 234,50 $` in French, `$1,234.50` in English. Nothing for None."""
    return "" if value is None or value == "" else format_currency(Decimal(value), "CAD", locale=_locale())


@register.filter
def number(value: Any, decimals: int = 0) -> str:
    """A number with its thousands apart; trailing decimals up to `decimals`."""
    if value is None or value == "":
        return ""
    return format_decimal(Decimal(value), format="#,##0" + ("." + "#" * decimals if decimals else ""), locale=_locale())


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
