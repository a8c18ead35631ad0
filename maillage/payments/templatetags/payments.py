"""References, as they are printed."""

from django import template

from ..references import read, shown

register = template.Library()


@register.filter
def reference(code: str) -> str:
    """`K7M-2PQ4` for a transfer's code; any other text as it is."""
    return shown(code) if read(code) == code else code
