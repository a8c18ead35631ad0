"""Every way to pay behind one interface. `get(key)` gives the method of a key; `offered(keys)` those that work now."""

from collections.abc import Iterable

from .balance import Balance
from .base import PaymentMethod
from .card import Card
from .interac import Interac
from .pickup import Pickup

METHODS: dict[str, PaymentMethod] = {m.key: m for m in (Balance(), Interac(), Pickup(), Card())}

__all__ = ["METHODS", "PaymentMethod", "get", "offered"]


def get(key: str) -> PaymentMethod:
    """The method of a key ("balance", "interac", "pickup", "card"). Raises KeyError."""
    return METHODS[key]


def offered(keys: Iterable[str]) -> list[PaymentMethod]:
    """Among those that an organisation accepts, the methods that work now, in its order."""
    return [METHODS[k] for k in keys if k in METHODS and not METHODS[k].unavailable()]
