"""Placing, amending and cancelling orders. Each is one transaction that takes stock, place and crates, writes the order
and its lines, and posts the ledger: all of it, or nothing. Locks and their order: `market.sql`.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core.actions import action, asked
from maillage.core.events import publish
from maillage.core.money import ZERO

from .. import access, sql, trail
from ..drafting import draft
from ..models import Order, OrderState
from ..pricing import Totals
from ..types import OrderCancelled
from .order_refusals import (
    BelowMinimum,
    MethodNotOffered,
    NameChanged,
    NotABuyer,
    NotAMember,
    NotDelivered,
    NotEnoughBalance,
    NothingWanted,
    NotOpen,
    OrderGone,
    OrderMoved,
    SlotFull,
    SoldOut,
    TotalChanged,
)
from .order_terms import (
    Choice,
    check_choice,
    check_open,
    check_order,
    lock_placing,
    locked_rows,
    read_standing,
    read_terms,
    whose,
)
from .order_writing import Placed, announce_transfer, move_crates, post_change, rewrite, write_new

__all__ = [
    "BelowMinimum",
    "MethodNotOffered",
    "NameChanged",
    "NotABuyer",
    "NotAMember",
    "NotDelivered",
    "NotEnoughBalance",
    "NotOpen",
    "NothingWanted",
    "OrderGone",
    "OrderMoved",
    "Placed",
    "SlotFull",
    "SoldOut",
    "TotalChanged",
    "amend_order",
    "cancel_order",
    "place_order",
]


def place_order(
    *,
    person_id: int,
    cycle_id: int,
    slot_id: int,
    payment_method: str,
    key: uuid.UUID,
    now: datetime,
    by: Any,
    lines: Mapping[int, Decimal] | None = None,
    delivery_address: str = "",
    delivery_postal_code: str = "",
    note: str = "",
    expected: Decimal | None = None,
    staff: bool = False,
    buyer_id: int | None = None,
) -> Placed:
    """Order the member's cart (or `lines`: pieces by offer) of an open cycle, to be handed over in `slot_id`.

    In one transaction: stock, place, crates, order, lines with their frozen prices, ledger, empty cart, event.
    Never oversold; never charged twice: the same `key` answers with the same order; a second order of a member
    in a cycle is added to the first one. `expected` is the total in dollars that the member saw.
    `staff`: `by` orders for the member, as long as the cycle's state is open; the order's trail says so. `buyer_id`:
    the organisation in whose name they order; its one order of the cycle is shared by all who buy for it.

    Raises NotOpen, NotABuyer, NotAMember, NothingWanted, SoldOut, SlotFull, BelowMinimum, NotDelivered,
    NotEnoughBalance, MethodNotOffered, TotalChanged; then nothing has changed.
    """
    choice = Choice(
        cycle_id, person_id, buyer_id, slot_id, payment_method, delivery_address.strip(),
        _compact(delivery_postal_code), note.strip()[:280], now,
    )  # fmt: skip
    with asked(access.own_cart, by, {"person_id": person_id, "cycle_id": cycle_id, "staff": staff}):
        try:
            return _place(choice=choice, key=key, lines=lines, expected=expected, by=by, staff=staff)
        except IntegrityError as error:  # the same key or member on a book without their account yet: the other one won
            if not any(name in str(error) for name in ("checkoutattempt", "order_one_per_holder")):
                raise
            return _place(choice=choice, key=key, lines=lines, expected=expected, by=by, staff=staff)


@transaction.atomic  # and not @action: a new order changes no tracked row
def _place(
    *,
    choice: Choice,
    key: uuid.UUID,
    lines: Mapping[int, Decimal] | None,
    expected: Decimal | None,
    by: Any,
    staff: bool,
) -> Placed:
    params = choice.params() | {"key": key}
    terms = read_terms(params)
    standing, wanted = lock_placing(params, lines)
    if standing.attempt_order_id is not None:
        return _already(standing.attempt_order_id, choice.person_id, key)
    check_choice(terms, choice, staff=staff)
    if standing.id is not None and standing.state != OrderState.PLACED:
        raise OrderGone(_("Votre commande est déjà préparée."))
    order = draft(wanted, adding=True, delivery=terms.fee or ZERO)
    check_order(terms, order, expected, choice=choice, before=standing)
    if standing.id is None:
        return write_new(params, terms, standing, order, by=by, staff=staff)
    return rewrite(params, terms, standing, order, by=by, staff=staff, merged=True)


@action(access.own_order)
def amend_order(
    *,
    order_id: int,
    lines: Mapping[int, Decimal],
    now: datetime,
    by: Any,
    slot_id: int | None = None,
    payment_method: str | None = None,
    delivery_address: str | None = None,
    delivery_postal_code: str | None = None,
    note: str | None = None,
    expected: Decimal | None = None,
    seen: int | None = None,
    staff: bool = False,
) -> Placed:
    """Make `lines` (pieces by offer, the whole new set) the order's lines: free what is reduced, take what is added.

    Same guarantees and refusals as `place_order`; the ledger gets the difference under the next revision.
    Members until the close; `staff` as long as the cycle's state is open. An empty set is a cancellation: refused
    here with NothingWanted. `seen`: the revision that the page showed; OrderMoved if it is another now.
    """
    before = Order.objects.get(pk=order_id)
    choice = Choice(
        cycle_id=before.cycle_id,
        person_id=before.person_id,
        buyer_id=before.buyer_id,
        slot_id=before.slot_id if slot_id is None else slot_id,
        payment_method=before.payment_method if payment_method is None else payment_method,
        address=before.delivery_address if delivery_address is None else delivery_address.strip(),
        postal_code=before.delivery_postal_code if delivery_postal_code is None else _compact(delivery_postal_code),
        note=before.note if note is None else note.strip()[:280],
        now=now,
    )
    params = choice.params() | {"key": None}
    terms = read_terms(params)._replace(may_buy=True)  # who placed it may have left; its people amend it
    standing = read_standing(params, order_id)
    if seen is not None and standing.revision != seen:
        raise OrderMoved(_("Cette commande a changé pendant ce temps : relisez-la, puis recommencez au besoin."))
    check_choice(terms, choice, staff=staff)
    wanted = locked_rows(params | {"order": standing.id}, lines)
    order = draft(wanted, adding=False, delivery=terms.fee or ZERO)
    check_order(terms, order, expected, choice=choice, before=standing)
    return rewrite(params, terms, standing, order, by=by, staff=staff, merged=False)


@action(access.own_order)
def cancel_order(*, order_id: int, now: datetime, by: Any, staff: bool = False) -> None:
    """Cancel an order of an open cycle: stock, place and crates are free again, the ledger gets the opposite amounts.

    The order keeps its number and lines to show, and charges nothing. Twice is refused. Raises NotOpen, OrderGone.
    """
    before = Order.objects.get(pk=order_id)
    params: dict[str, Any] = {
        "cycle": before.cycle_id, **whose(before.person_id, before.buyer_id), "slot": before.slot_id,
        "order": order_id, "key": None, "today": timezone.localdate(now), "now": now,
    }  # fmt: skip
    terms = read_terms(params)
    standing = read_standing(params, order_id)
    check_open(terms, now, staff=staff)
    rows = [list(row) for row in locked_rows(params, {})]
    nothing = draft(rows, adding=False)
    sql.rows(sql.LOCK_SLOTS, {"slots": [standing.slot_id]})
    sql.run(sql.FREE_STOCK, params)
    sql.run(sql.MOVE_PLACE, {"slot": standing.slot_id, "by": -1})
    move_crates(standing.slot_id, {t: -c for t, c in standing.crates_taken().items()})
    revision = standing.revision + 1
    Order.objects.filter(pk=order_id).update(state=OrderState.CANCELLED, revision=revision, updated_at=now)
    post_change(
        params, terms, standing.public_id, standing.number, revision, nothing, Totals().minus(standing.totals), by=by
    )
    announce_transfer(params | {"payment_method": ""}, terms, standing.public_id, ZERO, standing.payment_method, by=by)
    trail.write(
        order_id=order_id, revision=revision, kind=trail.Kind.CANCELLED, order=nothing, total=ZERO,
        difference=-standing.totals.total, now=now, by=by, staff=staff,
    )  # fmt: skip
    publish(OrderCancelled(order_id=order_id))


def _already(order_id: int, person_id: int, key: uuid.UUID) -> Placed:
    order = Order.objects.get(pk=order_id, attempts__key=key, attempts__person_id=person_id)
    return Placed(order.pk, order.public_id, order.number, order.revision, order.total, repeated=True)


def _compact(postal_code: str) -> str:
    return postal_code.upper().replace(" ", "").replace("-", "")[:7]
