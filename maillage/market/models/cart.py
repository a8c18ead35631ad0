"""Carts are kept on the server: the same on a phone and a desk. They take nothing until checkout."""

from typing import ClassVar

from django.db import models

from maillage.core.models import Quantity
from maillage.directory.models import Person

from .cycle import Cycle
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
