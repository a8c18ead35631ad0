"""What a coordinator sees: their market, its cycles, how one goes, what it offers, its documents."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Sum, Value
from django.db.models import DecimalField as Decimals
from django.db.models.functions import Coalesce, Now
from django.http import Http404

from maillage.core.quantity import Temperature
from maillage.core.text import Sorting
from maillage.directory import queries as directory

from ..access import HANDLERS, MANAGERS, PRODUCERS
from ..models import (
    Cycle,
    CycleState,
    CycleStep,
    DeliveryZone,
    Document,
    DocumentKind,
    Market,
    Offer,
    Pause,
    PickupPoint,
    ProducerConfirmation,
    Slot,
)

COMPARED = 3
_NOTHING = Value(Decimal("0.00"), output_field=Decimals(max_digits=14, decimal_places=2))


def count_overdue() -> int:
    """Open cycles whose closing is more than five minutes past: the clock's work does not run. One statement."""
    return Cycle.objects.filter(state=CycleState.OPEN, closes_at__lt=Now() - timedelta(minutes=5)).count()


def managed_market(*, user: Any, slug: str, kinds: tuple[str, ...] = MANAGERS) -> Market:
    """The market, if `user` coordinates it (or holds one of `kinds` there); Http404 otherwise."""
    market = Market.objects.select_related("organisation").filter(slug=slug).first()
    if market is None or not directory.holds(user=user, organisation_id=market.organisation_id, kinds=kinds):
        raise Http404
    return market


def handles_money(organisation_ids: Collection[int]) -> bool:
    """Whether one of the organisations has a market: its coordination needs a second factor."""
    return Market.objects.filter(organisation__in=organisation_ids).exists()


def manages(*, user: Any, market: Market) -> bool:
    """Whether `user` coordinates the market, and not only packs, drives or keeps its books."""
    return directory.holds(user=user, organisation_id=market.organisation_id, kinds=MANAGERS)


def managed_cycle(*, user: Any, slug: str, number: int, kinds: tuple[str, ...] = MANAGERS) -> Cycle:
    """A cycle of a market that `user` coordinates, with its market; Http404 otherwise."""
    cycle = Cycle.objects.select_related("market__organisation").filter(market__slug=slug, number=number).first()
    if cycle is None or not directory.holds(user=user, organisation_id=cycle.market.organisation_id, kinds=kinds):
        raise Http404
    return cycle


def markets_of(*, organisation_ids: Iterable[int]) -> QuerySet[Market]:
    """The markets of some organisations, by name."""
    return Market.objects.filter(organisation_id__in=organisation_ids)


def organisations_without_market(*, user: Any) -> list[Any]:
    """Organisations that `user` coordinates and that have no market yet."""
    keys = directory.organisations_where(user=user, kinds=MANAGERS)
    taken = set(Market.objects.filter(organisation_id__in=keys).values_list("organisation_id", flat=True))
    from maillage.directory.models import Organisation

    return list(Organisation.objects.filter(pk__in=[k for k in keys if k not in taken]))


def cycles_of(market: Market) -> QuerySet[Cycle]:
    """The market's cycles, last first, with `placed` (orders that stand) and `sales` (their goods, dollars)."""
    stand = ~Q(orders__state="cancelled")
    return (
        Cycle.objects.filter(market=market)
        .annotate(
            placed=Count("orders", filter=stand),
            sales=Coalesce(Sum("orders__goods", filter=stand), _NOTHING),
        )
        .order_by("-number")
    )


def points_of(market: Market) -> QuerySet[PickupPoint]:
    return PickupPoint.objects.filter(market=market).prefetch_related("windows", "capacities").order_by(Sorting("name"))


def point_of(market: Market, public_id: UUID) -> PickupPoint:
    point = points_of(market).filter(public_id=public_id).first()
    if point is None:
        raise Http404
    return point


def zones_of(market: Market) -> QuerySet[DeliveryZone]:
    return DeliveryZone.objects.filter(market=market).order_by(Sorting("name"))


def zone_of(market: Market, public_id: UUID) -> DeliveryZone:
    zone = zones_of(market).filter(public_id=public_id).first()
    if zone is None:
        raise Http404
    return zone


def pauses_of(market: Market, *, today: date) -> QuerySet[Pause]:
    """Those that are not over, the next one first."""
    return Pause.objects.filter(market=market).exclude(during__fully_lt=(today, None))


def pause_of(market: Market, public_id: UUID) -> Pause:
    pause = Pause.objects.filter(market=market, public_id=public_id).first()
    if pause is None:
        raise Http404
    return pause


# --- one cycle --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sales:
    """Orders and goods (dollars) of a cycle by hours since it opened, cumulated."""

    number: int
    hours: Sequence[tuple[int, int, Decimal]]

    @property
    def orders(self) -> int:
        return self.hours[-1][1] if self.hours else 0

    @property
    def goods(self) -> Decimal:
        return self.hours[-1][2] if self.hours else Decimal("0.00")

    def at(self, hour: int) -> tuple[int, Decimal]:
        """Orders and dollars when the cycle was `hour` hours old."""
        reached = [(n, goods) for h, n, goods in self.hours if h <= hour]
        return reached[-1] if reached else (0, Decimal("0.00"))


def sales_of(cycle: Cycle, *, compared: int = COMPARED) -> list[Sales]:
    """The cycle's sales, then those of the `compared` cycles before it that sold something. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.number, GREATEST(0, FLOOR(EXTRACT(EPOCH FROM o.placed_at - c.opens_at) / 3600))::int AS hour,
                   COUNT(*), SUM(o.goods)
            FROM market_order o JOIN market_cycle c ON c.id = o.cycle_id
            WHERE c.market_id = %s AND c.number <= %s AND c.number >= %s AND o.state <> 'cancelled'
            GROUP BY c.number, hour ORDER BY c.number DESC, hour
            """,
            [cycle.market_id, cycle.number, cycle.number - compared],
        )
        rows = cursor.fetchall()
    by_cycle: dict[int, list[tuple[int, int, Decimal]]] = {cycle.number: []}
    for number, hour, orders, goods in rows:
        known = by_cycle.setdefault(number, [])
        before = known[-1] if known else (0, 0, Decimal("0.00"))
        known.append((hour, before[1] + orders, before[2] + goods))
    return [Sales(number, tuple(hours)) for number, hours in by_cycle.items()]


@dataclass(frozen=True)
class Fill:
    """Crates taken of those that fit, at one temperature."""

    temperature: str
    label: str
    taken: Decimal
    crates: Decimal

    @property
    def share(self) -> int:
        """Percent, rounded; a full one reads 100 only when it is."""
        return int(self.taken * 100 / self.crates) if self.crates else (100 if self.taken else 0)

    @property
    def step(self) -> int:
        """The share to the nearest twentieth, at least one when there is something: how long a bar is drawn."""
        return min(20, max(1 if self.taken else 0, round(self.share / 5)))

    @property
    def tone(self) -> str:
        return "bad" if self.share >= 95 else "warn" if self.share >= 80 else "good"


@dataclass(frozen=True)
class SlotFill:
    """`cells`: one a temperature, in their order; none for a delivery, which has no limit of crates."""

    slot: Slot
    cells: Sequence[Fill]


def fill_of(cycle: Cycle) -> list[SlotFill]:
    """Each slot with its places and crates by temperature. Two queries."""
    slots = Slot.objects.filter(cycle=cycle).prefetch_related("capacities")
    return [SlotFill(slot, _cells(slot)) for slot in slots]


def _cells(slot: Slot) -> list[Fill]:
    if slot.zone_id is not None:
        return []
    rooms = {c.temperature: c for c in slot.capacities.all()}
    nothing = Decimal("0.000")
    return [
        Fill(
            t.value,
            str(t.label),
            rooms[t.value].taken if t.value in rooms else nothing,
            rooms[t.value].crates if t.value in rooms else nothing,
        )
        for t in Temperature
    ]


@dataclass(frozen=True)
class ProducerLine:
    """A producer in a cycle: formats offered, pieces sold, and whether they confirmed their order sheet."""

    producer_id: int
    public_id: UUID
    name: str
    offers: int
    pieces: Decimal
    confirmed: bool


def producers_in(cycle: Cycle) -> list[ProducerLine]:
    """Producers who offer something in the cycle, by name. One query."""
    confirmed = ProducerConfirmation.objects.filter(cycle=cycle, producer=OuterRef("producer"))
    rows = (
        Offer.objects.filter(cycle=cycle)
        .order_by()
        .values("producer_id", "producer__public_id", "producer_name")
        .annotate(offers=Count("pk", filter=Q(is_open=True)), pieces=Sum("sold"), confirmed=Exists(confirmed))
        .order_by(Sorting("producer_name"), "producer_id")
    )
    return [
        ProducerLine(
            r["producer_id"],
            r["producer__public_id"],
            r["producer_name"],
            r["offers"],
            r["pieces"],
            r["confirmed"],
        )
        for r in rows
    ]


def running_out(cycle: Cycle, *, limit: int = 8) -> list[Offer]:
    """Open offers near their end: at their alert, or under a tenth of what there was; emptiest first. One query."""
    left = ExpressionWrapper(F("quantity") - F("sold"), output_field=Decimals(max_digits=12, decimal_places=3))
    tenth = ExpressionWrapper(F("quantity") * Decimal("0.1"), output_field=Decimals(max_digits=14, decimal_places=4))
    return list(
        Offer.objects.filter(cycle=cycle, is_open=True, quantity__gt=0)
        .annotate(remains=left)
        .filter(remains__lte=Coalesce(F("low_stock_at"), tenth))
        .order_by("remains", "product_name", "pk")[:limit]
    )


def steps_of(cycle: Cycle) -> dict[str, CycleStep]:
    """The steps that were taken, by state, with who took them. One query."""
    return {s.state: s for s in CycleStep.objects.filter(cycle=cycle).select_related("by__person").order_by("pk")}


@dataclass(frozen=True)
class DocumentCount:
    """How far the making of a cycle's documents is."""

    total: int
    ready: int
    failed: int

    @property
    def waiting(self) -> int:
        return self.total - self.ready - self.failed

    @property
    def done(self) -> int:
        return self.ready + self.failed


def document_count(cycle: Cycle) -> DocumentCount:
    counts = Document.objects.filter(cycle=cycle).aggregate(
        total=Count("pk"),
        ready=Count("pk", filter=Q(state=Document.State.READY)),
        failed=Count("pk", filter=Q(state=Document.State.FAILED)),
    )
    return DocumentCount(**counts)


def documents_of(cycle: Cycle) -> list[Document]:
    """The cycle's documents with their producer or slot. One query."""
    documents = Document.objects.filter(cycle=cycle).select_related("producer", "slot")
    order = list(DocumentKind)
    temperatures = ["", *Temperature.values]

    def key(d: Document) -> tuple[Any, ...]:
        what = d.producer.name if d.producer else d.slot.name if d.slot else ""
        when = d.slot.starts_at.isoformat() if d.slot else ""
        return order.index(DocumentKind(d.kind)), what, when, temperatures.index(d.temperature), d.pk

    return sorted(documents, key=key)


def document_for(*, user: Any, public_id: UUID) -> Document:
    """A document that `user` may read: of a market where they work, or their own order sheet; Http404 otherwise."""
    document = Document.objects.select_related("cycle__market", "producer", "slot").filter(public_id=public_id).first()
    if document is None:
        raise Http404
    works = directory.holds(user=user, organisation_id=document.cycle.market.organisation_id, kinds=HANDLERS)
    own = document.producer_id is not None and directory.holds(
        user=user, organisation_id=document.producer_id, kinds=PRODUCERS
    )
    if not (works or own):
        raise Http404
    return document


def next_cycle_of(cycle: Cycle) -> Cycle | None:
    """The cycle that comes after, if it is made already."""
    return Cycle.objects.filter(market_id=cycle.market_id, number__gt=cycle.number).order_by("number").first()


def has_fallen_behind(cycle: Cycle, *, now: datetime) -> bool:
    """Whether a draft should be open by now: the clock tried, and something is missing."""
    return cycle.state == CycleState.DRAFT and cycle.opens_at + timedelta(minutes=2) <= now
