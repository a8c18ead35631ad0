"""Carts are kept on the server: the same on a phone and a desk. They take nothing until checkout."""

from typing import ClassVar

from django.db import models

from maillage.core.models import Quantity
from maillage.directory.models import Organisation, Person

from .cycle import Cycle
from .market import Market
from .offer import Offer


class Cart(models.Model):
    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="carts")
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["cycle", "person"], name="cart_once"),
        ]


class CartLine(models.Model):
    cart = models.ForeignKey(Cart, models.CASCADE, related_name="lines")
    offer = models.ForeignKey(Offer, models.CASCADE, related_name="+")
    quantity = Quantity()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["cart", "offer"], name="cart_line_once"),
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="cart_line_quantity"),
        ]


class BuyingFor(models.Model):
    """In whose name a person shops in a market, on all devices: an organisation's, or (no row, or empty) their own."""

    market = models.ForeignKey(Market, models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, models.CASCADE, null=True, blank=True, related_name="+")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["person", "market"], name="buying_for_once"),
        ]
