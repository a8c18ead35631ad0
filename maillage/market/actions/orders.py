"""Placing, amending and cancelling orders. Each is one transaction that takes stock, place and crates, writes the order
and its lines, and posts the ledger: all of it, or nothing. Locks and their order: `market.sql`.
"""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from maillage.core.actions import Refused, action
from maillage.core.events import publish
from maillage.core.money import ZERO
from maillage.core.quantity import Temperature
from maillage.ledger import actions as ledger
from maillage.ledger import queries as balances
from maillage.ledger.types import AccountKind, Line
from maillage.payments import actions as payments

from .. import sql
from ..drafting import NONE, Draft, Shortage, draft
from ..models import Cycle, CycleState, Order, OrderState, PaymentMethod
from ..pricing import Totals
from ..types import OrderCancelled, OrderPlaced


class NotOpen(Refused):
    """The cycle takes no orders now."""


class NotAMember(Refused):
    """The market sells to members only."""


class NothingWanted(Refused):
    """The cart is empty."""


class SoldOut(Refused):
    """Something cannot be had as wanted. Nothing was taken; `shortages` says what is left of each."""

    def __init__(self, shortages: list[Shortage]) -> None:
        self.shortages = shortages
        super().__init__(
            ngettext(
                "Un produit n’est plus disponible comme demandé. Rien n’a été commandé.",
                "Des produits ne sont plus disponibles comme demandé. Rien n’a été commandé.",
                len(shortages),
            )
        )


class SlotFull(Refused):
    """No place, or no room for the crates of a temperature (`temperatures`), is left in the slot."""

    def __init__(self, temperatures: tuple[str, ...] = ()) -> None:
        self.temperatures = temperatures
        if temperatures:
            names = ", ".join(str(Temperature(t).label) for t in temperatures)
            message = _(
                "Ce point n’a plus assez d’espace (%(temperatures)s). Choisissez un autre moment ou un autre lieu."
            )
            super().__init__(message % {"temperatures": names})
        else:
            super().__init__(_("Ce moment est complet. Choisissez un autre moment ou un autre lieu."))


class BelowMinimum(Refused):
    """The goods do not reach the minimum of the market or of the delivery zone."""


class NotDelivered(Refused):
    """The address is missing or its postal code lies outside the zone."""


class NotEnoughBalance(Refused):
    """The account cannot carry the order; `missing` dollars more are needed."""

    def __init__(self, missing: Decimal) -> None:
        self.missing = missing
        super().__init__(_("Le solde de votre compte ne suffit pas. Choisissez un autre mode de paiement."))


class MethodNotOffered(Refused):
    """The market does not take this payment method."""


class TotalChanged(Refused):
    """The order would not cost what the page showed; nothing was taken."""

    def __init__(self, total: Decimal) -> None:
        self.total = total
        super().__init__(_("Le total a changé depuis l’affichage de la page. Vérifiez-le, puis confirmez."))


class OrderGone(Refused):
    """The order is cancelled or handed over: it cannot change any more."""


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


class _Terms(NamedTuple):
    state: str
    closes_at: datetime
    market_id: int
    organisation_id: int
    membership_required: bool
    payment_methods: list[str]
    credit_limit: Decimal
    order_minimum: Decimal
    book_id: int
    is_member: bool
    slot_id: int | None
    fee: Decimal | None
    minimum: Decimal | None
    zone_prefixes: list[str] | None
    zone_name: str | None
    before_number: int
    turn: str


class _Standing(NamedTuple):
    """The order of this key, and the member's live order of the cycle (`id` None: there is none)."""

    attempt_order_id: int | None
    id: int | None
    public_id: uuid.UUID
    number: int
    revision: int
    state: str
    slot_id: int
    payment_method: str
    payment_reference: str
    crates: str | dict[str, str]
    goods: Decimal
    producers: Decimal
    margin: Decimal
    tps: Decimal
    tvq: Decimal
    deposits: Decimal
    delivery: Decimal
    next_id: int
    next_number: int

    @property
    def totals(self) -> Totals:
        return Totals(self.goods, self.producers, self.margin, self.tps, self.tvq, self.deposits, self.delivery)

    def crates_taken(self) -> dict[str, Decimal]:
        taken = json.loads(self.crates) if isinstance(self.crates, str) else self.crates
        return {temperature: Decimal(crates) for temperature, crates in taken.items()}


@dataclass(frozen=True, slots=True)
class _Choice:
    """What a member chose beside the lines."""

    cycle_id: int
    person_id: int
    slot_id: int
    payment_method: str
    address: str
    postal_code: str
    note: str
    now: datetime

    def params(self) -> dict[str, Any]:
        return {
            "cycle": self.cycle_id,
            "person": self.person_id,
            "slot": self.slot_id,
            "today": timezone.localdate(self.now),
            "payment_method": self.payment_method,
            "address": self.address,
            "postal_code": self.postal_code,
            "note": self.note,
            "now": self.now,
        }


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
) -> Placed:
    """Order the member's cart (or `lines`: pieces by offer) of an open cycle, to be handed over in `slot_id`.

    In one transaction: stock, place, crates, order, lines with their frozen prices, ledger, empty cart, event.
    Never oversold; never charged twice: the same `key` answers with the same order; a second order of a member
    in a cycle is added to the first one. `expected` is the total in dollars that the member saw.

    Raises NotOpen, NotAMember, NothingWanted, SoldOut, SlotFull, BelowMinimum, NotDelivered, NotEnoughBalance,
    MethodNotOffered, TotalChanged; then nothing has changed.
    """
    choice = _Choice(
        cycle_id, person_id, slot_id, payment_method, delivery_address.strip(), _compact(delivery_postal_code),
        note.strip()[:280], now,
    )  # fmt: skip
    try:
        return _place(choice=choice, key=key, lines=lines, expected=expected, by=by)
    except IntegrityError as error:  # the same key or member on a book without their account yet: the other one won
        if not any(name in str(error) for name in ("checkoutattempt", "order_one_per_member")):
            raise
        return _place(choice=choice, key=key, lines=lines, expected=expected, by=by)


@transaction.atomic  # and not @action: a new order changes no tracked row
def _place(
    *, choice: _Choice, key: uuid.UUID, lines: Mapping[int, Decimal] | None, expected: Decimal | None, by: Any
) -> Placed:
    params = choice.params() | {"key": key}
    terms = _terms(params)
    standing = _Standing._make(sql.rows(sql.STANDING, params)[0])
    if standing.attempt_order_id is not None:
        return _already(standing.attempt_order_id, choice.person_id)
    _check_choice(terms, choice)
    if standing.id is not None and standing.state != OrderState.PLACED:
        raise OrderGone(_("Votre commande est déjà préparée."))
    wanted = _locked(params | {"order": standing.id}, lines)
    order = draft(wanted, adding=True, delivery=terms.fee or ZERO)
    _check_order(terms, order, expected, choice=choice, before=standing)
    if standing.id is None:
        return _write_new(params, terms, standing, order, by=by)
    return _rewrite(params, terms, standing, order, by=by, merged=True)


@action
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
    staff: bool = False,
) -> Placed:
    """Make `lines` (pieces by offer, the whole new set) the order's lines: free what is reduced, take what is added.

    Same guarantees and refusals as `place_order`; the ledger gets the difference under the next revision.
    Members until the close; `staff` as long as the cycle's state is open. An empty set is a cancellation: refused
    here with NothingWanted.
    """
    before = Order.objects.get(pk=order_id)
    choice = _Choice(
        cycle_id=before.cycle_id,
        person_id=before.person_id,
        slot_id=before.slot_id if slot_id is None else slot_id,
        payment_method=before.payment_method if payment_method is None else payment_method,
        address=before.delivery_address if delivery_address is None else delivery_address.strip(),
        postal_code=before.delivery_postal_code if delivery_postal_code is None else _compact(delivery_postal_code),
        note=before.note if note is None else note.strip()[:280],
        now=now,
    )
    params = choice.params() | {"key": None}
    terms = _terms(params)
    standing = _standing(params, order_id)
    _check_choice(terms, choice, staff=staff)
    wanted = _locked(params | {"order": standing.id}, lines)
    order = draft(wanted, adding=False, delivery=terms.fee or ZERO)
    _check_order(terms, order, expected, choice=choice, before=standing)
    return _rewrite(params, terms, standing, order, by=by, merged=False)


@action
def cancel_order(*, order_id: int, now: datetime, by: Any, staff: bool = False) -> None:
    """Cancel an order of an open cycle: stock, place and crates are free again, the ledger gets the opposite amounts.

    The order keeps its number and lines to show, and charges nothing. Twice is refused. Raises NotOpen, OrderGone.
    """
    before = Order.objects.get(pk=order_id)
    params: dict[str, Any] = {
        "cycle": before.cycle_id, "person": before.person_id, "slot": before.slot_id, "order": order_id, "key": None,
        "today": timezone.localdate(now), "now": now,
    }  # fmt: skip
    terms = _terms(params)
    standing = _standing(params, order_id)
    _check_open(terms, now, staff=staff)
    rows = [list(row) for row in _locked(params, {})]
    nothing = draft(rows, adding=False)
    sql.rows(sql.LOCK_SLOTS, {"slots": [standing.slot_id]})
    sql.run(sql.FREE_STOCK, params)
    sql.run(sql.MOVE_PLACE, {"slot": standing.slot_id, "by": -1})
    _move_crates(standing.slot_id, {t: -c for t, c in standing.crates_taken().items()})
    revision = standing.revision + 1
    Order.objects.filter(pk=order_id).update(state=OrderState.CANCELLED, revision=revision, updated_at=now)
    _post(params, terms, standing.public_id, standing.number, revision, nothing, Totals().minus(standing.totals), by=by)
    _transfer(params | {"payment_method": ""}, terms, standing.public_id, ZERO, standing.payment_method, by=by)
    publish(OrderCancelled(order_id=order_id))


# --- steps, in the order in which they run ----------------------------------------------------------------------


def _terms(params: dict[str, Any]) -> _Terms:
    found = sql.rows(sql.TERMS, params)
    if not found:
        raise Cycle.DoesNotExist
    terms = _Terms._make(found[0])
    if terms.book_id is None:
        return terms._replace(book_id=ledger.open_book(organisation_id=terms.organisation_id).pk)
    return terms


def _standing(params: dict[str, Any], order_id: int) -> _Standing:
    """The member's live order, which has to be `order_id` and still be changeable."""
    standing = _Standing._make(sql.rows(sql.STANDING, params)[0])
    if standing.id != order_id or standing.state != OrderState.PLACED:
        raise OrderGone(_("Cette commande ne peut plus changer : elle est annulée ou déjà remise."))
    return standing


def _already(order_id: int, person_id: int) -> Placed:
    order = Order.objects.get(pk=order_id, person_id=person_id)
    return Placed(order.pk, order.public_id, order.number, order.revision, order.total, repeated=True)


def _check_open(terms: _Terms, now: datetime, *, staff: bool) -> None:
    if terms.state != CycleState.OPEN or (now >= terms.closes_at and not staff):
        raise NotOpen(_("Les commandes de ce cycle sont fermées."))


def _check_choice(terms: _Terms, choice: _Choice, *, staff: bool = False) -> None:
    _check_open(terms, choice.now, staff=staff)
    if terms.membership_required and not terms.is_member:
        raise NotAMember(_("Ce marché est réservé à ses membres. Devenez membre pour commander."))
    if choice.payment_method not in terms.payment_methods:
        raise MethodNotOffered(_("Ce mode de paiement n’est pas offert par le marché."))
    if terms.slot_id is None:
        raise SlotFull
    if terms.zone_prefixes is not None:
        if not choice.address:
            raise NotDelivered(_("Inscrivez l’adresse de livraison."))
        if not choice.postal_code.startswith(tuple(terms.zone_prefixes)):
            message = _("Le code postal n’est pas dans la zone de livraison « %(zone)s ».")
            raise NotDelivered(message % {"zone": terms.zone_name})


def _locked(params: dict[str, Any], lines: Mapping[int, Decimal] | None) -> list[Any]:
    """Offers wanted and held, locked in the order of their keys."""
    if lines is None:
        return sql.rows(sql.LOCK_CART, params)
    return sql.rows(sql.LOCK_GIVEN, params | {"offers": list(lines), "quantities": list(lines.values())})


def _check_order(terms: _Terms, order: Draft, expected: Decimal | None, *, choice: _Choice, before: _Standing) -> None:
    if not order.kept or (before.id is None and not order.changed):
        raise NothingWanted(_("Votre panier est vide."))
    if order.shortages:
        raise SoldOut(order.shortages)
    minimum = max(terms.order_minimum, terms.minimum or ZERO)
    if order.totals.goods < minimum:
        raise BelowMinimum(_("Il manque %(missing)s $ de produits pour atteindre le minimum de %(minimum)s $.") % {
            "missing": _dollars(minimum - order.totals.goods), "minimum": _dollars(minimum),
        })  # fmt: skip
    if expected is not None and expected != order.totals.total:
        raise TotalChanged(order.totals.total)
    if choice.payment_method == PaymentMethod.BALANCE:
        more = order.totals.total - (before.totals.total if before.id is not None else ZERO)
        account = balances.lock_account(terms.book_id, AccountKind.MEMBER, person_id=choice.person_id)
        missing = balances.balance_of(account.pk) + more - terms.credit_limit
        if more > 0 and missing > 0:
            raise NotEnoughBalance(missing)


def _write_new(params: dict[str, Any], terms: _Terms, standing: _Standing, order: Draft, *, by: Any) -> Placed:
    public_id = uuid.uuid4()
    order_id, number = standing.next_id, terms.before_number + standing.next_number
    need = order.crates() if terms.zone_prefixes is None else {}
    values = params | _amounts(order.totals) | {
        "order": order_id,
        "number": number,
        "public_id": public_id,
        "payment_reference": _transfer(params, terms, public_id, order.totals.total, by=by),
        "lines": _lines_json(order),
        "crates": _crates_json(need),
    }  # fmt: skip
    _post(params, terms, public_id, number, 1, order, order.totals, by=by)
    publish(OrderPlaced(order_id=order_id, revision=1))
    written = sql.rows(sql.PLACE, values)
    if not written:
        raise SlotFull
    _check_room(need, written[0][0])
    return Placed(order_id, public_id, number, 1, order.totals.total)


def _rewrite(
    params: dict[str, Any], terms: _Terms, standing: _Standing, order: Draft, *, by: Any, merged: bool
) -> Placed:
    revision = standing.revision + 1
    need = order.crates() if terms.zone_prefixes is None else {}
    _move(standing, params["slot"], need)
    change = order.totals.minus(standing.totals)
    method = standing.payment_method
    values = params | _amounts(order.totals) | {
        "order": standing.id,
        "revision": revision,
        "payment_reference": _transfer(params, terms, standing.public_id, change.total, method, by=by),
        "lines": _lines_json(order),
        "crates": _crates_json(need),
    }  # fmt: skip
    if order.changed:
        sql.rows(sql.REWRITE_LINES, values)
    sql.run(sql.REWRITE_ORDER, values)
    if merged:
        sql.run(sql.KEEP_KEY, values)
        sql.run(sql.EMPTY_CART, values)
    _post(params, terms, standing.public_id, standing.number, revision, order, change, by=by)
    assert standing.id is not None
    publish(OrderPlaced(order_id=standing.id, revision=revision))
    return Placed(standing.id, standing.public_id, standing.number, revision, order.totals.total, merged=merged)


def _move(standing: _Standing, slot_id: int, need: dict[str, Decimal]) -> None:
    """From the place and crates that the order holds to those that it needs, perhaps in another slot."""
    taken = standing.crates_taken()
    if slot_id == standing.slot_id:
        change = {t: need.get(t, NONE) - taken.get(t, NONE) for t in need.keys() | taken.keys()}
        change = {t: c for t, c in change.items() if c}
        if change:
            sql.rows(sql.LOCK_SLOTS, {"slots": [slot_id]})
            _check_room(change, _move_crates(slot_id, change))
        return
    sql.rows(sql.LOCK_SLOTS, {"slots": [slot_id, standing.slot_id]})
    if not sql.run(sql.MOVE_PLACE, {"slot": slot_id, "by": 1}):
        raise SlotFull
    _check_room(need, _move_crates(slot_id, need))
    sql.run(sql.MOVE_PLACE, {"slot": standing.slot_id, "by": -1})
    _move_crates(standing.slot_id, {t: -c for t, c in taken.items()})


def _move_crates(slot_id: int, change: dict[str, Decimal]) -> list[str]:
    return [row[0] for row in sql.rows(sql.MOVE_CRATES, {"slot": slot_id, "crates": _crates_json(change)})]


def _check_room(need: dict[str, Decimal], found: list[str]) -> None:
    missing = tuple(t for t, crates in need.items() if crates > 0 and t not in found)
    if missing:
        raise SlotFull(missing)


def _post(
    params: dict[str, Any],
    terms: _Terms,
    public_id: uuid.UUID,
    number: int,
    revision: int,
    order: Draft,
    change: Totals,
    *,
    by: Any,
) -> None:
    """Post what changed: the member owes the total; producers, margin, taxes, deposits and delivery get their parts."""
    lines = [Line(AccountKind.PRODUCER, -amount, organisation_id=org) for org, amount in order.producers().items()]
    lines += [
        Line(AccountKind.MEMBER, change.total, person_id=params["person"]),
        Line(AccountKind.MARGIN, -change.margin),
        Line(AccountKind.TPS, -change.tps),
        Line(AccountKind.TVQ, -change.tvq),
        Line(AccountKind.DEPOSITS, -change.deposits),
        Line(AccountKind.DELIVERY, -change.delivery),
    ]
    lines = [line for line in lines if line.amount]
    if lines:
        ledger.post(
            book_id=terms.book_id,
            key=f"order:{public_id}:{revision}",
            occurred_on=params["today"],
            memo=f"Commande {number}" if revision == 1 else f"Commande {number}, révision {revision}",
            lines=lines,
            by=by,
        )


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


def _transfer(
    params: dict[str, Any], terms: _Terms, public_id: uuid.UUID, change: Decimal, before: str = "", *, by: Any
) -> str:
    """Announce the Interac transfer that will bring the member's balance to zero; its reference, "" when none is due.

    `change` is what the order adds to the balance now, `before` the payment method that it had.
    """
    source = f"order:{public_id}"
    if params["payment_method"] == PaymentMethod.INTERAC:
        balance = balances.balance(terms.book_id, AccountKind.MEMBER, person_id=params["person"])
        if balance + change > 0:
            expected = payments.expect_transfer(
                organisation_id=terms.organisation_id,
                person_id=params["person"],
                amount=balance + change,
                source=source,
                by=by,
            )
            return str(expected.reference)
    if before == PaymentMethod.INTERAC:
        payments.cancel_expected(organisation_id=terms.organisation_id, source=source, by=by)
    return ""


def _compact(postal_code: str) -> str:
    return postal_code.upper().replace(" ", "").replace("-", "")[:7]


def _dollars(amount: Decimal) -> str:
    return f"{amount:.2f}".replace(".", ",")
