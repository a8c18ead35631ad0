from .cart import Cart, CartLine
from .cycle import Cycle, CycleState, CycleStep, ProducerConfirmation
from .document import Document, DocumentKind
from .market import (
    CycleTemplate,
    DeliveryZone,
    MarginMode,
    Market,
    PaymentMethod,
    PickupPoint,
    PickupWindow,
    PointCapacity,
)
from .offer import Offer
from .order import CheckoutAttempt, LineState, Order, OrderLine, OrderState
from .settlement import CycleSettlement, LineAdjustment, ProducerStatement
from .slot import Slot, SlotCapacity

__all__ = [
    "Cart",
    "CartLine",
    "CheckoutAttempt",
    "Cycle",
    "CycleSettlement",
    "CycleState",
    "CycleStep",
    "CycleTemplate",
    "DeliveryZone",
    "Document",
    "DocumentKind",
    "LineAdjustment",
    "LineState",
    "MarginMode",
    "Market",
    "Offer",
    "Order",
    "OrderLine",
    "OrderState",
    "PaymentMethod",
    "PickupPoint",
    "PickupWindow",
    "PointCapacity",
    "ProducerConfirmation",
    "ProducerStatement",
    "Slot",
    "SlotCapacity",
]
