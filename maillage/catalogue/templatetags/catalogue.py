"""What the catalogue's pages write."""

from decimal import Decimal
from typing import Any

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from maillage.core.templatetags.maillage import money, number

from .. import pictures
from ..models import Product

register = template.Library()


@register.simple_tag
def product_picture(product: Product, small: bool = True) -> SafeString:
    """The picture of a product (its category joined), or a drawing by category."""
    return pictures.html(product.picture.name or "", icon=product.category.icon, alt="", small=small)


@register.filter
def price(value: Any) -> str:
    """A price per unit: `4,25 $`, and its third and fourth decimals only when it has some (`0,4375 $`)."""
    amount = Decimal(value)
    if amount == amount.quantize(Decimal("0.01")):
        return money(amount)
    english = (get_language() or "fr").startswith("en")
    return f"${number(amount, 4)}" if english else f"{number(amount, 4)}\u00a0$"


@register.filter
def cell(value: Any) -> Any:
    """A value of a sheet: numbers as people write them, nothing as a dash."""
    if isinstance(value, Decimal):
        return number(value, 4)
    return "—" if value in (None, "", [], ()) else value
