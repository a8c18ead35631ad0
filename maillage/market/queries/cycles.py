"""What a coordinator sees: their market, its cycles, how one goes, what it offers, its documents."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection
from django.db.models import Count, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Sum, Value
from django.db.models import DecimalField as Decimals
from django.db.models.functions import Coalesce
from django.http import Http404

from maillage.catalogue.models import Category
from maillage.core.quantity import Temperature
from maillage.directory import queries as directory
from maillage.directory.models import Account, RoleKind

from ..models import (
    Cycle,
    CycleState,
    CycleStep,
    DeliveryZone,
    Document,
    DocumentKind,
    Market,
    Offer,
    PickupPoint,
    ProducerConfirmation,
    Slot,
)

MANAGERS = (RoleKind.COORDINATOR.value, RoleKind.DIRECTOR.value)
HANDLERS = (*MANAGERS, RoleKind.PACKER.value, RoleKind.TREASURER.value, RoleKind.DRIVER.value)
COMPARED = 3
_NOTHING = Value(Decimal("0.00"), output_field=Decimals(max_digits=14, decimal_places=2))


def managed_market(*, user: Any, slug: str, kinds: tuple[str, ...] = MANAGERS) -> Market:
    """The market, if `user` coordinates it (or holds one of `kinds` there); Http404 otherwise."""
    market = Market.objects.select_related("organisation").filter(slug=slug).first()
    if market is None or not directory.holds(user=user, organisation_id=market.organisation_id, kinds=kinds):
        raise Http404
    return market


def manages(*, user: Any, market: Market) -> bool:
    """Whether `user` coordinates the market, and not only packs, drives or keeps its books."""
    return directory.holds(user=user, organisation_id=market.organisation_id, kinds=MANAGERS)


def managed_cycle(*, user: Any, slug: str, number: int, kinds: tuple[str, ...] = MANAGERS) -> Cycle:
    """A cycle of a market that `user` coordinates, with its market; Http404 otherwise."""
    cycle = Cycle.objects.select_related("market__organisation").filter(market__slug=slug, number=number).first()
    if cycle is None or not directory.holds(user=user, organisation_id=cycle.market.organisation_id, kinds=kinds):
        raise Http404
    return cycle


def markets_managed(*, user: Any) -> QuerySet[Market]:
    """The markets that `user` coordinates, by name."""
    return Market.objects.filter(organisation_id__in=directory.organisations_where(user=user, kinds=MANAGERS))


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
    return PickupPoint.objects.filter(market=market).prefetch_related("windows", "capacities").order_by("name")


def point_of(market: Market, public_id: UUID) -> PickupPoint:
    point = points_of(market).filter(public_id=public_id).first()
    if point is None:
        raise Http404
    return point


def zones_of(market: Market) -> QuerySet[DeliveryZone]:
    return DeliveryZone.objects.filter(market=market).order_by("name")


def zone_of(market: Market, public_id: UUID) -> DeliveryZone:
    zone = zones_of(market).filter(public_id=public_id).first()
    if zone is None:
        raise Http404
    return zone


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
    def tone(self) -> str:
        return "bad" if self.share >= 95 else "warn" if self.share >= 80 else "good"


@dataclass(frozen=True)
class SlotFill:
    slot: Slot
    fills: Sequence[Fill]


def fill_of(cycle: Cycle) -> list[SlotFill]:
    """Each slot with its places and crates by temperature. Two queries."""
    labels = {t.value: str(t.label) for t in Temperature}
    slots = Slot.objects.filter(cycle=cycle).prefetch_related("capacities")
    return [
        SlotFill(
            slot,
            [
                Fill(c.temperature, labels[c.temperature], c.taken, c.crates)
                for c in sorted(slot.capacities.all(), key=lambda c: list(labels).index(c.temperature))
                if c.crates or c.taken
            ],
        )
        for slot in slots
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
        .order_by("producer_name", "producer_id")
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


PRODUCERS = (RoleKind.PRODUCER.value, RoleKind.DIRECTOR.value)


def next_cycle_of(cycle: Cycle) -> Cycle | None:
    """The cycle that comes after, if it is made already."""
    return Cycle.objects.filter(market_id=cycle.market_id, number__gt=cycle.number).order_by("number").first()


# --- what a cycle offers ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """Formats of one producer in one category: offered (open), and how many of them are out of stock."""

    offers: int
    out: int


@dataclass(frozen=True)
class OfferTable:
    """Categories × producers. `rows`: (producer's public id, name, cells by category, total)."""

    categories: Sequence[tuple[int, str]]
    rows: Sequence[tuple[UUID, str, Sequence[Cell | None], int]]
    totals: Sequence[int]


def offer_table(cycle: Cycle) -> OfferTable:
    """How many formats each producer offers in each top category. Two queries."""
    parents = {c.pk: c for c in Category.objects.all()}
    counts = (
        Offer.objects.filter(cycle=cycle, is_open=True)
        .order_by()
        .values("producer__public_id", "producer_name", "category_id")
        .annotate(n=Count("pk"), out=Count("pk", filter=Q(quantity__isnull=False, sold__gte=F("quantity"))))
    )
    cells: dict[tuple[UUID, str], dict[int, Cell]] = defaultdict(dict)
    for row in counts:
        top = _top(parents, row["category_id"])
        known = cells[row["producer__public_id"], row["producer_name"]]
        before = known.get(top.pk, Cell(0, 0))
        known[top.pk] = Cell(before.offers + row["n"], before.out + row["out"])
    used = {key for by in cells.values() for key in by}
    columns = [c for c in sorted(parents.values(), key=lambda c: (c.position, c.name)) if c.pk in used]
    rows = [
        (public_id, name, [by.get(c.pk) for c in columns], sum(cell.offers for cell in by.values()))
        for (public_id, name), by in sorted(cells.items(), key=lambda item: item[0][1].casefold())
    ]
    totals = [sum(by[c.pk].offers for by in cells.values() if c.pk in by) for c in columns]
    return OfferTable([(c.pk, _category_name(c)) for c in columns], rows, totals)


def _top(parents: dict[int, Category], key: int) -> Category:
    category = parents[key]
    while category.parent_id is not None:
        category = parents[category.parent_id]
    return category


def _category_name(category: Category) -> str:
    from django.utils.translation import get_language

    return category.name_en if (get_language() or "fr").startswith("en") and category.name_en else category.name


@dataclass(frozen=True)
class OfferMove:
    """An offer beside the one of the cycle before: what is new, gone, or costs another price (members', dollars)."""

    kind: str
    product: str
    format: str
    producer: str
    before: Decimal | None
    after: Decimal | None

    @property
    def change(self) -> Decimal | None:
        """As a fraction of the price before."""
        return (self.after - self.before) / self.before if self.before and self.after is not None else None


@dataclass(frozen=True)
class OfferMoves:
    previous: int | None
    new: Sequence[OfferMove] = ()
    gone: Sequence[OfferMove] = ()
    moved: Sequence[OfferMove] = ()


def offer_moves(cycle: Cycle) -> OfferMoves:
    """What changed in the offer since the cycle before (by number). Two queries."""
    previous = Cycle.objects.filter(market_id=cycle.market_id, number__lt=cycle.number).order_by("-number").first()
    if previous is None:
        return OfferMoves(None)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT CASE WHEN b.id IS NULL THEN 'new' WHEN a.id IS NULL THEN 'gone' ELSE 'moved' END,
                   COALESCE(a.product_name, b.product_name), COALESCE(a.format_name, b.format_name),
                   COALESCE(a.producer_name, b.producer_name), b.member_price, a.member_price
            FROM (SELECT * FROM market_offer WHERE cycle_id = %s AND is_open) a
            FULL JOIN (SELECT * FROM market_offer WHERE cycle_id = %s AND is_open) b USING (format_id)
            WHERE a.id IS NULL OR b.id IS NULL OR a.member_price <> b.member_price
            ORDER BY 4, 2, 3
            """,
            [cycle.pk, previous.pk],
        )
        found = [OfferMove(*row) for row in cursor.fetchall()]
    by_kind: dict[str, list[OfferMove]] = {"new": [], "gone": [], "moved": []}
    for move in found:
        by_kind[move.kind].append(move)
    by_kind["moved"].sort(key=lambda m: abs(m.change or Decimal(0)), reverse=True)
    return OfferMoves(previous.number, by_kind["new"], by_kind["gone"], by_kind["moved"])


def offers_of(
    cycle: Cycle, *, text: str = "", producer: UUID | None = None, state: str = "", categories: Iterable[int] = ()
) -> QuerySet[Offer]:
    """The cycle's offers, filtered: words without accents, a producer, a state (`low`, `closed`, `overridden`)."""
    offers = Offer.objects.filter(cycle=cycle).select_related("format", "producer")
    for word in text.split()[:6]:
        offers = offers.filter(Q(product_name__unaccent__icontains=word) | Q(producer_name__unaccent__icontains=word))
    if producer is not None:
        offers = offers.filter(producer__public_id=producer)
    kept = list(categories)
    if kept:
        offers = offers.filter(category_id__in=kept)
    if state == "low":
        offers = offers.filter(is_open=True, quantity__isnull=False, sold__gte=F("quantity") * Decimal("0.9"))
    elif state == "closed":
        offers = offers.filter(is_open=False)
    elif state == "overridden":
        offers = offers.filter(price_overridden=True)
    return offers.order_by("producer_name", "product_name", "pk")


def under(category_id: int) -> list[int]:
    """A category and all below it. One query."""
    children: dict[int | None, list[int]] = defaultdict(list)
    for key, parent in Category.objects.values_list("pk", "parent_id"):
        children[parent].append(key)
    found, queue = [], [category_id]
    while queue:
        key = queue.pop()
        found.append(key)
        queue.extend(children[key])
    return found


@dataclass(frozen=True)
class OfferChange:
    """What an offer became, when, and who changed it."""

    at: datetime
    by: str
    member_price: Decimal
    quantity: Decimal | None
    is_open: bool


def history_of(offer: Offer) -> list[OfferChange]:
    """The last twenty changes of an offer's price, quantity or sale, last first. Two queries.

    What members buy moves `sold` alone, and leaves no change here.
    """
    event: Any = apps.get_model("market", "OfferEvent")
    rows = list(event.objects.filter(pgh_obj=offer).select_related("pgh_context").order_by("-pgh_id")[:20])
    contexts = [row.pgh_context.metadata for row in rows if row.pgh_context]
    authors = [int(context["by"]) for context in contexts if context.get("by")]
    names = {
        a.pk: a.person.name if hasattr(a, "person") else a.email
        for a in Account.objects.filter(pk__in=authors).select_related("person")
    }
    return [
        OfferChange(
            row.pgh_created_at,
            names.get(row.pgh_context.metadata.get("by"), "") if row.pgh_context else "",
            row.member_price,
            row.quantity,
            row.is_open,
        )
        for row in rows
    ]


def has_fallen_behind(cycle: Cycle, *, now: datetime) -> bool:
    """Whether a draft should be open by now: the clock tried, and something is missing."""
    return cycle.state == CycleState.DRAFT and cycle.opens_at + timedelta(minutes=2) <= now


def offer_of(cycle: Cycle, public_id: UUID) -> Offer:
    """An offer of the cycle; Http404 if it is another's."""
    offer = Offer.objects.select_related("format", "producer").filter(cycle=cycle, public_id=public_id).first()
    if offer is None:
        raise Http404
    return offer
