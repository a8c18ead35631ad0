"""Makers of catalogue rows for tests, of every context."""

from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from maillage.catalogue.models import Category, Label, Product, ProductFormat, ProductLabel
from maillage.core.quantity import Temperature, Unit
from maillage.core.tax import TaxClass
from maillage.directory.tests.factories import OrganisationFactory


class CategoryFactory(DjangoModelFactory):
    class Meta:
        model = Category

    name = factory.Sequence(lambda n: f"Catégorie {n}")
    name_en = factory.Sequence(lambda n: f"Category {n}")
    slug = factory.Sequence(lambda n: f"categorie-{n}")
    icon = "carrot"


class LabelFactory(DjangoModelFactory):
    class Meta:
        model = Label

    code = factory.Sequence(lambda n: f"etiquette-{n}")
    name = factory.Sequence(lambda n: f"Étiquette {n}")


class ProductFactory(DjangoModelFactory):
    class Meta:
        model = Product

    producer = factory.SubFactory(OrganisationFactory)
    reference = factory.Sequence(lambda n: f"P{n}")
    name = factory.Sequence(lambda n: f"Produit {n}")
    category = factory.SubFactory(CategoryFactory)
    temperature = Temperature.AMBIENT
    tax_class = TaxClass.GROCERY


class ProductLabelFactory(DjangoModelFactory):
    class Meta:
        model = ProductLabel

    product = factory.SubFactory(ProductFactory)
    label = factory.SubFactory(LabelFactory)


class ProductFormatFactory(DjangoModelFactory):
    """A 500 g bag at 4,00 $. `ProductFormatFactory(weighed=True)`: a piece of about 1,8 kg at 15,40 $ a kilogram."""

    class Meta:
        model = ProductFormat

    class Params:
        weighed = factory.Trait(
            name="environ 1,8 kg", content=Decimal("1.800"), by_weight=True, price=Decimal("15.4000")
        )

    product = factory.SubFactory(ProductFactory)
    reference = factory.Sequence(lambda n: f"F{n}")
    name = "sac de 500 g"
    content = Decimal("0.500")
    content_unit = Unit.KG
    price = Decimal("4.0000")
