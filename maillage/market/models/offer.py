"""What is offered in a cycle, with its price split frozen when it is offered and its stock counter."""

from decimal import Decimal
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from maillage.catalogue.models import Category, ProductFormat
from maillage.core.changes import ChangesKept
from maillage.core.choices import Choice
from maillage.core.models import Money, PublicModel, Quantity, UnitPrice
from maillage.core.quantity import Temperature, Unit
from maillage.core.tax import TaxClass
from maillage.directory.models import Organisation

from .cycle import Cycle


class Offer(PublicModel):
    """One format in one cycle. Names and prices are copied, so that a later edit of the catalogue changes no sale.

    Prices are per piece, or per kilogram when `by_weight`. `member_price` is before taxes and deposit;
    `member_price - producer_price` is the market's margin. `sold` counts pieces of placed orders.
    """

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="offers")
    format = models.ForeignKey(ProductFormat, models.PROTECT, related_name="+")
    producer = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    category = models.ForeignKey(Category, models.PROTECT, related_name="+")
    product_name = models.CharField(max_length=160)
    format_name = models.CharField(max_length=80)
    producer_name = models.CharField(max_length=200)
    picture = models.CharField(max_length=200, blank=True)
    labels = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    temperature = Choice(max_length=8, choices=Temperature)
    tax_class = Choice(max_length=8, choices=TaxClass)
    content = Quantity()
    content_unit = Choice(max_length=8, choices=Unit)
    by_weight = models.BooleanField(default=False)
    crates = Quantity()
    deposit = Money(default=Decimal("0.00"))
    member_price = UnitPrice()
    producer_price = UnitPrice()
    quantity = Quantity(null=True, blank=True, help_text="Pieces available; empty for no limit.")
    sold = Quantity(default=Decimal("0.000"))
    max_per_member = Quantity(null=True, blank=True)
    step = Quantity(default=Decimal("1.000"), help_text="Orders are multiples of it.")
    low_stock_at = Quantity(null=True, blank=True)
    low_stock_told_at = models.DateTimeField(null=True, blank=True, help_text="The alert is sent once per offer.")
    price_overridden = models.BooleanField(
        default=False, help_text="The coordinator set the price: the next cycle keeps it instead of the catalogue's."
    )
    is_open = models.BooleanField(default=True)
    rank = models.PositiveIntegerField(default=0, db_default=0, help_text="Place among the suggestions; 0: none yet.")
    search = SearchVectorField(null=True, editable=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["product_name", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ChangesKept(
                "market_offer_changes", removed=False, only=["member_price", "producer_price", "quantity", "is_open"]
            ),
            models.UniqueConstraint(fields=["cycle", "format"], name="offer_once"),
            models.CheckConstraint(
                condition=models.Q(quantity=None) | models.Q(sold__lte=models.F("quantity")),
                name="offer_never_oversold",
            ),
            models.CheckConstraint(condition=models.Q(sold__gte=0), name="offer_sold"),
            models.CheckConstraint(condition=models.Q(step__gt=0), name="offer_step"),
            models.CheckConstraint(
                condition=models.Q(producer_price__gte=0) & models.Q(member_price__gte=models.F("producer_price")),
                name="offer_prices",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["cycle", "category", "product_name"], name="offer_by_category"),
            models.Index(fields=["cycle", "product_name", "id"], name="offer_by_name"),
            models.Index(fields=["cycle", "producer"], name="offer_by_producer"),
            models.Index(fields=["cycle", "rank", "id"], name="offer_by_rank"),
            models.Index(fields=["cycle", "member_price", "product_name", "id"], name="offer_by_price"),
            models.Index(
                fields=["cycle"],
                name="offer_alert_to_send",
                condition=models.Q(low_stock_at__isnull=False, low_stock_told_at=None),
            ),
            GinIndex(fields=["search"], name="offer_search"),
        ]

    def __str__(self) -> str:
        return f"{self.product_name} · {self.format_name}"

    @property
    def left(self) -> Decimal | None:
        """Pieces left; None without a limit."""
        return None if self.quantity is None else self.quantity - self.sold
