"""The price of an offer as the cards of the shop and a product's page show it: a piece, a kilogram, where it goes."""

from decimal import Decimal
from typing import NamedTuple

from maillage.core.money import ZERO, cents
from maillage.core.tax import TaxClass, taxes_on

from .queries.shop import OfferRow


class PriceTag(NamedTuple):
    """In dollars, for one piece (estimated when sold by weight). price = producer + margin; the rest comes on top."""

    price: Decimal
    per_unit: Decimal | None
    unit: str
    producer: Decimal
    margin: Decimal
    taxes: Decimal


def price_tag(row: OfferRow) -> PriceTag:
    pieces = row.content if row.by_weight else Decimal(1)
    whole, producer = row.member_price * pieces, cents(row.producer_price * pieces)
    per_unit, unit = unit_price(row)
    taxes = taxes_on(whole).total if row.tax_class == TaxClass.TAXABLE else ZERO
    return PriceTag(cents(whole), per_unit, unit, producer, cents(whole) - producer, taxes)


def unit_price(row: OfferRow) -> tuple[Decimal | None, str]:
    """Dollars per kilogram or litre, with the unit; (None, "") for what has no weight nor volume."""
    if row.by_weight:
        return cents(row.member_price), "kg"
    if row.content_unit in ("kg", "l"):
        return cents(row.member_price / row.content), row.content_unit
    return None, ""
