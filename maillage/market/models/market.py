"""A market and its terms: margin, membership, payment, pickup points, delivery zones, the template of its cycles."""

from decimal import Decimal
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField, DateRangeField
from django.db import models
from django.utils.translation import gettext_lazy as _

from maillage.core.changes import ChangesKept
from maillage.core.choices import Choice
from maillage.core.models import Money, PublicModel, Quantity, Rate
from maillage.core.quantity import Temperature
from maillage.core.text import Sorting
from maillage.directory.models import Organisation, Territory


class MarginMode(models.TextChoices):
    RETAINED = "retained", _("retenue sur le prix du producteur")
    ON_TOP = "on_top", _("ajoutée au prix du producteur, affichée au membre")


class PaymentMethod(models.TextChoices):
    BALANCE = "balance", _("solde du compte")
    INTERAC = "interac", _("virement Interac")
    PICKUP = "pickup", _("à la cueillette")
    CARD = "card", _("carte")


def default_methods() -> list[str]:
    return [PaymentMethod.BALANCE.value, PaymentMethod.INTERAC.value, PaymentMethod.PICKUP.value]


class Market(PublicModel):
    organisation = models.OneToOneField(Organisation, models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    summary = models.CharField(max_length=200, blank=True)
    margin_mode = Choice(max_length=8, choices=MarginMode)
    margin_rate = Rate(help_text="Retained: share of the shelf price. On top: share of the producer's price.")
    membership_required = models.BooleanField(default=True)
    payment_methods = ArrayField(Choice(max_length=8, choices=PaymentMethod), default=default_methods)
    credit_limit = Money(default=Decimal("0.00"), help_text="How far below zero a member's balance may go.")
    order_minimum = Money(default=Decimal("0.00"))
    interac_email = models.EmailField(blank=True)
    tps_number = models.CharField(max_length=15, blank=True, help_text="Registration: 123456789RT0001.")
    tvq_number = models.CharField(max_length=16, blank=True, help_text="Registration: 1234567890TQ0001.")
    language = Choice(
        max_length=2, choices=settings.LANGUAGES, default="fr", help_text="Of lists that its own people work with."
    )
    territory = models.ForeignKey(Territory, models.PROTECT, null=True, blank=True, related_name="+")
    is_demo = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar[list[Any]] = [Sorting("name")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ChangesKept("market_market_changes"),
            models.CheckConstraint(
                condition=models.Q(margin_rate__gte=0) & models.Q(margin_rate__lt=1), name="market_margin_rate"
            ),
            models.CheckConstraint(condition=models.Q(credit_limit__gte=0), name="market_credit_limit"),
            models.CheckConstraint(
                condition=models.Q(tps_number="") | models.Q(tps_number__regex=r"^\d{9}RT\d{4}$"),
                name="market_tps_number",
            ),
            models.CheckConstraint(
                condition=models.Q(tvq_number="") | models.Q(tvq_number__regex=r"^\d{10}TQ\d{4}$"),
                name="market_tvq_number",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PickupPoint(PublicModel):
    market = models.ForeignKey(Market, models.CASCADE, related_name="points")
    name = models.CharField(max_length=120)
    address = models.CharField(max_length=200)
    postal_code = models.CharField(max_length=7, blank=True)
    latitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)
    longitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)
    directions = models.TextField(blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar[list[Any]] = [Sorting("name")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["market", "name"], name="pickup_point_name"),
        ]

    def __str__(self) -> str:
        return self.name


class PointCapacity(models.Model):
    """Crates that a point can hold at a temperature. No row: none can be held there."""

    point = models.ForeignKey(PickupPoint, models.CASCADE, related_name="capacities")
    temperature = Choice(max_length=8, choices=Temperature)
    crates = Quantity()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["point", "temperature"], name="point_capacity_once"),
            models.CheckConstraint(condition=models.Q(crates__gte=0), name="point_capacity_crates"),
        ]


class PickupWindow(models.Model):
    """Hours of a point relative to the delivery day of a cycle; each makes a slot of the cycle."""

    point = models.ForeignKey(PickupPoint, models.CASCADE, related_name="windows")
    day_offset = models.PositiveSmallIntegerField(default=0, help_text="Days after the cycle's delivery day.")
    opens = models.TimeField()
    closes = models.TimeField()
    places = models.PositiveIntegerField(null=True, blank=True, help_text="Orders at most; empty for no limit.")


class DeliveryZone(PublicModel):
    market = models.ForeignKey(Market, models.CASCADE, related_name="zones")
    name = models.CharField(max_length=120)
    postal_prefixes = ArrayField(
        models.CharField(max_length=6), help_text="Beginnings of postal codes, no space: J7V, G1K2."
    )
    fee = Money()
    minimum = Money(default=Decimal("0.00"), help_text="Goods at least, before fee and taxes.")
    day_offset = models.PositiveSmallIntegerField(default=0)
    opens = models.TimeField()
    closes = models.TimeField()
    places = models.PositiveIntegerField(null=True, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["market", "name"], name="delivery_zone_name"),
            models.CheckConstraint(
                condition=models.Q(fee__gte=0) & models.Q(minimum__gte=0), name="delivery_zone_money"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CycleTemplate(models.Model):
    """When a market's cycles open, close and are delivered: weekdays (0 Monday) and times in America/Toronto.

    A statutory holiday of Québec on a day shifts it by `holiday_shift` days (−1: the day before).
    """

    market = models.OneToOneField(Market, models.CASCADE, related_name="template")
    every_weeks = models.PositiveSmallIntegerField(default=1)
    opens_weekday = models.PositiveSmallIntegerField(default=3)
    opens_time = models.TimeField()
    closes_weekday = models.PositiveSmallIntegerField(default=6)
    closes_time = models.TimeField()
    delivered_weekday = models.PositiveSmallIntegerField(default=2)
    holiday_shift = models.SmallIntegerField(default=-1)


class Pause(PublicModel):
    """Days on which the market delivers nothing: a cycle that would be delivered then is left out of its calendar."""

    market = models.ForeignKey(Market, models.CASCADE, related_name="pauses")
    during = DateRangeField(help_text="Half-open.")
    reason = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["during"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(during__isempty=False), name="pause_has_days"),
        ]
