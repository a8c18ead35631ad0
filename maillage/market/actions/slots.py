"""The slots of a cycle follow the market's points, hours and zones."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby

from django.db.models import F, Value
from django.db.models.functions import Greatest

from maillage.core.money import ZERO

from ..calendar import at
from ..models import Cycle, CycleState, DeliveryZone, PickupPoint, PickupWindow, Slot, SlotCapacity

type Key = tuple[int | None, int | None, datetime]


@dataclass(frozen=True)
class _Wanted:
    point_id: int | None
    zone_id: int | None
    name: str
    starts_at: datetime
    ends_at: datetime
    places: int | None
    fee: Decimal = ZERO
    minimum: Decimal = ZERO
    crates: dict[str, Decimal] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        return self.point_id, self.zone_id, self.starts_at


def sync_slots(cycle: Cycle) -> None:
    """Make the slots of a live cycle those of its market's active points and zones.

    In an open cycle what members took stays theirs: places and crates never go under what is taken, and a slot that is
    no longer wanted takes nobody more. A draft's unwanted slots go. Windows of a point on one day share its crates.
    """
    wanted = {w.key: w for w in (*_pickups(cycle), *_deliveries(cycle))}
    known = {(s.point_id, s.zone_id, s.starts_at): s for s in Slot.objects.filter(cycle=cycle).order_by("pk")}
    for key, slot in known.items():
        if key not in wanted:
            _retire(cycle, slot)
        else:
            _refresh(slot, wanted[key])
    _add(cycle, [w for key, w in wanted.items() if key not in known])


def _pickups(cycle: Cycle) -> Iterator[_Wanted]:
    points = (
        PickupPoint.objects.filter(market_id=cycle.market_id, is_active=True)
        .prefetch_related("windows", "capacities")
        .order_by("pk")
    )
    for point in points:
        windows = sorted(point.windows.all(), key=lambda w: (w.day_offset, w.opens))
        for _day, same_day in groupby(windows, key=lambda w: w.day_offset):
            hours = list(same_day)
            crates = {c.temperature: (c.crates / len(hours)).quantize(Decimal("0.001")) for c in point.capacities.all()}
            yield from (_pickup(cycle, point, window, crates) for window in hours)


def _pickup(cycle: Cycle, point: PickupPoint, window: PickupWindow, crates: dict[str, Decimal]) -> _Wanted:
    day = cycle.delivered_on + timedelta(days=window.day_offset)
    return _Wanted(
        point.pk, None, point.name, at(day, window.opens), at(day, window.closes), window.places, crates=crates
    )


def _deliveries(cycle: Cycle) -> Iterator[_Wanted]:
    for zone in DeliveryZone.objects.filter(market_id=cycle.market_id, is_active=True).order_by("pk"):
        day = cycle.delivered_on + timedelta(days=zone.day_offset)
        yield _Wanted(
            None,
            zone.pk,
            zone.name,
            at(day, zone.opens),
            at(day, zone.closes),
            zone.places,
            fee=zone.fee,
            minimum=zone.minimum,
        )


def _retire(cycle: Cycle, slot: Slot) -> None:
    if cycle.state == CycleState.DRAFT:
        slot.delete()
    else:
        Slot.objects.filter(pk=slot.pk).update(places=F("taken"))


def _refresh(slot: Slot, wanted: _Wanted) -> None:
    places = None if wanted.places is None else Greatest(Value(wanted.places), F("taken"))
    Slot.objects.filter(pk=slot.pk).update(
        name=wanted.name, ends_at=wanted.ends_at, places=places, fee=wanted.fee, minimum=wanted.minimum
    )
    known = set(SlotCapacity.objects.filter(slot=slot).values_list("temperature", flat=True))
    for temperature in sorted(known | set(wanted.crates)):
        crates = wanted.crates.get(temperature, Decimal(0))
        if temperature in known:
            SlotCapacity.objects.filter(slot=slot, temperature=temperature).update(crates=Greatest(crates, F("taken")))
        else:
            SlotCapacity.objects.create(slot=slot, temperature=temperature, crates=crates)


def _add(cycle: Cycle, wanted: list[_Wanted]) -> None:
    made = Slot.objects.bulk_create(
        Slot(
            cycle=cycle,
            point_id=w.point_id,
            zone_id=w.zone_id,
            name=w.name,
            starts_at=w.starts_at,
            ends_at=w.ends_at,
            places=w.places,
            fee=w.fee,
            minimum=w.minimum,
        )
        for w in wanted
    )
    SlotCapacity.objects.bulk_create(
        SlotCapacity(slot=slot, temperature=temperature, crates=crates)
        for slot, w in zip(made, wanted, strict=True)
        for temperature, crates in w.crates.items()
    )
