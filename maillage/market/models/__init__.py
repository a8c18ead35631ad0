from .cart import BuyingFor, Cart, CartLine
from .change import OrderChange
from .cycle import Cycle, CycleState, CycleStep, ProducerConfirmation
from .document import Document, DocumentKind
from .market import (
    CycleTemplate,
    DeliveryZone,
    MarginMode,
    Market,
    Pause,
    PaymentMethod,
    PickupPoint,
    PickupWindow,
    PointCapacity,
)
from .offer import Offer
from .order import CheckoutAttempt, LineState, Order, OrderLine, OrderState
from .reception import Reception
from .settlement import CycleSettlement, LineAdjustment, ProducerStatement
from .slot import Slot, SlotCapacity

__all__ = [
    "BuyingFor",
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
    "OrderChange",
    "OrderLine",
    "OrderState",
    "Pause",
    "PaymentMethod",
    "PickupPoint",
    "PickupWindow",
    "PointCapacity",
    "ProducerConfirmation",
    "ProducerStatement",
    "Reception",
    "Slot",
    "SlotCapacity",
]
