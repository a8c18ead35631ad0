"""Where and when the orders of a cycle are handed over, with places and crates left by temperature."""

from decimal import Decimal
from typing import ClassVar

from django.db import models

from maillage.core.choices import Choice
from maillage.core.models import Money, PublicModel, Quantity
from maillage.core.quantity import Temperature

from .cycle import Cycle
from .market import DeliveryZone, PickupPoint


class Slot(PublicModel):
    """A pickup point (or a delivery zone) with its hours in one cycle. Terms are copied from the point or zone."""

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="slots")
    point = models.ForeignKey(PickupPoint, models.PROTECT, null=True, blank=True, related_name="+")
    zone = models.ForeignKey(DeliveryZone, models.PROTECT, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=120)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    fee = Money(default=Decimal("0.00"))
    minimum = Money(default=Decimal("0.00"))
    places = models.PositiveIntegerField(null=True, blank=True)
    taken = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar[list[str]] = ["starts_at", "name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(point=None, zone__isnull=False) | models.Q(zone=None, point__isnull=False),
                name="slot_point_or_zone",
            ),
            models.CheckConstraint(
                condition=models.Q(places=None) | models.Q(taken__lte=models.F("places")), name="slot_never_overfull"
            ),
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("starts_at")), name="slot_hours"),
        ]

    def __str__(self) -> str:
        return self.name


class SlotCapacity(models.Model):
    """Crates at a temperature for the slot, and those taken. A slot of a zone has none: no limit."""

    slot = models.ForeignKey(Slot, models.CASCADE, related_name="capacities")
    temperature = Choice(max_length=8, choices=Temperature)
    crates = Quantity()
    taken = Quantity(default=Decimal("0.000"))

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["slot", "temperature"], name="slot_capacity_once"),
            models.CheckConstraint(
                condition=models.Q(taken__lte=models.F("crates")), name="slot_crates_never_overfull"
            ),
            models.CheckConstraint(condition=models.Q(taken__gte=0), name="slot_crates_taken"),
        ]
