"""Makers of market rows for tests, of every context that stands above."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from maillage.catalogue.tests.factories import CategoryFactory, ProductFormatFactory
from maillage.core.quantity import Temperature
from maillage.directory.models import Person
from maillage.directory.tests.factories import OrganisationFactory, PersonFactory
from maillage.ledger import actions as ledger
from maillage.market.models import (
    Cycle,
    CycleState,
    DeliveryZone,
    MarginMode,
    Market,
    Offer,
    PickupPoint,
    PointCapacity,
    Slot,
    SlotCapacity,
)
from maillage.membership.models import MemberClass, Membership


class MarketFactory(DjangoModelFactory):
    """A market that keeps 22 % and has its book."""

    class Meta:
        model = Market
        skip_postgeneration_save = True

    organisation = factory.SubFactory(OrganisationFactory)
    name = factory.Sequence(lambda n: f"Marché {n}")
    slug = factory.Sequence(lambda n: f"marche-{n}")
    margin_mode = MarginMode.RETAINED
    margin_rate = Decimal("0.22")
    interac_email = "tresorerie@exemple.test"

    @factory.post_generation
    def book(self: Market, create: bool, extracted: Any, **kwargs: Any) -> None:
        ledger.open_book(organisation_id=self.organisation_id)


class PointFactory(DjangoModelFactory):
    class Meta:
        model = PickupPoint
        skip_postgeneration_save = True

    market = factory.SubFactory(MarketFactory)
    name = factory.Sequence(lambda n: f"Point {n}")
    address = "12, rue de l'Église"
    postal_code = "J8X 1A1"

    @factory.post_generation
    def crates(self: PickupPoint, create: bool, extracted: Decimal | None, **kwargs: Any) -> None:
        for temperature in Temperature.values:
            PointCapacity.objects.create(point=self, temperature=temperature, crates=extracted or Decimal(1000))


class ZoneFactory(DjangoModelFactory):
    class Meta:
        model = DeliveryZone

    market = factory.SubFactory(MarketFactory)
    name = factory.Sequence(lambda n: f"Zone {n}")
    postal_prefixes = ["J8X"]
    fee = Decimal("6.00")
    minimum = Decimal("40.00")
    opens = time(16)
    closes = time(20)


class CycleFactory(DjangoModelFactory):
    """A cycle that opened yesterday and closes in two days (`draft=True`: not open yet)."""

    class Meta:
        model = Cycle

    class Params:
        draft = factory.Trait(state=CycleState.DRAFT)

    market = factory.SubFactory(MarketFactory)
    number = factory.Sequence(lambda n: n + 1)
    state = CycleState.OPEN
    opens_at = factory.LazyFunction(lambda: timezone.now() - timedelta(days=1))
    closes_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=2))
    delivered_on = factory.LazyAttribute(lambda o: timezone.localdate(o.closes_at) + timedelta(days=3))


class SlotFactory(DjangoModelFactory):
    """A pickup slot of the cycle with room for 1,000 crates at each temperature (`crates=Decimal(2)` for less)."""

    class Meta:
        model = Slot
        skip_postgeneration_save = True

    cycle = factory.SubFactory(CycleFactory)
    point = factory.SubFactory(PointFactory, market=factory.SelfAttribute("..cycle.market"))
    name = factory.SelfAttribute("point.name")
    starts_at = factory.LazyAttribute(lambda o: _at(o.cycle.delivered_on, 16))
    ends_at = factory.LazyAttribute(lambda o: _at(o.cycle.delivered_on, 19))

    @factory.post_generation
    def crates(self: Slot, create: bool, extracted: Decimal | None, **kwargs: Any) -> None:
        if self.zone_id is None:
            for temperature in Temperature.values:
                SlotCapacity.objects.create(
                    slot=self, temperature=temperature, crates=Decimal(1000) if extracted is None else extracted
                )


class DeliverySlotFactory(SlotFactory):
    """A home-delivery slot: fee and minimum copied from its zone."""

    point = None
    zone = factory.SubFactory(ZoneFactory, market=factory.SelfAttribute("..cycle.market"))
    name = factory.SelfAttribute("zone.name")
    fee = factory.SelfAttribute("zone.fee")
    minimum = factory.SelfAttribute("zone.minimum")


class OfferFactory(DjangoModelFactory):
    """A chilled basic grocery at 10 $, of which the producer receives 7,80 $, without a limit of stock."""

    class Meta:
        model = Offer

    cycle = factory.SubFactory(CycleFactory)
    format = factory.SubFactory(ProductFormatFactory)
    producer = factory.SelfAttribute("format.product.producer")
    category = factory.SelfAttribute("format.product.category")
    product_name = factory.SelfAttribute("format.product.name")
    format_name = factory.SelfAttribute("format.name")
    producer_name = factory.SelfAttribute("producer.name")
    temperature = "chilled"
    tax_class = "grocery"
    content = Decimal("1.000")
    content_unit = "piece"
    crates = Decimal("0.050")
    member_price = Decimal("10.0000")
    producer_price = Decimal("7.8000")


class ClassFactory(DjangoModelFactory):
    class Meta:
        model = MemberClass

    organisation = factory.SubFactory(OrganisationFactory)
    name = factory.Sequence(lambda n: f"Membre {n}")
    fee = Decimal("25.00")
    period = "year"


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    organisation = factory.SubFactory(OrganisationFactory)
    person = factory.SubFactory(PersonFactory)
    member_class = factory.SubFactory(ClassFactory, organisation=factory.SelfAttribute("..organisation"))
    number = factory.Sequence(lambda n: n + 1)
    during = (date(2020, 1, 1), None)


def MemberFactory(market: Market, **person: Any) -> Person:  # noqa: N802 - reads as the factories beside it
    """A person, with an account, who belongs to the market's organisation."""
    someone: Person = PersonFactory(**person)
    MembershipFactory(organisation=market.organisation, person=someone)
    return someone


def _at(day: date, hour: int) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour)))


__all__ = [
    "CategoryFactory",
    "ClassFactory",
    "CycleFactory",
    "DeliverySlotFactory",
    "MarketFactory",
    "MemberFactory",
    "MembershipFactory",
    "OfferFactory",
    "PointFactory",
    "SlotFactory",
    "ZoneFactory",
]
