"""What documents are made of: rows of a closed cycle, in an order that never changes, and the words of a document."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from maillage.core.dates import say
from maillage.core.quantity import Temperature
from maillage.core.templatetags.maillage import money, quantity

from ..models import Cycle, Order, OrderLine, OrderState, Slot

__all__ = ["PACK", "head", "hours", "live_lines", "live_orders", "marks", "money", "quantity", "weight_of"]


PACK = Coalesce("final_quantity", "quantity")
"""The pieces that an order gets of a line: fewer than ordered when a delivery was short."""


@dataclass(frozen=True)
class Member:
    """Whose order it is, as a packer or a volunteer reads it."""

    order_id: int
    public_id: UUID
    number: int
    name: str


def live_lines(cycle: Cycle, **only: Any) -> QuerySet[OrderLine]:
    """Lines of orders that stand, as ordered."""
    return (
        OrderLine.objects.filter(order__cycle=cycle, quantity__gt=0, **only)
        .exclude(order__state=OrderState.CANCELLED)
        .order_by()
    )


def live_orders(cycle: Cycle, **only: Any) -> QuerySet[Order]:
    return Order.objects.filter(cycle=cycle, **only).exclude(state=OrderState.CANCELLED).order_by("number")


def head(cycle: Cycle, **more: Any) -> dict[str, Any]:
    """What every document says of its cycle."""
    return {
        "market": cycle.market.name,
        "cycle": _("Cycle %(number)s") % {"number": cycle.number},
        "delivered_on": say(cycle.delivered_on, "l j F Y"),
        "demo": _("Données de démonstration") if cycle.market.is_demo else "",
        "lang": language(),
        **more,
    }


def language() -> str:
    """The code of the language at hand: fr, en."""
    return (get_language() or settings.LANGUAGE_CODE)[:2]


def hours(slot: Slot) -> str:
    """« mercredi 25 novembre, 16 h 00 à 19 h 00 »."""
    starts, ends = localtime(slot.starts_at), localtime(slot.ends_at)
    return _("%(day)s, %(from)s à %(to)s") % {
        "day": say(starts, "l j F"),
        "from": say(starts, "TIME_FORMAT"),
        "to": say(ends, "TIME_FORMAT"),
    }


def marks() -> dict[str, str]:
    """The word of each temperature."""
    return {t.value: str(t.label) for t in Temperature}


def weight_of(pieces: Decimal, *, by_weight: bool, estimated: Decimal | None) -> str:
    """« ≈ 3,6 kg » beside pieces that are weighed; nothing otherwise."""
    return f"≈ {quantity(estimated or pieces)} kg" if by_weight else ""


def moment(at: datetime) -> str:
    return say(at, "DATETIME_FORMAT")
