"""What the cycles of one demonstration market share while they are written."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from django.utils import timezone

from maillage.directory.models import Account
from maillage.ledger.types import Posting
from maillage.market.models import Market
from maillage.market.models.order import Party, party

from .catalogue import Made

SUMS = ("goods", "producers", "margin", "tps", "tvq", "deposits", "delivery", "total")


@dataclass
class Member:
    person_id: int
    slot_index: int  # the pickup point or zone that they keep to
    appetite: float
    method: str
    buyer_id: int | None = None  # the organisation in whose name they order
    since: date = date.min

    @property
    def party(self) -> Party:
        return party(self.person_id, self.buyer_id)


@dataclass
class Place:
    """A pickup point or a delivery zone, with the crates that it holds by temperature (None: no limit)."""

    name: str
    point_id: int | None
    zone_id: int | None
    fee: Decimal
    crates: dict[str, Decimal] | None


@dataclass
class Season:
    """What the cycles of one market share while they are written."""

    market: Market
    book_id: int
    made: list[Made]
    members: list[Member]
    places: list[Place]
    coordinator: Account
    random: Random
    now: datetime
    uuids: Random
    organisations: list[Member] = field(default_factory=list)
    postings: list[Posting] = field(default_factory=list)
    payments: list[dict[str, Any]] = field(default_factory=list)

    def uuid(self) -> UUID:
        return UUID(int=self.uuids.getrandbits(128), version=4)


def at(day: date, hour: int) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour)))
