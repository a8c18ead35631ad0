"""Slots follow the market's points; what members took stays theirs."""

from datetime import time
from decimal import Decimal

import pytest

from maillage.market.actions.slots import sync_slots
from maillage.market.models import PointCapacity, Slot, SlotCapacity

from .factories import CycleFactory, PointFactory

pytestmark = pytest.mark.django_db


def test_crates_follow_the_point_by_temperature_and_never_go_under_what_is_taken() -> None:
    cycle = CycleFactory()
    point = PointFactory(market=cycle.market)
    point.capacities.all().delete()
    point.windows.all().delete()
    point.windows.create(day_offset=0, opens=time(16), closes=time(19))
    PointCapacity.objects.create(point=point, temperature="ambient", crates=10)
    PointCapacity.objects.create(point=point, temperature="frozen", crates=4)
    sync_slots(cycle)
    slot = Slot.objects.get(cycle=cycle)

    def crates() -> dict[str, Decimal]:
        return dict(SlotCapacity.objects.filter(slot=slot).values_list("temperature", "crates"))

    assert crates() == {"ambient": 10, "frozen": 4}
    SlotCapacity.objects.filter(slot=slot, temperature="ambient").update(taken=7)
    PointCapacity.objects.filter(temperature="ambient").update(crates=5)
    PointCapacity.objects.filter(temperature="frozen").delete()
    PointCapacity.objects.create(point=point, temperature="chilled", crates=3)
    sync_slots(cycle)
    assert crates() == {"ambient": 7, "frozen": 0, "chilled": 3}
    sync_slots(cycle)
    assert crates() == {"ambient": 7, "frozen": 0, "chilled": 3}
