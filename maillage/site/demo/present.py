"""What happens today in a demonstration market, by the actions that its people use: deliveries at the door of the
cycle to pack, orders taken by telephone in the open one, weeks without a delivery to come.
"""

import uuid
from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone
from psycopg.types.range import DateRange

from maillage.market.actions import orders, receiving
from maillage.market.models import Cycle, Offer, Order, Pause, PaymentMethod, Slot

from .season import Season

DELIVERED, CALLERS = 3, 3


def write_present(season: Season, *, closed: Cycle, opened: Cycle) -> None:
    _receive(season, closed)
    _take_calls(season, opened)
    _pause(season)


def _receive(season: Season, cycle: Cycle) -> None:
    """Three producers came: all that two of them owed, and the third one product short of a few pieces."""
    sold = Offer.objects.filter(cycle=cycle, sold__gte=4, by_weight=False).order_by("producer_name", "pk")
    producers = list(dict.fromkeys(sold.values_list("producer_id", flat=True)))[:DELIVERED]
    for producer_id in producers:
        theirs = list(Offer.objects.filter(cycle=cycle, producer_id=producer_id, sold__gt=0).order_by("pk"))
        now, by = season.now - timedelta(minutes=30), season.coordinator
        if producer_id == producers[-1]:
            short = next(o for o in theirs if o.sold >= 4 and not o.by_weight)
            receiving.receive(offer_id=short.pk, pieces=short.sold - 2, now=now, by=by)
            theirs.remove(short)
        receiving.receive_all(offer_ids=[o.pk for o in theirs], now=now, by=by)


def _take_calls(season: Season, cycle: Cycle) -> None:
    """Members without an order yet called the market; each order says who entered it."""
    ordered = set(Order.objects.filter(cycle=cycle, buyer=None).values_list("person_id", flat=True))
    callers = [m for m in season.members[3:] if m.person_id not in ordered][:CALLERS]
    offers = list(Offer.objects.filter(cycle=cycle, quantity=None, temperature="ambient").order_by("rank", "pk")[:40])
    slots = {s.point_id: s for s in Slot.objects.filter(cycle=cycle, zone=None).order_by("-pk")}
    for n, member in enumerate(callers):
        orders.place_order(
            person_id=member.person_id, cycle_id=cycle.pk, slot_id=next(iter(slots.values())).pk,
            payment_method=PaymentMethod.PICKUP.value, key=uuid.UUID(int=season.uuids.getrandbits(128), version=4),
            now=season.now - timedelta(minutes=50 - 10 * n), by=season.coordinator, staff=True,
            lines={offer.pk: Decimal(1 + n % 2) for offer in offers[n * 4 : n * 4 + 4]},
        )  # fmt: skip


def _pause(season: Season) -> None:
    """The weeks of the holidays that come, and a stocktaking in February."""
    today: date = timezone.localdate(season.now)
    for first, days, reason in (((12, 24), 14, "Relâche des Fêtes (démo)"), ((2, 16), 7, "Inventaire (démo)")):
        start = date(today.year, *first)
        start = start if start > today else date(today.year + 1, *first)
        Pause.objects.create(market=season.market, during=DateRange(start, start + timedelta(days=days)), reason=reason)
