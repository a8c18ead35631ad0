"""Carts: kept on the server, the same on a phone and a desk. They take nothing; checkout checks everything again."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from maillage.core.actions import action
from maillage.core.quantity import milli

from .. import access, sql
from ..drafting import draft
from ..models import BuyingFor

MOST = Decimal(9999)


@transaction.atomic  # and not @action: nobody keeps the history of a cart
def fill(
    *,
    person_id: int,
    cycle_id: int,
    quantities: Mapping[int, Decimal],
    now: datetime,
    by: Any,
    add: bool = False,
) -> None:
    """Set the pieces of each offer in the member's cart of a cycle (`add`: on top of what is there). Two statements.

    Zero takes the line out. Offers of other cycles and withdrawn offers are ignored; quantities stay within 0…9999.
    """
    wanted = {offer: min(max(milli(quantity), Decimal(0)), MOST) for offer, quantity in quantities.items()}
    cart = sql.rows(sql.CART_OF, {"cycle": cycle_id, "person": person_id, "now": now})[0][0]
    sql.run(
        sql.FILL_CART,
        {"cycle": cycle_id, "cart": cart, "offers": list(wanted), "quantities": list(wanted.values()), "add": add},
    )


@transaction.atomic
def keep_what_is_left(*, person_id: int, cycle_id: int, order_id: int | None, now: datetime, by: Any) -> int:
    """Lower each line of the cart to what the member can have now; lines without anything left leave it.

    Returns how many lines changed.
    """
    rows = sql.rows(sql.READ_CART, {"cycle": cycle_id, "person": person_id, "order": order_id})
    shortages = draft(rows, adding=True).shortages
    if shortages:
        _set(person_id, cycle_id, {short.offer_id: short.possible for short in shortages}, now)
    return len(shortages)


def _set(person_id: int, cycle_id: int, quantities: dict[int, Decimal], now: datetime) -> None:
    cart = sql.rows(sql.CART_OF, {"cycle": cycle_id, "person": person_id, "now": now})[0][0]
    params = {"cart": cart, "offers": list(quantities), "quantities": list(quantities.values())}
    sql.run(sql.TRIM_CART, params)


@action(access.buying)
def buy_for(*, person_id: int, market_id: int, organisation_id: int | None, by: Any) -> None:
    """From now on the person shops in the market in the name of an organisation, or in their own (None).

    What they may do in its name is checked when the order is placed.
    """
    BuyingFor.objects.update_or_create(
        person_id=person_id, market_id=market_id, defaults={"organisation_id": organisation_id}
    )
