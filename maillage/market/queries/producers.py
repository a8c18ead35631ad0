"""What a producer sees: where they sell, what sold in a cycle, what they offer."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Max, Q, QuerySet, Sum
from django.http import Http404

from maillage.catalogue.queries import offerable_formats, producers_of
from maillage.core.text import Sorting, sorting
from maillage.directory import queries as directory
from maillage.directory.models import Organisation

from ..access import MANAGERS, PRODUCERS
from ..models import Cycle, CycleState, Document, DocumentKind, Market, Offer, OrderLine, ProducerConfirmation


@dataclass(frozen=True)
class ProducerAt:
    """A producer in a market, as `user` may see them. `manages`: seen by the market's coordinator."""

    market: Market
    producer: Organisation
    manages: bool


def producer_at(*, user: Any, slug: str, public_id: UUID) -> ProducerAt:
    """The producer's place in a market, for themselves or for the market's coordinator; Http404 otherwise.

    The producer has an agreement with the market, or sold there once.
    """
    market = Market.objects.select_related("organisation").filter(slug=slug).first()
    producer = Organisation.objects.filter(public_id=public_id).first()
    if market is None or producer is None:
        raise Http404
    own = directory.holds(user=user, organisation_id=producer.pk, kinds=PRODUCERS)
    manages = directory.holds(user=user, organisation_id=market.organisation_id, kinds=MANAGERS)
    if not (own or manages):
        raise Http404
    sells = producers_of(market.organisation_id).filter(pk=producer.pk).exists()
    if not sells and not Offer.objects.filter(cycle__market=market, producer=producer).exists():
        raise Http404
    return ProducerAt(market, producer, manages)


def cycle_of(market: Market, number: int) -> Cycle:
    """A cycle of the market; Http404 if there is none."""
    cycle = Cycle.objects.select_related("market__organisation").filter(market=market, number=number).first()
    if cycle is None:
        raise Http404
    return cycle


@dataclass(frozen=True)
class Stall:
    """A market where one of my organisations sells, and its latest cycle that they are in (None: not yet)."""

    market: Market
    producer: Organisation
    cycle: Cycle | None


def stalls_of(*, user: Any) -> list[Stall]:
    """Where `user`'s organisations sell. Four queries."""
    from maillage.catalogue.models import SupplyAgreement

    keys = directory.organisations_where(user=user, kinds=PRODUCERS)
    producers = {o.pk: o for o in Organisation.objects.filter(pk__in=keys)}
    agreed = set(
        SupplyAgreement.objects.filter(producer_id__in=keys, until=None).values_list("organisation_id", "producer_id")
    )
    sold = (
        Offer.objects.filter(producer_id__in=keys)
        .order_by()
        .values_list("cycle__market__organisation_id", "producer_id")
        .annotate(last=Max("cycle_id"))
    )
    last = {(organisation_id, producer_id): cycle_id for organisation_id, producer_id, cycle_id in sold}
    pairs = agreed | set(last)
    markets = {m.organisation_id: m for m in Market.objects.filter(organisation_id__in=[o for o, _p in pairs])}
    cycles = Cycle.objects.in_bulk(list(last.values()))
    stalls = [Stall(markets[o], producers[p], cycles.get(last.get((o, p), 0))) for o, p in pairs if o in markets]
    return sorted(stalls, key=lambda s: (sorting(s.market.name), sorting(s.producer.name)))


def cycles_with(market: Market, producer: Organisation) -> list[Cycle]:
    """The market's cycles, last first, each with `offered` formats, `pieces`, `to_receive` dollars. Two queries."""
    cycles: list[Any] = list(
        Cycle.objects.filter(market=market)
        .annotate(
            offered=Count("offers", filter=Q(offers__producer=producer, offers__is_open=True)),
            pieces=Sum("offers__sold", filter=Q(offers__producer=producer)),
        )
        .filter(Q(offered__gt=0) | Q(pieces__gt=0) | Q(state__in=[CycleState.DRAFT, CycleState.OPEN]))
        .order_by("-number")[:30]
    )
    amounts = dict(
        OrderLine.objects.filter(producer=producer, order__cycle__in=[c.pk for c in cycles])
        .exclude(order__state="cancelled")
        .order_by()
        .values_list("order__cycle_id")
        .annotate(amount=Sum("producers"))
    )
    for cycle in cycles:
        cycle.to_receive = amounts.get(cycle.pk, Decimal("0.00"))
    return cycles


@dataclass(frozen=True)
class Sold:
    """One format that sold: pieces, kg estimated (None by the piece), dollars to receive."""

    offer_id: int
    product: str
    format: str
    temperature: str
    by_weight: bool
    pieces: Decimal
    weight: Decimal | None
    amount: Decimal


@dataclass(frozen=True)
class ProducerSales:
    """What a producer sold in a cycle so far."""

    lines: list[Sold]
    orders: int

    @property
    def amount(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal("0.00"))

    @property
    def pieces(self) -> Decimal:
        return sum((line.pieces for line in self.lines), Decimal(0))


def sales_of_producer(cycle: Cycle, producer_id: int) -> ProducerSales:
    """Light enough to be asked every few seconds: two queries over the producer's own lines."""
    lines = OrderLine.objects.filter(offer__cycle=cycle, offer__producer_id=producer_id, quantity__gt=0).exclude(
        order__state="cancelled"
    )
    rows = (
        lines.order_by()
        .values_list(
            "offer_id",
            "offer__product_name",
            "offer__format_name",
            "offer__temperature",
            "offer__by_weight",
        )
        .annotate(pieces=Sum("quantity"), weight=Sum("estimated_weight"), amount=Sum("producers"))
        .order_by("offer__temperature", "offer__product_name", "offer_id")
    )
    return ProducerSales([Sold(*row) for row in rows], lines.order_by().aggregate(n=Count("order", distinct=True))["n"])


def offers_of_producer(cycle: Cycle, producer_id: int) -> QuerySet[Offer]:
    return (
        Offer.objects.filter(cycle=cycle, producer_id=producer_id)
        .select_related("format")
        .order_by(Sorting("product_name"), "pk")
    )


def not_offered(cycle: Cycle, producer_id: int) -> int:
    """Formats of the producer's catalogue that the cycle does not offer yet."""
    formats = offerable_formats(cycle.market.organisation_id, producer_id=producer_id)
    return formats.exclude(
        pk__in=Offer.objects.filter(cycle=cycle, producer_id=producer_id).values("format_id")
    ).count()


def confirmation_of(cycle: Cycle, producer_id: int) -> ProducerConfirmation | None:
    return (
        ProducerConfirmation.objects.filter(cycle=cycle, producer_id=producer_id).select_related("by__person").first()
    )


def order_sheets_of(cycle: Cycle, producer_id: int) -> list[Document]:
    """The producer's own sheets, PDF first."""
    kinds = [DocumentKind.ORDER_SHEET_PDF, DocumentKind.ORDER_SHEET_XLSX]
    return list(Document.objects.filter(cycle=cycle, producer_id=producer_id, kind__in=kinds).order_by("kind"))


def almost_gone(cycle: Cycle, producer_id: int) -> QuerySet[Offer]:
    """The producer's open offers with a tenth or less of their stock."""
    return offers_of_producer(cycle, producer_id).filter(
        is_open=True, quantity__gt=0, sold__gte=F("quantity") * Decimal("0.9")
    )
