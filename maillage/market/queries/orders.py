"""Orders as members see them: the checkout, their list, one order with its lines."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.http import Http404

from maillage.core.money import ZERO
from maillage.core.quantity import Temperature
from maillage.directory import queries as directory
from maillage.directory.models import Account
from maillage.directory.types import BUYERS

from .. import sql
from ..access import KEEPERS, MANAGERS
from ..drafting import Draft, draft
from ..models import LineState, Order, OrderLine, PaymentMethod
from .shop import Shop

READERS = KEEPERS


class SlotChoice(NamedTuple):
    """A slot at checkout, with what is left in it. `crates`: left by temperature; None: no limit."""

    id: int
    public_id: UUID
    zone: str | None
    zone_prefixes: list[str] | None
    name: str
    address: str
    directions: str
    starts_at: datetime
    ends_at: datetime
    fee: Decimal
    minimum: Decimal
    places_left: int | None
    crates: dict[str, str] | None

    def missing(self, need: dict[str, Decimal]) -> list[str]:
        """Names of the temperatures for which the slot has no room left for `need` crates."""
        if self.zone is not None:
            return []
        room = self.crates or {}
        return [str(Temperature(t).label) for t, crates in need.items() if crates > Decimal(room.get(t, "0"))]

    @property
    def full(self) -> bool:
        return self.places_left is not None and self.places_left <= 0


_SLOTS = """
SELECT slot.id, slot.public_id, zone.name, zone.postal_prefixes, slot.name, coalesce(point.address, ''),
       coalesce(point.directions, ''), slot.starts_at, slot.ends_at, slot.fee, slot.minimum, slot.places - slot.taken,
       (SELECT json_object_agg(room.temperature, (room.crates - room.taken)::text)
          FROM market_slotcapacity room WHERE room.slot_id = slot.id)
FROM market_slot slot
LEFT JOIN market_pickuppoint point ON point.id = slot.point_id
LEFT JOIN market_deliveryzone zone ON zone.id = slot.zone_id
WHERE slot.cycle_id = %(cycle)s ORDER BY zone.name NULLS FIRST, slot.name, slot.starts_at
"""


def slots_of(*, cycle_id: int) -> list[SlotChoice]:
    """The slots of a cycle with their places and crates left. One statement."""
    return [SlotChoice._make(row) for row in sql.rows(_SLOTS, {"cycle": cycle_id})]


def cart_draft(*, shop: Shop, delivery: Decimal = ZERO, trim: bool = False) -> Draft:
    """The order that the member's cart would make, on top of the one they have. One statement."""
    params = {"cycle": shop.cycle_id, "person": shop.person_id, "order": shop.order_id}
    return draft(sql.rows(sql.READ_CART, params), adding=True, delivery=delivery, trim=trim)


class OwnAccount(NamedTuple):
    """The account in the market's book of whoever shops. `balance`: dollars owed (positive) or prepaid (negative)."""

    public_id: UUID
    balance: Decimal

    @property
    def ahead(self) -> Decimal:
        return -self.balance


_ACCOUNT = """
SELECT account.public_id, (SELECT coalesce(sum(amount), 0.00) FROM ledger_entry WHERE account_id = account.id)
FROM ledger_ledgeraccount account
WHERE account.book_id = %(book)s AND account.kind = 'member' AND account.person_id {person}
  AND account.organisation_id {organisation}
"""
_OF_PERSON = _ACCOUNT.format(person="= %(person)s", organisation="IS NULL")
_OF_BUYER = _ACCOUNT.format(person="IS NULL", organisation="= %(buyer)s")


def account_in(shop: Shop) -> OwnAccount | None:
    """What the member, or the organisation in whose name they shop, owes the market or has there; None before their
    first line. One statement at most.
    """
    if shop.book_id is None or shop.person_id is None:
        return None
    params = {"book": shop.book_id, "person": shop.person_id, "buyer": shop.buyer_id}
    found = sql.rows(_OF_PERSON if shop.buyer_id is None else _OF_BUYER, params)
    return OwnAccount._make(found[0]) if found else None


def orders_of(*, user: Any) -> QuerySet[Order]:
    """The orders of the person behind the account, and of the organisations they buy for, newest first, with their
    market, slot and number of lines.
    """
    if not isinstance(user, Account):
        return Order.objects.none()
    return (
        Order.objects.filter(Q(person__account=user, buyer=None) | Q(buyer__in=bought_for(user)))
        .select_related("cycle__market", "slot", "buyer")
        .annotate(line_count=Count("lines", filter=Q(lines__quantity__gt=0)))
        .order_by("-placed_at")
    )


def bought_for(user: Any) -> list[int]:
    """The organisations in whose name the account may order. One query."""
    return directory.organisations_where(user=user, kinds=BUYERS)


def is_of(user: Account, account_id: int | None, buyer_id: int | None) -> bool:
    """Whether an order of that account's person, perhaps for an organisation, is one of `user`."""
    return account_id == user.pk if buyer_id is None else buyer_id in bought_for(user)


@dataclass(frozen=True)
class OrderView:
    """An order for whoever may see it: its own member, or the market's staff."""

    order: Order
    lines: list[OrderLine]
    is_staff: bool


def order_for(*, user: Any, public_id: UUID, kinds: tuple[str, ...] = MANAGERS) -> OrderView:
    """The order with its lines, for its member or the market's people of those roles; Http404 for anyone else."""
    found = (
        Order.objects.select_related(
            "cycle__market__organisation__municipality", "slot__point", "slot__zone", "person", "buyer__municipality"
        )
        .filter(public_id=public_id)
        .order_by()[:1]
    )
    order = next(iter(found), None)
    if order is None or not isinstance(user, Account):
        raise Http404
    mine = is_of(user, order.person.account_id, order.buyer_id)
    if not mine and not directory.holds(user=user, organisation_id=order.cycle.market.organisation_id, kinds=kinds):
        raise Http404
    lines = list(order.lines.select_related("offer").defer("offer__search").order_by())
    lines.sort(key=lambda line: (line.offer.producer_name, line.offer.product_name, line.pk))
    return OrderView(order, lines, is_staff=not mine)


class SheetLine(NamedTuple):
    """A line of an order's page: pieces, dollars."""

    product_name: str
    format_name: str
    producer_name: str
    state: str
    quantity: Decimal
    goods: Decimal

    @property
    def state_label(self) -> str:
        return str(LineState(self.state).label)


class Sheet(NamedTuple):
    """What the page of an order shows, for whoever may see it."""

    id: int
    public_id: UUID
    number: int
    state: str
    payment_method: str
    payment_reference: str
    delivery_address: str
    delivery_postal_code: str
    goods: Decimal
    producers: Decimal
    margin: Decimal
    tps: Decimal
    tvq: Decimal
    deposits: Decimal
    delivery: Decimal
    total: Decimal
    placed_at: datetime
    updated_at: datetime
    handed_over_at: datetime | None
    cycle_state: str
    closes_at: datetime
    organisation_id: int
    market_name: str
    market_slug: str
    interac_email: str
    slot_name: str
    starts_at: datetime
    ends_at: datetime
    zone_id: int | None
    point_address: str | None
    point_directions: str
    member: str
    account_id: int | None
    cycle_number: int
    person_public_id: UUID
    buyer_id: int | None
    buyer_name: str | None
    has_trail: bool
    transfer_due: Decimal | None

    @property
    def payment_label(self) -> str:
        return str(PaymentMethod(self.payment_method).label)


_SHEET = """
SELECT o.id, o.public_id, o.number, o.state, o.payment_method, o.payment_reference, o.delivery_address,
       o.delivery_postal_code, o.goods, o.producers, o.margin, o.tps, o.tvq, o.deposits, o.delivery, o.total,
       o.placed_at, o.updated_at, o.handed_over_at, cycle.state, cycle.closes_at, market.organisation_id, market.name,
       market.slug, market.interac_email, slot.name, slot.starts_at, slot.ends_at, slot.zone_id, point.address,
       coalesce(point.directions, ''),
       CASE WHEN person.erased_at IS NULL THEN trim(person.given_name || ' ' || person.family_name) ELSE '' END,
       person.account_id, cycle.number, person.public_id, o.buyer_id, buyer.name,
       EXISTS (SELECT 1 FROM market_orderchange change WHERE change.order_id = o.id),
       (SELECT transfer.amount FROM payments_expectedtransfer transfer
         WHERE transfer.organisation_id = market.organisation_id AND transfer.source = 'order:' || o.public_id::text
           AND transfer.state = 'expected')
FROM market_order o
JOIN market_cycle cycle ON cycle.id = o.cycle_id
JOIN market_market market ON market.id = cycle.market_id
JOIN market_slot slot ON slot.id = o.slot_id
LEFT JOIN market_pickuppoint point ON point.id = slot.point_id
JOIN directory_person person ON person.id = o.person_id
LEFT JOIN directory_organisation buyer ON buyer.id = o.buyer_id
WHERE o.public_id = %(order)s
"""
_SHEET_LINES = """
SELECT offer.product_name, offer.format_name, offer.producer_name, line.state, line.quantity, line.goods
FROM market_orderline line JOIN market_offer offer ON offer.id = line.offer_id
WHERE line.order_id = %(order)s ORDER BY offer.producer_name, offer.product_name, line.id
"""


def sheet_for(*, user: Any, public_id: UUID) -> tuple[Sheet, list[SheetLine], bool]:
    """The page of an order, its lines, and whether its reader is the market's staff; Http404 for anyone but them and
    the order's own member. Two statements.
    """
    found = sql.rows(_SHEET, {"order": public_id})
    if not found or not isinstance(user, Account):
        raise Http404
    sheet = Sheet._make(found[0])
    mine = is_of(user, sheet.account_id, sheet.buyer_id)
    if not mine and not directory.holds(user=user, organisation_id=sheet.organisation_id, kinds=MANAGERS):
        raise Http404
    lines = [SheetLine._make(row) for row in sql.rows(_SHEET_LINES, {"order": sheet.id})]
    return sheet, lines, not mine


class Choices(NamedTuple):
    """What a member chose in their live order of the cycle, or in their last order of the market."""

    is_live: bool
    slot_id: int
    slot_name: str
    method: str
    address: str
    postal_code: str
    note: str


_CHOICES = """
SELECT o.id = %(order)s, o.slot_id, slot.name, o.payment_method, o.delivery_address, o.delivery_postal_code,
       CASE WHEN o.id = %(order)s THEN o.note ELSE '' END
FROM market_order o JOIN market_slot slot ON slot.id = o.slot_id JOIN market_cycle cycle ON cycle.id = o.cycle_id
WHERE coalesce(o.buyer_id * -1, o.person_id) = %(holder)s AND (o.person_id = %(holder)s OR o.buyer_id = -(%(holder)s))
  AND cycle.market_id = %(market)s
ORDER BY o.id = %(order)s DESC, o.placed_at DESC LIMIT 1
"""


def choices_of(shop: Shop) -> Choices | None:
    """What to propose at checkout; None for a first order. One statement."""
    params = {"order": shop.order_id or 0, "holder": shop.holder, "market": shop.market_id}
    found = sql.rows(_CHOICES, params)
    return Choices._make(found[0]) if found else None


def total_of(shop: Shop) -> Decimal:
    """The total of the member's live order in the cycle, which a new one is added to; 0 without one."""
    if shop.order_id is None:
        return ZERO
    return Order.objects.values_list("total", flat=True).get(pk=shop.order_id)


def order_of_key(*, user: Any, key: UUID) -> UUID | None:
    """The public id of the order that a checkout's key placed, for the member who did."""
    found = Order.objects.filter(attempts__key=key, attempts__person__account=user).values_list("public_id", flat=True)
    return found.first() if isinstance(user, Account) else None
