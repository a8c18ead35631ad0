"""Quantities: decimals of 3 places in a closed list of units. Conversion happens only through a product's packaging."""

from decimal import ROUND_HALF_UP, Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

MILLI = Decimal("0.001")


class Unit(models.TextChoices):
    PIECE = "piece", _("unité")
    KG = "kg", _("kg")
    L = "l", _("l")
    PORTION = "portion", _("portion")


class Temperature(models.TextChoices):
    AMBIENT = "ambient", _("ambiant")
    CHILLED = "chilled", _("réfrigéré")
    FROZEN = "frozen", _("congelé")


def milli(quantity: Decimal) -> Decimal:
    """Round a quantity to three decimals, half up."""
    return quantity.quantize(MILLI, ROUND_HALF_UP)
