"""What an order will be, from the rows of `sql.READ_CART` and its kin: lines, amounts, crates, and what ran out.

Pure: the checkout page shows a draft of what was read, `actions.orders` writes a draft of what was locked.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from maillage.core.money import ZERO
from maillage.core.quantity import milli

from .pricing import LineAmounts, Totals, charged_units, line_amounts, order_totals

NONE = Decimal("0.000")


class Row(NamedTuple):
    """An offer, what is wanted of it, and the line that the member's order holds (None: no such line)."""

    offer_id: int
    producer_id: int
    product_name: str
    format_name: str
    temperature: str
    tax_class: str
    content: Decimal
    by_weight: bool
    crates: Decimal
    deposit: Decimal
    member_price: Decimal
    producer_price: Decimal
    left: Decimal | None
    max_per_member: Decimal | None
    step: Decimal
    is_open: bool
    wanted: Decimal | None
    held: Decimal | None
    held_member_price: Decimal | None
    held_producer_price: Decimal | None
    held_tax_class: str | None
    held_goods: Decimal | None
    held_producers: Decimal | None
    held_margin: Decimal | None
    held_deposits: Decimal | None


class Why(StrEnum):
    """Why a member cannot have what they want of an offer."""

    WITHDRAWN = "withdrawn"
    STOCK = "stock"
    MAXIMUM = "maximum"
    STEP = "step"


@dataclass(frozen=True, slots=True)
class Shortage:
    """An offer that cannot be had as wanted: pieces `wanted` and `possible` (0: none), in the terms of the request."""

    offer_id: int
    name: str
    why: Why
    wanted: Decimal
    possible: Decimal


@dataclass(frozen=True, slots=True)
class DraftLine:
    row: Row
    quantity: Decimal
    delta: Decimal
    weight: Decimal | None
    member_price: Decimal
    producer_price: Decimal
    tax_class: str
    amounts: LineAmounts

    @property
    def name(self) -> str:
        return f"{self.row.product_name} · {self.row.format_name}"

    def as_json(self) -> dict[str, Any]:
        """The line as `sql.PLACE` and `sql.REWRITE_LINES` read it."""
        return {
            "offer_id": self.row.offer_id,
            "producer_id": self.row.producer_id,
            "delta": str(self.delta),
            "quantity": str(self.quantity),
            "weight": None if self.weight is None else str(self.weight),
            "member_price": str(self.member_price),
            "producer_price": str(self.producer_price),
            "tax_class": self.tax_class,
            "goods": str(self.amounts.goods),
            "producers": str(self.amounts.producers),
            "margin": str(self.amounts.margin),
            "deposits": str(self.amounts.deposits),
        }


@dataclass(slots=True)
class Draft:
    """An order as it would be. `lines` with quantity 0 leave it."""

    lines: list[DraftLine] = field(default_factory=list)
    shortages: list[Shortage] = field(default_factory=list)
    totals: Totals = field(default_factory=Totals)

    @property
    def kept(self) -> list[DraftLine]:
        return [line for line in self.lines if line.quantity]

    @property
    def changed(self) -> list[DraftLine]:
        return [line for line in self.lines if line.delta]

    def crates(self) -> dict[str, Decimal]:
        """Crates by temperature, 3 decimals; temperatures without any are left out."""
        need: dict[str, Decimal] = {}
        for line in self.lines:
            crates = milli(line.row.crates * line.quantity)
            if crates:
                need[line.row.temperature] = need.get(line.row.temperature, NONE) + crates
        return need

    def producers(self) -> dict[int, Decimal]:
        """What each producer is owed more (or less) than by the lines held before, in dollars."""
        owed: dict[int, Decimal] = {}
        for line in self.lines:
            change = line.amounts.producers - (line.row.held_producers or ZERO)
            owed[line.row.producer_id] = owed.get(line.row.producer_id, ZERO) + change
        return owed


def draft(rows: Iterable[Sequence[Any]], *, adding: bool, delivery: Decimal = ZERO, trim: bool = False) -> Draft:
    """The order that `rows` make. `adding`: wanted quantities come on top of those held; else they replace them.

    A line keeps the price at which its first piece was ordered. With `trim`, what cannot be had is left out
    of the lines (and still told in `shortages`).
    """
    result = Draft()
    for values in rows:
        row = Row._make(values)
        held = row.held or NONE
        target = (row.wanted or NONE) + held if adding else (row.wanted or NONE)
        why, possible = _possible(row, held, target)
        if why is not None:
            base = held if adding else NONE
            shortage = Shortage(
                row.offer_id,
                f"{row.product_name} · {row.format_name}",
                why,
                wanted=target - base,
                possible=max(possible - base, NONE),
            )
            result.shortages.append(shortage)
            target = possible if trim else target
        if target or row.held is not None:
            result.lines.append(_line(row, held, target))
    result.totals = order_totals(((line.amounts, line.tax_class) for line in result.lines), delivery)
    return result


def _possible(row: Row, held: Decimal, target: Decimal) -> tuple[Why | None, Decimal]:
    """The largest quantity up to `target` that the member may have, and why not all of it (None: all)."""
    if target == held:
        return None, target
    why, possible = None, target
    if target > held:
        if not row.is_open:
            return Why.WITHDRAWN, held
        if row.max_per_member is not None and target > row.max_per_member:
            why, possible = Why.MAXIMUM, max(row.max_per_member, held)
        if row.left is not None and possible - held > row.left:
            why, possible = Why.STOCK, held + max(row.left, NONE)
    if possible % row.step:
        why, possible = why or Why.STEP, possible // row.step * row.step
    return why, possible


def _line(row: Row, held: Decimal, quantity: Decimal) -> DraftLine:
    frozen = row.held_member_price is not None
    member_price = row.held_member_price if row.held_member_price is not None else row.member_price
    producer_price = row.held_producer_price if row.held_producer_price is not None else row.producer_price
    charged = charged_units(pieces=quantity, by_weight=row.by_weight, content=row.content)
    return DraftLine(
        row=row,
        quantity=quantity,
        delta=quantity - held,
        weight=charged if row.by_weight else None,
        member_price=member_price,
        producer_price=producer_price,
        tax_class=row.held_tax_class if frozen and row.held_tax_class else row.tax_class,
        amounts=line_amounts(
            member_price=member_price,
            producer_price=producer_price,
            charged=charged,
            deposit=row.deposit,
            pieces=quantity,
        ),
    )
