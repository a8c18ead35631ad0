"""After the close: adjustments of lines (append-only) and what each producer is owed for a cycle."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from maillage.core.choices import Choice
from maillage.core.models import Money, PublicModel, Quantity
from maillage.directory.models import Organisation

from .cycle import Cycle
from .order import OrderLine
from .reception import Reception


class LineAdjustment(PublicModel):
    """One change of what a line charges, with the differences that were posted. Undone by an opposite row."""

    class Reason(models.TextChoices):
        MISSING = "missing", _("manquant")
        DAMAGED = "damaged", _("abîmé")
        WEIGHT = "weight", _("poids final")
        UNDONE = "undone", _("annulation")
        GESTURE = "gesture", _("geste du marché")

    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="adjustments")
    reason = Choice(max_length=8, choices=Reason)
    note = models.CharField(max_length=280, blank=True)
    quantity = Quantity(help_text="Difference in pieces (negative: less).")
    weight = Quantity(null=True, blank=True, help_text="Difference in kg, for lines by weight.")
    goods = Money(help_text="Differences in dollars, as posted.")
    producers = Money()
    margin = Money()
    tps = Money()
    tvq = Money()
    deposits = Money()
    statement = models.ForeignKey(
        "ProducerStatement",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="corrections",
        help_text="The statement that pays it. One made after the cycle was settled waits for the producer's next.",
    )
    reception = models.ForeignKey(
        Reception,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="adjustments",
        help_text="The incomplete delivery that it shares out.",
    )
    undoes = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="undone_by")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    nonce = models.UUIDField(
        null=True, blank=True, unique=True, help_text="From the desk's form: the same tap twice does it once."
    )
    told_at = models.DateTimeField(null=True, blank=True, help_text="When the member was written why the price moved.")

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]


class ProducerStatement(PublicModel):
    """What a producer sold in a settled cycle. net = sold + adjusted − margin + late (check); then paid."""

    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="statements")
    producer = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    sold = Money(help_text="Goods as ordered at the close, members' price before taxes.")
    adjusted = Money(help_text="Differences after the close (weights, missing, damaged).")
    margin = Money(help_text="Kept by (or added for) the market, on what was sold in the end.")
    late = Money(
        default=0,
        help_text="Corrections of cycles settled before, producer's part, and negative statements carried over.",
    )
    net = Money(help_text="Payable to the producer.")
    tps = Money(help_text="Collected from members on this producer's goods; remitted by the market.")
    tvq = Money()
    deposits = Money()
    settled_at = models.DateTimeField()
    paid_on = models.DateField(null=True, blank=True)
    paid_reference = models.CharField(max_length=80, blank=True)
    paid_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    carried_to = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="carried",
        help_text="A negative one is taken off the producer's next statement.",
    )

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["cycle", "producer"], name="statement_once"),
            models.CheckConstraint(
                condition=models.Q(carried_to=None) | models.Q(net__lt=0, paid_on=None),
                name="statement_carried_is_negative",
            ),
            models.CheckConstraint(
                condition=models.Q(paid_on=None) | models.Q(net__gt=0), name="statement_paid_is_owed"
            ),
            models.CheckConstraint(
                condition=models.Q(net=models.F("sold") + models.F("adjusted") - models.F("margin") + models.F("late")),
                name="statement_net",
            ),
        ]


class CycleSettlement(models.Model):
    """The sums of a settled cycle, from the ledger: what members were charged is what everyone gets (check).

    Its statements sum to `producers` and `margin` (a deferred trigger, migration `statements_sum_up`).
    """

    cycle = models.OneToOneField(Cycle, models.PROTECT, related_name="settlement")
    orders = models.PositiveIntegerField()
    charged = Money(help_text="To the members, taxes, deposits and delivery included.")
    producers = Money()
    margin = Money()
    tps = Money()
    tvq = Money()
    deposits = Money()
    delivery = Money()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(
                    charged=models.F("producers")
                    + models.F("margin")
                    + models.F("tps")
                    + models.F("tvq")
                    + models.F("deposits")
                    + models.F("delivery")
                ),
                name="settlement_charged_is_shared_out",
            ),
        ]
