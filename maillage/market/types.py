"""Values of the market that other contexts use: states, events."""

from dataclasses import dataclass
from typing import ClassVar

from maillage.core.events import Event

from .models import CycleState, DocumentKind, LineState, MarginMode, OrderState, PaymentMethod

__all__ = [
    "CardOrderAmended",
    "CycleClosed",
    "CycleDistributed",
    "CycleOpened",
    "CyclePacked",
    "CycleSettled",
    "CycleState",
    "DocumentKind",
    "LineAdjusted",
    "LineState",
    "MarginMode",
    "OrderCancelled",
    "OrderPlaced",
    "OrderState",
    "PaymentMethod",
    "ShortageShared",
    "StatementPaid",
    "StockLow",
]


@dataclass(frozen=True)
class OrderPlaced(Event):
    """An order was placed or amended; `revision` tells which state of it."""

    quiet: ClassVar[bool] = True

    order_id: int
    revision: int


@dataclass(frozen=True)
class CardOrderAmended(Event):
    """An order that was to be paid by card changed: what its card page asks may be wrong."""

    order_id: int


@dataclass(frozen=True)
class OrderCancelled(Event):
    quiet: ClassVar[bool] = True

    order_id: int


@dataclass(frozen=True)
class CycleOpened(Event):
    cycle_id: int


@dataclass(frozen=True)
class CycleClosed(Event):
    cycle_id: int


@dataclass(frozen=True)
class CycleReopened(Event):
    """A close was taken back. `producers`: the keys, with commas, of those whose order sheet had left."""

    cycle_id: int
    turn: int
    producers: str


@dataclass(frozen=True)
class CyclePacked(Event):
    cycle_id: int


@dataclass(frozen=True)
class CycleDistributed(Event):
    cycle_id: int


@dataclass(frozen=True)
class CycleSettled(Event):
    cycle_id: int


@dataclass(frozen=True)
class StatementPaid(Event):
    statement_id: int


@dataclass(frozen=True)
class LineAdjusted(Event):
    adjustment_id: int


@dataclass(frozen=True)
class ShortageShared(Event):
    """What a producer brought short was shared among the orders, or that was taken back."""

    offer_id: int


@dataclass(frozen=True)
class StockLow(Event):
    """Offers of one producer in one cycle reached their alert. Told once per offer: `wave` names which ones."""

    cycle_id: int
    producer_id: int
    wave: str
