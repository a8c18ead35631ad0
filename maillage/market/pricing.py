"""How a price splits between producer and market, and what lines and orders amount to. Pure functions, no database.

Unit prices have 4 decimals, amounts 2, quantities 3. One rounding a figure, half up:
a line's goods and producers' share are each rounded once, its margin is their difference;
taxes are computed on the taxable base of the whole order and rounded once each.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from maillage.catalogue.models import PriceBasis
from maillage.core.money import ZERO, cents, unit_price
from maillage.core.quantity import milli
from maillage.core.tax import TaxClass, taxes_on

from .models import MarginMode


@dataclass(frozen=True)
class UnitPrices:
    """Dollars per piece (or per kg), 4 decimals: what the member pays before taxes, what the producer receives."""

    member: Decimal
    producer: Decimal

    @property
    def margin(self) -> Decimal:
        return self.member - self.producer


def split(price: Decimal, basis: str, mode: str, rate: Decimal) -> UnitPrices:
    """Both unit prices from one `price` given on `basis` (PriceBasis), by a market's margin `mode` and `rate`.

    RETAINED: the market keeps `rate` of the member's price. ON_TOP: it adds `rate` of the producer's price.
    The given price is kept as it is; the other one is rounded to 4 decimals. Raises ValueError for a rate
    outside [0, 1) or a negative price.
    """
    if not 0 <= rate < 1:
        raise ValueError("a margin rate is at least 0 and less than 1")
    if price < 0:
        raise ValueError("a price is not negative")
    given = unit_price(price)
    share = (1 - rate) if mode == MarginMode.RETAINED else 1 / (1 + rate)  # producer's share of the member's price
    if basis == PriceBasis.SHELF:
        return UnitPrices(member=given, producer=unit_price(given * share))
    member = given / (1 - rate) if mode == MarginMode.RETAINED else given * (1 + rate)
    return UnitPrices(member=unit_price(member), producer=given)


@dataclass(frozen=True, slots=True)
class LineAmounts:
    """Dollars of one line: goods = producers + margin; deposits apart."""

    goods: Decimal
    producers: Decimal
    margin: Decimal
    deposits: Decimal = ZERO


def line_amounts(
    *, member_price: Decimal, producer_price: Decimal, charged: Decimal, deposit: Decimal = ZERO, pieces: Decimal = ZERO
) -> LineAmounts:
    """Amounts for `charged` units: pieces, or kilograms for a line by weight. Deposits: `deposit` × `pieces`."""
    goods, producers = cents(member_price * charged), cents(producer_price * charged)
    return LineAmounts(goods, producers, goods - producers, cents(deposit * pieces))


def charged_units(*, pieces: Decimal, by_weight: bool, content: Decimal, weight: Decimal | None = None) -> Decimal:
    """What a line charges for: its pieces; by weight, the kilograms known, or else pieces × estimated `content`."""
    if not by_weight:
        return pieces
    return weight if weight is not None else milli(pieces * content)


@dataclass(frozen=True, slots=True)
class Totals:
    """Dollars of an order: total = goods + tps + tvq + deposits + delivery; goods = producers + margin."""

    goods: Decimal = ZERO
    producers: Decimal = ZERO
    margin: Decimal = ZERO
    tps: Decimal = ZERO
    tvq: Decimal = ZERO
    deposits: Decimal = ZERO
    delivery: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.goods + self.tps + self.tvq + self.deposits + self.delivery

    @property
    def taxes(self) -> Decimal:
        return self.tps + self.tvq

    def minus(self, other: "Totals") -> "Totals":
        """The difference, part by part: what an amendment posts."""
        return Totals(
            self.goods - other.goods,
            self.producers - other.producers,
            self.margin - other.margin,
            self.tps - other.tps,
            self.tvq - other.tvq,
            self.deposits - other.deposits,
            self.delivery - other.delivery,
        )


def order_totals(lines: Iterable[tuple[LineAmounts, str]], delivery: Decimal = ZERO) -> Totals:
    """Totals from `(amounts, tax_class)` of each line and the delivery fee, which is taxable.

    Taxes are computed on the taxable base of the order, each rounded once; deposits are outside the base.
    """
    goods = producers = margin = deposits = ZERO
    base = delivery
    for amounts, tax_class in lines:
        goods += amounts.goods
        producers += amounts.producers
        margin += amounts.margin
        deposits += amounts.deposits
        if tax_class == TaxClass.TAXABLE:
            base += amounts.goods
    taxes = taxes_on(base)
    return Totals(goods, producers, margin, taxes.tps, taxes.tvq, deposits, delivery)
