"""What the catalogue's pages write."""

from decimal import Decimal
from typing import Any

from django import template
from django.utils.safestring import SafeString

from maillage.core.templatetags.maillage import number

from .. import pictures
from ..models import Product

register = template.Library()


@register.simple_tag
def product_picture(product: Product, small: bool = True) -> SafeString:
    """The picture of a product (its category joined), or a drawing by category."""
    return pictures.html(product.picture.name or "", icon=product.category.icon, alt="", small=small)


@register.filter
def cell(value: Any) -> Any:
    """A value of a sheet: numbers as people write them, nothing as a dash."""
    if isinstance(value, Decimal):
        return number(value, 4)
    return "—" if value in (None, "", [], ()) else value
