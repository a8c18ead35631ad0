"""How figures are said in pages."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from maillage.core.period import Period
from maillage.core.templatetags.maillage import percent

from .. import wording
from ..models import ContextFigure, Operator, PlanAction
from ..queries import figures

register = template.Library()
DAY = re.compile(r"\d{4}-\d\d-\d\d")


@register.filter
def said(value: Decimal | int | None, decimals: int = 0) -> str:
    """A number with its thousands apart, a dash for nothing."""
    return figures.said(None if value is None or value == "" else Decimal(value), int(decimals or 0))


@register.filter
def signed(fraction: Decimal | None) -> str:
    """A growth: `+15 %`, `−4 %`."""
    if fraction is None:
        return ""
    return f"{'+' if fraction >= 0 else '−'}{percent(abs(fraction), 0)}"


@register.filter
def percentage(fraction: Decimal) -> str:
    """« 86 % »."""
    return percent(fraction, 0)


@register.filter
def operator(value: str) -> str:
    """« au moins », « au plus », « exactement »."""
    return str(Operator(value).label) if value in Operator.values else ""


@register.filter
def goal(action: PlanAction) -> str:
    """« 1 182 M$ », « au moins 85 % »: a target given as it is has no operator."""
    value = f"{said(action.target, 0 if action.target == action.target.to_integral_value() else 1)} {action.unit}"
    return value.strip() if action.operator == Operator.EXACTLY else f"{operator(action.operator)} {value}".strip()


@register.filter
def stated(figure: ContextFigure) -> str:
    """« environ 80 % », « plus de 50 entreprises »."""
    return wording.stated(figure)


@register.filter
def dates(period: Period) -> str:
    """« du 1 avril 2022 au 31 mars 2023 »."""
    return wording.between(period)


@register.filter
def nth(values: Sequence[Any], index: int) -> Any:
    """The value at an index, nothing past the end."""
    return values[index] if index < len(values) else ""


@register.filter
def unbroken(text: str) -> str:
    """A cell of a row; a day stays on one line."""
    return format_html('<span class="nowrap">{}</span>', text) if DAY.fullmatch(text) else text


@register.filter
def get(mapping: dict[Any, Any], key: Any) -> Any:
    return mapping.get(key)


@register.filter
def names(figures_shown: Sequence[Any]) -> list[str]:
    return [f.name for f in figures_shown]


@register.filter
def orone(value: Decimal | None) -> Decimal:
    """A whole to divide by: never zero."""
    return value or Decimal(1)


@register.simple_tag(takes_context=True)
def distinct_query(context: template.Context) -> str:
    """The address's query, showing what is counted rather than rows."""
    query = context["request"].GET.copy()
    query.pop("page", None)
    query["vue"] = "distincts"
    return str(query.urlencode())


@register.simple_tag(takes_context=True)
def lines_query(context: template.Context) -> str:
    """The address's query, showing rows."""
    query = context["request"].GET.copy()
    query.pop("page", None)
    query.pop("vue", None)
    return str(query.urlencode())


@register.simple_tag
def row_link(name: str, key: Any) -> str:
    """Where a row of work opens, nothing if its page does not exist."""
    try:
        return reverse(name, args=[key])
    except NoReverseMatch:
        return ""


@register.simple_tag
def icon_arrow() -> SafeString:
    return mark_safe(f'<span aria-hidden="true">→</span><span class="visually-hidden">{_("devient")}</span>')  # noqa: S308
