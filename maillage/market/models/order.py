"""Orders: one live order per member (a person, or an organisation) and cycle; lines with their frozen price split.

What a line charges follows from `final_quantity` (pieces) or `final_weight` (kg); while they are empty, from what was
ordered. Charged amounts change only together with a ledger transaction.
"""

from decimal import Decimal
from typing import ClassVar, TypedDict

from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from maillage.core.changes import ChangesKept
from maillage.core.choices import Choice
from maillage.core.models import Money, PublicModel, Quantity, UnitPrice
from maillage.core.tax import TaxClass
from maillage.directory.models import Organisation, Person

from .cycle import Cycle
from .market import PaymentMethod
from .offer import Offer
from .slot import Slot


class OrderState(models.TextChoices):
    PLACED = "placed", _("passée")
    CANCELLED = "cancelled", _("annulée")
    HANDED_OVER = "handed_over", pgettext_lazy("order", "remise")
    ABSENT = "absent", _("non réclamée")


HOLDER = Coalesce(models.F("buyer") * -1, models.F("person"), output_field=models.BigIntegerField())
"""The key of the person, or minus that of the organisation in whose name they ordered: as memberships name members."""


class Party(TypedDict):
    """A member's account in the ledger: the organisation's when one orders, else the person's."""

    person_id: int | None
    organisation_id: int | None


def party(person_id: int, buyer_id: int | None) -> Party:
    return {"person_id": None if buyer_id else person_id, "organisation_id": buyer_id}


class Order(PublicModel):
    """In dollars. total = goods + tps + tvq + deposits + delivery (check); goods = producers + margin (check)."""

    # No index of their own: those of Meta begin with these columns.
    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="orders", db_index=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    buyer = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", db_index=False,
        help_text="The organisation in whose name `person` ordered: its account is charged, its people see the order.",
    )  # fmt: skip
    number = models.PositiveIntegerField(help_text="Unique in the cycle; printed on labels.")
    slot = models.ForeignKey(Slot, models.PROTECT, related_name="orders", db_index=False)
    state = Choice(max_length=12, choices=OrderState, default=OrderState.PLACED)
    payment_method = Choice(max_length=8, choices=PaymentMethod)
    payment_reference = models.CharField(max_length=24, blank=True, help_text="What the member writes in a transfer.")
    delivery_address = models.CharField(max_length=200, blank=True)
    delivery_postal_code = models.CharField(max_length=7, blank=True)
    note = models.CharField(max_length=280, blank=True)
    revision = models.PositiveIntegerField(default=1, help_text="Grows at each amendment; part of the ledger's key.")
    goods = Money(default=Decimal("0.00"))
    producers = Money(default=Decimal("0.00"))
    margin = Money(default=Decimal("0.00"))
    tps = Money(default=Decimal("0.00"))
    tvq = Money(default=Decimal("0.00"))
    deposits = Money(default=Decimal("0.00"))
    delivery = Money(default=Decimal("0.00"))
    total = Money(default=Decimal("0.00"))
    crates = models.JSONField(default=dict, help_text="Crates taken in the slot by temperature, as decimal strings.")
    placed_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    handed_over_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ChangesKept("market_order_changes"),
            models.UniqueConstraint(
                "cycle", HOLDER, name="order_one_per_holder", condition=~models.Q(state="cancelled")
            ),
            models.UniqueConstraint(fields=["cycle", "number"], name="order_number"),
            models.CheckConstraint(
                condition=models.Q(
                    total=models.F("goods")
                    + models.F("tps")
                    + models.F("tvq")
                    + models.F("deposits")
                    + models.F("delivery")
                ),
                name="order_total_is_its_parts",
            ),
            models.CheckConstraint(
                condition=models.Q(goods=models.F("producers") + models.F("margin")), name="order_goods_is_its_parts"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["person", "-placed_at"], name="order_of_person"),
            models.Index(fields=["slot", "number"], name="order_of_slot"),
            models.Index(
                fields=["buyer", "-placed_at"], name="order_of_buyer", condition=models.Q(buyer__isnull=False)
            ),
        ]

    @property
    def holder(self) -> int:
        """Whose order it is, as one number (`HOLDER`)."""
        return self.person_id if self.buyer_id is None else -self.buyer_id

    @property
    def party(self) -> Party:
        """Whose account it is charged to, as the ledger names it."""
        return party(self.person_id, self.buyer_id)

    @property
    def holder_name(self) -> str:
        """Whose order it is: the organisation, or the person. Reads both."""
        return self.buyer.name if self.buyer is not None else self.person.name


class LineState(models.TextChoices):
    ORDERED = "ordered", _("commandé")
    PACKED = "packed", _("préparé")
    HANDED_OVER = "handed_over", _("remis")
    MISSING = "missing", _("manquant")
    DAMAGED = "damaged", _("abîmé")
    REMOVED = "removed", _("retiré")


class OrderLine(PublicModel):
    """goods = producers + margin, to the cent (check). Deposits are charged per piece handed over."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="lines", db_index=False)
    offer = models.ForeignKey(Offer, models.PROTECT, related_name="lines", db_index=False)
    producer = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    quantity = Quantity(help_text="Pieces ordered.")
    estimated_weight = Quantity(null=True, blank=True, help_text="kg, for lines sold by weight.")
    final_quantity = Quantity(null=True, blank=True, help_text="Pieces charged in the end, when it differs.")
    final_weight = Quantity(null=True, blank=True, help_text="kg charged in the end.")
    member_price = UnitPrice()
    producer_price = UnitPrice()
    tax_class = Choice(max_length=8, choices=TaxClass)
    goods = Money()
    producers = Money()
    margin = Money()
    deposits = Money(default=Decimal("0.00"))
    state = Choice(max_length=12, choices=LineState, default=LineState.ORDERED)

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["order", "offer"], name="order_line_once"),
            models.CheckConstraint(condition=models.Q(quantity__gte=0), name="order_line_quantity"),
            models.CheckConstraint(
                condition=models.Q(goods=models.F("producers") + models.F("margin")),
                name="order_line_goods_is_its_parts",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["offer"], include=["quantity"], name="order_line_of_offer"),
        ]


class CheckoutAttempt(models.Model):
    """The idempotency key of a checkout: the same key answers with the same order, never a second charge."""

    key = models.UUIDField(unique=True)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, models.PROTECT, related_name="attempts")
    revision = models.PositiveIntegerField()
    at = models.DateTimeField()
