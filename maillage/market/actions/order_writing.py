"""Writing an order that was checked: place and crates, lines and stock, ledger, announced transfer, event."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from maillage.core.events import jobs_of, publish
from maillage.ledger import actions as ledger
from maillage.ledger import queries as balances
from maillage.ledger.types import AccountKind, Line
from maillage.payments import actions as payments

from .. import sql, trail
from ..drafting import NONE, Draft
from ..models import PaymentMethod
from ..models.order import party
from ..pricing import Totals
from ..types import CardOrderAmended, OrderPlaced
from .order_refusals import SlotFull
from .order_terms import Standing, Terms


@dataclass(frozen=True, slots=True)
class Placed:
    """An order as placed. `merged`: it was added to the member's order; `repeated`: this key had placed it already."""

    order_id: int
    public_id: uuid.UUID
    number: int
    revision: int
    total: Decimal
    merged: bool = False
    repeated: bool = False


def write_new(
    params: dict[str, Any], terms: Terms, standing: Standing, order: Draft, *, by: Any, staff: bool
) -> Placed:
    public_id = uuid.uuid4()
    order_id, number = standing.next_id, terms.before_number + standing.next_number
    need = order.crates() if terms.zone_prefixes is None else {}
    values = params | _amounts(order.totals) | {
        "order": order_id,
        "number": number,
        "public_id": public_id,
        "payment_reference": announce_transfer(params, terms, public_id, order.totals.total, by=by),
        "lines": _lines_json(order),
        "crates": _crates_json(need),
        "jobs": jobs_of(OrderPlaced(order_id=order_id, revision=1)),
    }  # fmt: skip
    values |= ledger.part(**_posting(params, terms, public_id, number, 1, order, order.totals, by=by))
    written = sql.rows(sql.PLACE, values)
    if not written:
        raise SlotFull
    room, posted, closed = written[0]
    ledger.check_part(values, posted, closed)
    _check_room(need, room)
    if staff:
        total = order.totals.total
        trail.write(
            order_id=order_id, revision=1, kind=trail.Kind.PLACED, order=order, total=total, difference=total,
            now=params["now"], by=by, staff=True,
        )  # fmt: skip
    return Placed(order_id, public_id, number, 1, order.totals.total)


def rewrite(
    params: dict[str, Any],
    terms: Terms,
    standing: Standing,
    order: Draft,
    *,
    by: Any,
    staff: bool,
    merged: bool,
) -> Placed:
    revision = standing.revision + 1
    need = order.crates() if terms.zone_prefixes is None else {}
    _move(standing, params["slot"], need)
    change = order.totals.minus(standing.totals)
    method = standing.payment_method
    values = params | _amounts(order.totals) | {
        "order": standing.id,
        "revision": revision,
        "payment_reference": announce_transfer(params, terms, standing.public_id, change.total, method, by=by),
        "lines": _lines_json(order),
        "crates": _crates_json(need),
    }  # fmt: skip
    if order.changed:
        sql.rows(sql.REWRITE_LINES, values)
    sql.run(sql.REWRITE_ORDER, values)
    if merged:
        sql.run(sql.KEEP_KEY, values)
        sql.run(sql.EMPTY_CART, values)
    post_change(params, terms, standing.public_id, standing.number, revision, order, change, by=by)
    assert standing.id is not None
    trail.write(
        order_id=standing.id, revision=revision, kind=trail.Kind.ADDED if merged else trail.Kind.AMENDED, order=order,
        total=order.totals.total, difference=change.total, now=params["now"], by=by, staff=staff,
        slots=(standing.slot_id, params["slot"]) if standing.slot_id != params["slot"] else None,
    )  # fmt: skip
    publish(OrderPlaced(order_id=standing.id, revision=revision))
    if method == PaymentMethod.CARD:
        publish(CardOrderAmended(order_id=standing.id))
    return Placed(standing.id, standing.public_id, standing.number, revision, order.totals.total, merged=merged)


def _move(standing: Standing, slot_id: int, need: dict[str, Decimal]) -> None:
    """From the place and crates that the order holds to those that it needs, perhaps in another slot."""
    taken = standing.crates_taken()
    if slot_id == standing.slot_id:
        change = {t: need.get(t, NONE) - taken.get(t, NONE) for t in need.keys() | taken.keys()}
        change = {t: c for t, c in change.items() if c}
        if change:
            sql.rows(sql.LOCK_SLOTS, {"slots": [slot_id]})
            _check_room(change, move_crates(slot_id, change))
        return
    sql.rows(sql.LOCK_SLOTS, {"slots": [slot_id, standing.slot_id]})
    if not sql.run(sql.MOVE_PLACE, {"slot": slot_id, "by": 1}):
        raise SlotFull
    _check_room(need, move_crates(slot_id, need))
    sql.run(sql.MOVE_PLACE, {"slot": standing.slot_id, "by": -1})
    move_crates(standing.slot_id, {t: -c for t, c in taken.items()})


def move_crates(slot_id: int, change: dict[str, Decimal]) -> list[str]:
    return [row[0] for row in sql.rows(sql.MOVE_CRATES, {"slot": slot_id, "crates": _crates_json(change)})]


def _check_room(need: dict[str, Decimal], found: list[str]) -> None:
    missing = tuple(t for t, crates in need.items() if crates > 0 and t not in found)
    if missing:
        raise SlotFull(missing)


def post_change(
    params: dict[str, Any],
    terms: Terms,
    public_id: uuid.UUID,
    number: int,
    revision: int,
    order: Draft,
    change: Totals,
    *,
    by: Any,
) -> None:
    """Post what changed, if any amount did."""
    posting = _posting(params, terms, public_id, number, revision, order, change, by=by)
    if posting["lines"]:
        ledger.post(**posting)


def _posting(
    params: dict[str, Any],
    terms: Terms,
    public_id: uuid.UUID,
    number: int,
    revision: int,
    order: Draft,
    change: Totals,
    *,
    by: Any,
) -> dict[str, Any]:
    """The member owes the total; producers, margin, taxes, deposits and delivery get their parts."""
    lines = [Line(AccountKind.PRODUCER, -amount, organisation_id=org) for org, amount in order.producers().items()]
    lines += [
        Line(AccountKind.MEMBER, change.total, **party(params["person"], params["buyer"])),
        Line(AccountKind.MARGIN, -change.margin),
        Line(AccountKind.TPS, -change.tps),
        Line(AccountKind.TVQ, -change.tvq),
        Line(AccountKind.DEPOSITS, -change.deposits),
        Line(AccountKind.DELIVERY, -change.delivery),
    ]
    return {
        "book_id": terms.book_id,
        "key": f"order:{public_id}:{revision}",
        "occurred_on": params["today"],
        "memo": f"Commande {number}" if revision == 1 else f"Commande {number}, révision {revision}",
        "lines": [line for line in lines if line.amount],
        "by": by,
    }


def _amounts(totals: Totals) -> dict[str, Decimal]:
    return {
        "goods": totals.goods,
        "producers": totals.producers,
        "margin": totals.margin,
        "tps": totals.tps,
        "tvq": totals.tvq,
        "deposits": totals.deposits,
        "delivery": totals.delivery,
        "total": totals.total,
    }


def _lines_json(order: Draft) -> str:
    return json.dumps([line.as_json() for line in order.changed])


def _crates_json(crates: Mapping[str, Decimal]) -> str:
    return json.dumps({temperature: str(crates[temperature]) for temperature in sorted(crates)})


def announce_transfer(
    params: dict[str, Any], terms: Terms, public_id: uuid.UUID, change: Decimal, before: str = "", *, by: Any
) -> str:
    """Announce the Interac transfer that will bring the member's balance to zero; its reference, "" when none is due.

    `change` is what the order adds to the balance now, `before` the payment method that it had.
    """
    source = f"order:{public_id}"
    if params["payment_method"] == PaymentMethod.INTERAC:
        balance = balances.balance(terms.book_id, AccountKind.MEMBER, **party(params["person"], params["buyer"]))
        if balance + change > 0:
            expected = payments.expect_transfer(
                organisation_id=terms.organisation_id,
                person_id=params["person"],
                buyer_id=params["buyer"],
                amount=balance + change,
                source=source,
                by=by,
            )
            return str(expected.reference)
    if before == PaymentMethod.INTERAC:
        payments.cancel_expected(organisation_id=terms.organisation_id, source=source, by=by)
    return ""
