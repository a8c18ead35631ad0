"""Who may write in market: the rules of its actions (`core.actions`, `directory.access`)."""

from collections.abc import Mapping
from typing import Any

from maillage.directory.access import either, given, own, works
from maillage.directory.types import BUYERS, RoleKind

from .models import (
    Cycle,
    DeliveryZone,
    LineAdjustment,
    Market,
    Offer,
    Order,
    OrderLine,
    Pause,
    PickupPoint,
    ProducerStatement,
    Reception,
)

MANAGERS = (RoleKind.COORDINATOR, RoleKind.DIRECTOR)
VOLUNTEERS = (*MANAGERS, RoleKind.PACKER, RoleKind.DRIVER)
"""Who works at the door and at the desk."""
HANDLERS = (*VOLUNTEERS, RoleKind.TREASURER)
KEEPERS = (*MANAGERS, RoleKind.TREASURER)
PAYERS = (RoleKind.TREASURER, RoleKind.DIRECTOR)
"""Who marks statements paid."""
PRODUCERS = (RoleKind.PRODUCER, RoleKind.DIRECTOR)
_OF_CYCLE, _OF_ORDER = "market__organisation_id", "cycle__market__organisation_id"

organisation = works((*MANAGERS, RoleKind.MANAGER))
market = works(MANAGERS, "market_id", Market)
point = given(market, works(MANAGERS, "point_id", PickupPoint, _OF_CYCLE))
zone = given(market, works(MANAGERS, "zone_id", DeliveryZone, _OF_CYCLE))
pause = works(MANAGERS, "pause_id", Pause, _OF_CYCLE)
cycle = works(MANAGERS, "cycle_id", Cycle, _OF_CYCLE)
producer = either(works(PRODUCERS, "producer_id"), cycle)
"""A producer for what is theirs, whoever runs the market for all."""
buying = given(own("person_id"), works(BUYERS, "organisation_id"))
order = works(VOLUNTEERS, "order_id", Order, _OF_ORDER)
line = works(VOLUNTEERS, "line_id", OrderLine, "order__" + _OF_ORDER)
adjustment = works(VOLUNTEERS, "adjustment_id", LineAdjustment, "line__order__" + _OF_ORDER)
offer = works(VOLUNTEERS, "offer_id", Offer, _OF_ORDER)
offers = works(VOLUNTEERS, "offer_ids", Offer, _OF_ORDER)
reception = works(VOLUNTEERS, "reception_id", Reception, "offer__" + _OF_ORDER)
till = works(HANDLERS, "order_id", Order, _OF_ORDER)
settlement = works(KEEPERS, "cycle_id", Cycle, _OF_CYCLE)
statements = works(PAYERS, "statement_ids", ProducerStatement, _OF_ORDER)
statement = works(PAYERS, "statement_id", ProducerStatement, _OF_ORDER)
_managed_order = works(MANAGERS, "order_id", Order, _OF_ORDER)
_own_order = either(
    own("order_id", Order, "person__account_id"), works(BUYERS, "order_id", Order, "buyer_id"), _managed_order
)


def own_order(by: Any, given: Mapping[str, Any], /) -> bool:
    """Who placed it, who buys in the same name, who runs the market; as staff, the last ones alone."""
    return _managed_order(by, given) if given.get("staff") else _own_order(by, given)


_managed_cycle = works(MANAGERS, "cycle_id", Cycle, _OF_CYCLE)


def own_cart(by: Any, given: Mapping[str, Any], /) -> bool:
    """The member; who runs the market, for them."""
    return (not given.get("staff") and own("person_id")(by, given)) or _managed_cycle(by, given)
