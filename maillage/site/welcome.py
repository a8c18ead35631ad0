"""What the home page shows to visitors."""

from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse

from maillage.core.dates import say_when
from maillage.market.models import Cycle, CycleState


@dataclass(frozen=True)
class OpenMarket:
    """A market that takes orders now."""

    name: str
    summary: str
    href: str
    closes_at: datetime
    delivered_on: date

    @property
    def closes(self) -> str:
        return say_when(self.closes_at)


def open_markets(*, now: datetime) -> list[OpenMarket]:
    """Markets that take orders at `now`, soonest closing first. One query."""
    cycles = (
        Cycle.objects.filter(state=CycleState.OPEN, opens_at__lte=now, closes_at__gt=now)
        .select_related("market")
        .order_by("closes_at")
    )
    return [
        OpenMarket(
            name=cycle.market.name,
            summary=cycle.market.summary,
            href=reverse("market:shop", args=[cycle.market.slug]),
            closes_at=cycle.closes_at,
            delivered_on=cycle.delivered_on,
        )
        for cycle in cycles
    ]
