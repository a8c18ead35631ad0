"""What the people at the desk see: slots, who is still to come, one order with its lines. No e-mails, no accounts."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.db.models import Count, Q, QuerySet
from django.http import Http404
from django.utils import timezone

from maillage.core.quantity import Temperature
from maillage.core.text import unaccented
from maillage.directory import queries as directory
from maillage.directory.models import Account
from maillage.membership.models import Membership
from maillage.payments.models import ExpectedState, ExpectedTransfer, Payment

from ..access import MANAGERS, VOLUNTEERS
from ..models import (
    Cycle,
    CycleState,
    LineAdjustment,
    LineState,
    Market,
    Order,
    OrderLine,
    OrderState,
    PaymentMethod,
    Slot,
)
from ..names import matching
from .orders import is_of
from .till import due_of, taken_for

READY = (CycleState.CLOSED, CycleState.PACKED, CycleState.DISTRIBUTED, CycleState.SETTLED)
_GONE = (LineState.MISSING, LineState.DAMAGED)


def desk_market(*, user: Any, slug: str) -> Market:
    """The market, for whoever packs, drives or coordinates there; Http404 otherwise."""
    market = Market.objects.select_related("organisation").filter(slug=slug).first()
    if market is None or not directory.holds(user=user, organisation_id=market.organisation_id, kinds=VOLUNTEERS):
        raise Http404
    return market


def desk_markets(*, user: Any) -> list[Market]:
    """The markets where `user` packs, drives or coordinates, by name."""
    keys = directory.organisations_where(user=user, kinds=VOLUNTEERS)
    return list(Market.objects.filter(organisation_id__in=keys))


@dataclass(frozen=True)
class SlotRow:
    """A slot with its orders: those that stand, and those handed over."""

    slot: Slot
    orders: int
    handed: int

    @property
    def left(self) -> int:
        return self.orders - self.handed


@dataclass(frozen=True)
class SlotDays:
    today: Sequence[SlotRow] = ()
    coming: Sequence[SlotRow] = ()
    past: Sequence[SlotRow] = ()


def slots_by_day(market: Market, *, now: datetime) -> SlotDays:
    """The slots of today, those that come, and those of the last seven days. One query."""
    today = timezone.localdate(now)
    stand = ~Q(orders__state=OrderState.CANCELLED)
    slots = (
        Slot.objects.filter(cycle__market=market, starts_at__gte=now - timedelta(days=8))
        .exclude(cycle__state=CycleState.DRAFT)
        .select_related("cycle", "point", "zone")
        .annotate(
            standing=Count("orders", filter=stand),
            handed=Count("orders", filter=Q(orders__state=OrderState.HANDED_OVER)),
        )
        .order_by("starts_at", "name")
    )
    days: dict[str, list[SlotRow]] = {"today": [], "coming": [], "past": []}
    for slot in slots:
        day = timezone.localdate(slot.starts_at)
        when = "today" if day == today else "coming" if day > today else "past"
        days[when].append(SlotRow(slot, slot.standing, slot.handed))
    return SlotDays(days["today"], days["coming"], list(reversed(days["past"])))


def slot_for(*, user: Any, slug: str, public_id: UUID) -> Slot:
    """A slot of a market where `user` works at the desk; Http404 otherwise."""
    slot = (
        Slot.objects.select_related("cycle__market__organisation", "point", "zone")
        .filter(public_id=public_id, cycle__market__slug=slug)
        .first()
    )
    if slot is None or not directory.holds(
        user=user, organisation_id=slot.cycle.market.organisation_id, kinds=VOLUNTEERS
    ):
        raise Http404
    return slot


@dataclass(frozen=True)
class Arrival:
    """An order as it is looked for: its number, who comes for it, their member number, whether they came."""

    order: Order
    name: str
    member_number: int | None
    lines: int
    elsewhere: str = ""

    @property
    def state(self) -> str:
        return self.order.state


@dataclass(frozen=True)
class Arrivals:
    """The orders of a slot, those still to come first. `found`: those that match what was typed."""

    rows: Sequence[Arrival]
    found: Sequence[Arrival]
    text: str

    def count(self, state: str) -> int:
        return sum(row.state == state for row in self.rows)

    @property
    def waiting(self) -> int:
        return self.count(OrderState.PLACED)

    @property
    def handed(self) -> int:
        return self.count(OrderState.HANDED_OVER)

    @property
    def absent(self) -> int:
        return self.count(OrderState.ABSENT)


_RANK = {OrderState.PLACED.value: 0, OrderState.ABSENT.value: 1, OrderState.HANDED_OVER.value: 2}


def arrivals_of(slot: Slot, *, text: str = "") -> Arrivals:
    """Who comes to the slot, found by name (accents and typos forgiven), order or member number. Two queries.

    What is not found in the slot is looked for in the other slots of the cycle (four more): a member who came to the
    wrong place is told where their crate is.
    """
    rows = _arrivals(slot, _orders(slot.cycle).filter(slot=slot))
    found = _matching(rows, text)
    if text and not found:
        named = _orders(slot.cycle).filter(pk__in=_named_elsewhere(slot, text))
        found = _matching(_arrivals(slot, named, elsewhere=True), text)
    return Arrivals(rows, found if text else rows, text)


def _orders(cycle: Cycle) -> QuerySet[Order]:
    return (
        Order.objects.filter(cycle=cycle)
        .exclude(state=OrderState.CANCELLED)
        .select_related("person", "buyer", "slot")
        .defer("person__email", "person__phone")
        .annotate(line_count=Count("lines", filter=Q(lines__quantity__gt=0)))
    )


def _arrivals(slot: Slot, orders: QuerySet[Order], *, elsewhere: bool = False) -> list[Arrival]:
    made = list(orders)
    members = Membership.objects.filter(organisation_id=slot.cycle.market.organisation_id)
    numbers = dict(members.filter(holder__in=[o.holder for o in made]).values_list("holder", "number"))
    rows = [
        Arrival(order, order.holder_name, numbers.get(order.holder), lines, order.slot.name if elsewhere else "")
        for order, lines in ((o, vars(o)["line_count"]) for o in made)
    ]
    return sorted(
        rows, key=lambda r: (_RANK[r.state], unaccented(r.order.person.family_name), unaccented(r.name), r.order.number)
    )


def _named_elsewhere(slot: Slot, text: str) -> list[int]:
    """Orders of the cycle's other slots that `text` names: their names and numbers alone are read. Two queries."""
    others = Order.objects.filter(cycle=slot.cycle).exclude(slot=slot).exclude(state=OrderState.CANCELLED)
    rows = list(
        others.order_by("pk").values_list(
            "pk", "number", "person_id", "buyer_id", "person__given_name", "person__family_name", "buyer__name"
        )
    )
    members = Membership.objects.filter(organisation_id=slot.cycle.market.organisation_id)
    numbers = dict(members.values_list("holder", "number"))
    found = matching(
        rows,
        text,
        name=lambda r: f"{r[6] or ''} {r[4]} {r[5]}".strip(),
        numbers=lambda r: (r[1], numbers.get(r[2] if r[3] is None else -r[3])),
    )
    return [row[0] for row in found]


def _matching(rows: Sequence[Arrival], text: str) -> list[Arrival]:
    """By the organisation's name, or by that of the person who ordered for it."""
    return matching(
        rows,
        text,
        name=lambda r: f"{r.name} {r.order.person.name}" if r.order.buyer_id else r.name,
        numbers=lambda r: (r.order.number, r.member_number),
    )


# --- one order --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """A change of a line that stands or was undone, as a sentence shows it."""

    adjustment: LineAdjustment
    who: str
    last: bool  # the only one that can be undone

    @property
    def pieces(self) -> Decimal:
        return Decimal(-self.adjustment.quantity)

    @property
    def credit(self) -> Decimal:
        """Goods given back to the member, before taxes (negative: charged in addition)."""
        return Decimal(-self.adjustment.goods)


@dataclass(frozen=True)
class DeskLine:
    line: OrderLine
    changes: Sequence[Change]
    seen: int

    @property
    def nonce(self) -> UUID:
        """A new one for each form: what a form sends twice is done once."""
        return uuid4()

    @property
    def rev(self) -> str:
        """What the page compares to know that another volunteer changed the line."""
        return f"{self.line.state}-{self.seen}"

    @property
    def done(self) -> bool:
        return self.line.state == LineState.HANDED_OVER

    @property
    def gone(self) -> bool:
        return self.line.state in _GONE

    @property
    def pieces(self) -> Decimal:
        """Pieces to hand over."""
        return Decimal(self.line.quantity if self.line.final_quantity is None else self.line.final_quantity)

    @property
    def weight(self) -> Decimal | None:
        weight: Decimal | None = (
            self.line.estimated_weight if self.line.final_weight is None else self.line.final_weight
        )
        return weight

    @property
    def by_weight(self) -> bool:
        return self.line.estimated_weight is not None

    @property
    def standing(self) -> Sequence[Change]:
        """Changes that count, the last one last."""
        return [c for c in self.changes if not hasattr(c.adjustment, "undone_by")]


@dataclass(frozen=True)
class DeskOrder:
    """An order at the desk. `due`: dollars to receive now; `transfer`: dollars that an Interac transfer will bring."""

    order: Order
    lines: Sequence[DeskLine]
    due: Decimal
    taken: Sequence[Payment]
    transfer: Decimal | None
    member_number: int | None
    groups: Sequence[tuple[str, str, Sequence[DeskLine]]] = field(default=())

    @property
    def waiting(self) -> int:
        """Lines neither ticked nor missing."""
        return sum(not line.done and not line.gone for line in self.lines)

    @property
    def is_handed(self) -> bool:
        return self.order.state == OrderState.HANDED_OVER

    @property
    def is_absent(self) -> bool:
        return self.order.state == OrderState.ABSENT

    @property
    def open(self) -> bool:
        """Whether the desk may change it: not before the close."""
        return self.order.cycle.state in READY


def order_at_desk(*, user: Any, slug: str, slot: UUID, public_id: UUID) -> DeskOrder:
    """An order of a slot of a market where `user` works at the desk; Http404 otherwise. Ten queries."""
    order = (
        Order.objects.select_related("cycle__market__organisation", "slot__point", "slot__zone", "person", "buyer")
        .filter(public_id=public_id, slot__public_id=slot, cycle__market__slug=slug)
        .exclude(state=OrderState.CANCELLED)
        .first()
    )
    if order is None or not directory.holds(
        user=user, organisation_id=order.cycle.market.organisation_id, kinds=VOLUNTEERS
    ):
        raise Http404
    return _desk_order(order)


def _desk_order(order: Order) -> DeskOrder:
    lines = _lines(order)
    organisation_id = order.cycle.market.organisation_id
    transfer = None
    if order.payment_method == PaymentMethod.INTERAC:
        transfer = (
            ExpectedTransfer.objects.filter(
                organisation_id=organisation_id, source=f"order:{order.public_id}", state=ExpectedState.EXPECTED
            )
            .values_list("amount", flat=True)
            .first()
        )
    number = (
        Membership.objects.filter(organisation_id=organisation_id, person_id=order.person_id)
        .values_list("number", flat=True)
        .first()
    )
    groups = [
        (t.value, str(t.label), found)
        for t in Temperature
        if (found := [line for line in lines if line.line.offer.temperature == t.value])
    ]
    return DeskOrder(order, lines, due_of(order), taken_for(order), transfer, number, groups)


def _lines(order: Order) -> list[DeskLine]:
    """Lines with their changes. Two queries."""
    changes: dict[int, list[LineAdjustment]] = defaultdict(list)
    for adjustment in (
        LineAdjustment.objects.filter(line__order=order).select_related("by__person", "undone_by").order_by("pk")
    ):
        changes[adjustment.line_id].append(adjustment)
    lines = order.lines.filter(quantity__gt=0).select_related("offer").order_by("offer__product_name", "pk")
    return [DeskLine(line, _changes(changes[line.pk]), len(changes[line.pk])) for line in lines]


def _changes(rows: list[LineAdjustment]) -> list[Change]:
    made = [r for r in rows if r.reason != LineAdjustment.Reason.UNDONE]
    standing = [r for r in made if not hasattr(r, "undone_by")]
    return [Change(r, _name(r.by), bool(standing) and r.pk == standing[-1].pk) for r in made]


def _name(account: Account | None) -> str:
    if account is None:
        return ""
    person = getattr(account, "person", None)
    return person.given_name if person else ""


def where_scanned(*, user: Any, public_id: UUID) -> tuple[str, Order]:
    """What a scanned code opens for `user`: ("desk", order) at the desk, ("mine", order) for its member. Or Http404."""
    order = Order.objects.select_related("cycle__market", "slot", "person").filter(public_id=public_id).first()
    if order is None or not isinstance(user, Account):
        raise Http404
    works = directory.holds(user=user, organisation_id=order.cycle.market.organisation_id, kinds=VOLUNTEERS)
    mine = is_of(user, order.person.account_id, order.buyer_id)
    standing = order.state != OrderState.CANCELLED and order.cycle.state in READY
    if works and standing and not mine:
        return "desk", order
    if mine or directory.holds(user=user, organisation_id=order.cycle.market.organisation_id, kinds=MANAGERS):
        return "mine", order
    raise Http404
