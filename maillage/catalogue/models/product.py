"""What producers make: products, the formats that they come in, categories and labels."""

from decimal import Decimal
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from maillage.core.changes import ChangesKept
from maillage.core.choices import Choice
from maillage.core.models import Money, PublicModel, Quantity, UnitPrice
from maillage.core.quantity import Temperature, Unit
from maillage.core.tax import TaxClass
from maillage.core.text import Sorting
from maillage.directory.models import Organisation, Territory


def in_language(french: str, english: str) -> str:
    """The English text in an English page when there is one, else the French."""
    return english if english and (get_language() or "fr").startswith("en") else french


class Category(PublicModel):
    """A node of the tree of categories. Demonstration and first use: `data/categories.json`."""

    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80, blank=True)
    slug = models.SlugField(max_length=80, unique=True)
    icon = models.CharField(max_length=40, blank=True, help_text="Name of a lucide icon.")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar[list[str]] = ["position", "name"]

    def __str__(self) -> str:
        return in_language(self.name, self.name_en)


class Label(models.Model):
    """A claim on a product: organic, fair trade, wild-picked… `needs_certifier`: worth nothing without one."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80, blank=True)
    needs_certifier = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar[list[Any]] = [Sorting("name")]

    def __str__(self) -> str:
        return in_language(self.name, self.name_en)


class Allergen(models.TextChoices):
    """Health Canada's priority allergens, gluten sources and sulphites."""

    EGGS = "eggs", _("œufs")
    MILK = "milk", _("lait")
    MUSTARD = "mustard", _("moutarde")
    PEANUTS = "peanuts", _("arachides")
    CRUSTACEANS = "crustaceans", _("crustacés et mollusques")
    FISH = "fish", _("poisson")
    SESAME = "sesame", _("sésame")
    SOY = "soy", _("soja")
    SULPHITES = "sulphites", _("sulfites")
    TREE_NUTS = "tree_nuts", _("noix")
    WHEAT = "wheat", _("blé et triticale")
    GLUTEN = "gluten", _("gluten")


class PriceBasis(models.TextChoices):
    SHELF = "shelf", _("prix affiché au membre, avant taxes")
    PRODUCER = "producer", _("ce que le producteur reçoit")


class Product(PublicModel):
    """What a producer makes."""

    producer = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    reference = models.CharField(max_length=40, help_text="The producer's own code, unique for that producer.")
    name = models.CharField(max_length=160)
    description = models.TextField(blank=True)
    category = models.ForeignKey(Category, models.PROTECT, related_name="products")
    temperature = Choice(max_length=8, choices=Temperature, default=Temperature.AMBIENT)
    tax_class = Choice(max_length=8, choices=TaxClass, default=TaxClass.GROCERY)
    origin = models.ForeignKey(Territory, models.PROTECT, null=True, blank=True, related_name="+")
    season_from = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(12)],
        help_text="First month of the season.",
    )
    season_to = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(12)],
        help_text="Last month, included.",
    )
    allergens = ArrayField(Choice(max_length=16, choices=Allergen), default=list, blank=True)
    labels = models.ManyToManyField(Label, through="ProductLabel", related_name="products")
    picture = models.ImageField(upload_to="produits/", blank=True)
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)
    search = SearchVectorField(
        null=True, editable=False, help_text="Kept by a trigger: name, producer, category, description."
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar[list[Any]] = [Sorting("name")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ChangesKept("catalogue_product_changes", ignore=["search", "updated_at"]),
            models.UniqueConstraint(fields=["producer", "reference"], name="product_reference"),
            models.CheckConstraint(
                condition=models.Q(season_from=None, season_to=None)
                | models.Q(season_from__range=(1, 12), season_to__range=(1, 12)),
                name="product_season",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            GinIndex(fields=["search"], name="product_search"),
            GinIndex(
                OpClass(models.Func("name", function="public.immutable_unaccent"), name="gin_trgm_ops"),
                name="product_name_trgm",
            ),
            models.Index(fields=["producer", "name"], name="product_of_producer"),
        ]

    def __str__(self) -> str:
        return self.name


class ProductLabel(models.Model):
    product = models.ForeignKey(Product, models.CASCADE, related_name="product_labels")
    label = models.ForeignKey(Label, models.PROTECT, related_name="+")
    certifier = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["product", "label"], name="product_label_once"),
        ]

    def __str__(self) -> str:
        return f"{self.label} ({self.certifier})" if self.certifier else str(self.label)


class ProductFormat(PublicModel):
    """A way in which a product is sold, ordered in pieces: a 500 g bag, a 1 l bottle, a chicken of about 1,8 kg.

    `price` is for one piece, or for one kilogram when `by_weight` (then `content` is the estimated weight of a piece).
    """

    product = models.ForeignKey(Product, models.CASCADE, related_name="formats")
    reference = models.CharField(
        max_length=40, blank=True, help_text="Unique within the product; empty for the only one."
    )
    name = models.CharField(max_length=80, help_text="As shown: « sac de 500 g », « environ 1,8 kg ».")
    content = Quantity(help_text="Net content of a piece, in content_unit; estimated when by_weight.")
    content_unit = Choice(max_length=8, choices=Unit)
    by_weight = models.BooleanField(default=False)
    price = UnitPrice()
    price_basis = Choice(max_length=8, choices=PriceBasis, default=PriceBasis.SHELF)
    deposit = Money(default=Decimal("0.00"), help_text="Container deposit, outside the taxable base.")
    crates = Quantity(default=Decimal("0.050"), help_text="Share of a crate that one piece fills.")
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ChangesKept("catalogue_productformat_changes"),
            models.UniqueConstraint(fields=["product", "reference"], name="format_reference"),
            models.CheckConstraint(condition=models.Q(price__gt=0), name="format_price_positive"),
            models.CheckConstraint(condition=models.Q(content__gt=0), name="format_content_positive"),
            models.CheckConstraint(condition=models.Q(deposit__gte=0), name="format_deposit"),
            models.CheckConstraint(condition=models.Q(crates__gte=0), name="format_crates"),
            models.CheckConstraint(
                condition=models.Q(by_weight=False) | models.Q(content_unit=Unit.KG), name="format_by_weight_in_kg"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} · {self.name}"
