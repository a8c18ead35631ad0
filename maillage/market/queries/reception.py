"""What is to come at the door of a cycle, producer by producer, and what was written of it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce
from django.http import Http404

from maillage.core.text import Sorting

from ..models import Cycle, LineAdjustment, Offer, OrderLine, OrderState, Reception

_CHARGED = Sum(
    Coalesce("lines__final_quantity", "lines__quantity"), filter=~Q(lines__order__state=OrderState.CANCELLED)
)
_WEIGHT = Sum(Coalesce("lines__final_weight", "lines__estimated_weight"), filter=~Q(lines__order__state="cancelled"))


@dataclass(frozen=True)
class Deliverer:
    """A producer who brings something: products sold, and those whose reception is written."""

    public_id: UUID
    name: str
    products: int
    written: int

    @property
    def left(self) -> int:
        return self.products - self.written


def deliverers_of(cycle: Cycle) -> list[Deliverer]:
    """Producers with something sold in the cycle, those who are still to come first. One query."""
    rows = (
        Offer.objects.filter(cycle=cycle, sold__gt=0)
        .order_by()
        .values("producer__public_id", "producer_name")
        .annotate(products=Count("pk"), written=Count("reception"))
        .order_by(Sorting("producer_name"))
    )
    made = [Deliverer(r["producer__public_id"], r["producer_name"], r["products"], r["written"]) for r in rows]
    return sorted(made, key=lambda d: not d.left)


@dataclass(frozen=True)
class Part:
    """What one order gets of a product that came short."""

    number: int
    ordered: Decimal
    gets: Decimal


@dataclass(frozen=True)
class Coming:
    """A product to receive: pieces and kg that the orders charge now, and what was written."""

    offer: Offer
    pieces: Decimal
    weight: Decimal | None
    reception: Reception | None
    parts: Sequence[Part] = ()

    @property
    def missing(self) -> Decimal:
        return max(self.reception.expected - self.reception.received, Decimal(0)) if self.reception else Decimal(0)

    @property
    def extra(self) -> Decimal:
        return max(self.reception.received - self.reception.expected, Decimal(0)) if self.reception else Decimal(0)

    @property
    def short(self) -> int:
        return sum(part.gets < part.ordered for part in self.parts)


def coming_from(cycle: Cycle, producer: UUID) -> list[Coming]:
    """What a producer brings, by temperature then name; with the part of each order when it came short. 3 queries."""
    offers = (
        Offer.objects.filter(cycle=cycle, producer__public_id=producer, sold__gt=0)
        .defer("search")
        .select_related("reception__by__person")
        .annotate(pieces=_CHARGED, kg=_WEIGHT)
        .order_by("temperature", "product_name", "pk")
    )
    made = list(offers)
    parts = _parts([o for o in made if hasattr(o, "reception") and o.reception.received < o.reception.expected])
    return [
        Coming(
            offer,
            vars(offer)["pieces"] or Decimal(0),
            vars(offer)["kg"] if offer.by_weight else None,
            getattr(offer, "reception", None),
            parts.get(offer.pk, ()),
        )
        for offer in made
    ]


def _parts(offers: list[Offer]) -> dict[int, list[Part]]:
    if not offers:
        return {}
    cut = (
        LineAdjustment.objects.filter(reception__offer__in=offers, undone_by=None)
        .order_by()
        .values("line")
        .annotate(pieces=Sum("quantity"))
    )
    taken = {row["line"]: -row["pieces"] for row in cut}
    lines = (
        OrderLine.objects.filter(offer__in=offers, quantity__gt=0)
        .exclude(order__state=OrderState.CANCELLED)
        .order_by("order__number")
        .values_list("pk", "offer_id", "order__number", Coalesce("final_quantity", F("quantity")))
    )
    found: dict[int, list[Part]] = defaultdict(list)
    for key, offer_id, number, gets in lines:
        found[offer_id].append(Part(number, gets + taken.get(key, Decimal(0)), gets))
    return found


def reception_of(cycle: Cycle, public_id: UUID) -> Reception:
    found = Reception.objects.select_related("offer__producer").filter(offer__cycle=cycle, public_id=public_id).first()
    if found is None:
        raise Http404
    return found
