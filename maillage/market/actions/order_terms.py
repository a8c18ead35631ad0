"""What an order has to obey: the terms of its cycle and slot, the order that the member has already, the offers locked.

Read under the locks of `market.sql`, then checked, in the order of this file.
"""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core.money import ZERO
from maillage.directory.types import BUYERS
from maillage.ledger import actions as ledger
from maillage.ledger import queries as balances
from maillage.ledger.types import AccountKind

from .. import sql
from ..drafting import Draft
from ..models import Cycle, CycleState, OrderState, PaymentMethod
from ..models.order import party
from ..pricing import Totals
from .order_refusals import (
    BelowMinimum,
    MethodNotOffered,
    NotABuyer,
    NotAMember,
    NotDelivered,
    NotEnoughBalance,
    NothingWanted,
    NotOpen,
    OrderGone,
    SlotFull,
    SoldOut,
    TotalChanged,
)


class Terms(NamedTuple):
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
    may_buy: bool
    slot_id: int | None
    fee: Decimal | None
    minimum: Decimal | None
    zone_prefixes: list[str] | None
    zone_name: str | None
    before_number: int
    turn: str


class Standing(NamedTuple):
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
class Choice:
    """What a member chose beside the lines."""

    cycle_id: int
    person_id: int
    buyer_id: int | None
    slot_id: int
    payment_method: str
    address: str
    postal_code: str
    note: str
    now: datetime

    def params(self) -> dict[str, Any]:
        return {
            "cycle": self.cycle_id,
            **whose(self.person_id, self.buyer_id),
            "slot": self.slot_id,
            "today": timezone.localdate(self.now),
            "payment_method": self.payment_method,
            "address": self.address,
            "postal_code": self.postal_code,
            "note": self.note,
            "now": self.now,
        }


_BUYERS = sql.array(kind.value for kind in BUYERS)


def whose(person_id: int, buyer_id: int | None) -> dict[str, Any]:
    """The parameters of `market.sql` that say who orders, and in whose name."""
    holder = person_id if buyer_id is None else -buyer_id
    return {"person": person_id, "buyer": buyer_id, "holder": holder, "buyers": _BUYERS}


def read_terms(params: dict[str, Any]) -> Terms:
    found = sql.rows(sql.TERMS, params)
    if not found:
        raise Cycle.DoesNotExist
    terms = Terms._make(found[0])
    if terms.book_id is None:
        return terms._replace(book_id=ledger.open_book(organisation_id=terms.organisation_id).pk)
    return terms


def read_standing(params: dict[str, Any], order_id: int) -> Standing:
    """The member's live order, which has to be `order_id` and still be changeable."""
    standing = Standing._make(sql.rows(sql.STANDING, params)[0])
    if standing.id != order_id or standing.state != OrderState.PLACED:
        raise OrderGone(_("Cette commande ne peut plus changer : elle est annulée ou déjà remise."))
    return standing


def check_open(terms: Terms, now: datetime, *, staff: bool) -> None:
    if terms.state != CycleState.OPEN or (now >= terms.closes_at and not staff):
        raise NotOpen(_("Les commandes de ce cycle sont fermées."))


def check_choice(terms: Terms, choice: Choice, *, staff: bool = False) -> None:
    check_open(terms, choice.now, staff=staff)
    if not terms.may_buy:
        raise NotABuyer(_("Vous ne faites plus les achats de cette organisation."))
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


def lock_placing(params: dict[str, Any], lines: Mapping[int, Decimal] | None) -> tuple[Standing, list[Any]]:
    """What the member has already; and the offers of the cart (or of `lines`) and of their order, locked by key."""
    statement, given = (sql.PLACING_CART, {}) if lines is None else (sql.PLACING_GIVEN, _given(lines))
    found = sql.rows(statement, params | given)
    width = len(Standing._fields)
    return Standing._make(found[0][:width]), [row[width:] for row in found if row[width] is not None]


def locked_rows(params: dict[str, Any], lines: Mapping[int, Decimal]) -> list[Any]:
    """Offers wanted and held, locked in the order of their keys."""
    return sql.rows(sql.LOCK_GIVEN, params | _given(lines))


def _given(lines: Mapping[int, Decimal]) -> dict[str, str]:
    return {"offers": sql.array(lines), "quantities": sql.array(lines.values())}


def check_order(terms: Terms, order: Draft, expected: Decimal | None, *, choice: Choice, before: Standing) -> None:
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
        account = balances.lock_account(terms.book_id, AccountKind.MEMBER, **party(choice.person_id, choice.buyer_id))
        missing = balances.balance_of(account.pk) + more - terms.credit_limit
        if more > 0 and missing > 0:
            raise NotEnoughBalance(missing)


def _dollars(amount: Decimal) -> str:
    return f"{amount:.2f}".replace(".", ",")
