"""Signs, as people read them."""

from decimal import Decimal

from django import template

register = template.Library()


@register.filter
def absolute(amount: Decimal) -> Decimal:
    return abs(amount)
