"""What is left to weigh in a cycle: products sold by weight, their lines in the order of the crates."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from ..models import Cycle, OrderLine, OrderState


@dataclass(frozen=True)
class Weighed:
    """A product sold by weight: how many lines are weighed, of how many."""

    offer_id: int
    public_id: UUID
    name: str
    producer: str
    lines: int
    weighed: int

    @property
    def left(self) -> int:
        return self.lines - self.weighed


def weight_lines(cycle: Cycle) -> QuerySet[OrderLine]:
    """Lines to weigh of a cycle: by weight, of orders that stand, with pieces left."""
    return (
        OrderLine.objects.filter(order__cycle=cycle, estimated_weight__isnull=False, quantity__gt=0)
        .exclude(order__state=OrderState.CANCELLED)
        .exclude(final_quantity=0)
    )


def products_to_weigh(cycle: Cycle) -> list[Weighed]:
    """Products sold by weight with what is left to weigh, by producer. One query."""
    rows = (
        weight_lines(cycle)
        .order_by()
        .values("offer_id", "offer__public_id", "offer__product_name", "offer__format_name", "offer__producer_name")
        .annotate(lines=Count("pk"), weighed=Count("pk", filter=Q(final_weight__isnull=False)))
        .order_by("offer__producer_name", "offer__product_name", "offer_id")
    )
    return [
        Weighed(
            r["offer_id"],
            r["offer__public_id"],
            f"{r['offer__product_name']} · {r['offer__format_name']}",
            r["offer__producer_name"],
            r["lines"],
            r["weighed"],
        )
        for r in rows
    ]


def lines_to_weigh(cycle: Cycle, offer_id: int) -> list[OrderLine]:
    """The lines of one product, by point then number: the order in which crates stand. One query."""
    return list(
        weight_lines(cycle)
        .filter(offer_id=offer_id)
        .select_related("order__slot", "order__person", "order__buyer", "offer")
        .annotate(changes=Count("adjustments"))
        .order_by("order__slot__name", "order__number")
    )
