import uuid
from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from maillage.accompaniment.journey import journey
from maillage.accompaniment.models import ClientFile, JourneyShare
from maillage.directory.tests.factories import OrganisationFactory, with_role
from maillage.market.actions.orders import cancel_order, place_order
from maillage.market.models import Order, ProducerStatement
from maillage.market.tests.factories import CycleFactory, OfferFactory, SlotFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def sale():
    cycle, producer = CycleFactory(state="settled"), OrganisationFactory(name="Ferme du Rang")
    ProducerStatement.objects.create(
        cycle=cycle,
        producer=producer,
        sold=Decimal("120.00"),
        adjusted=Decimal("-20.00"),
        margin=Decimal("22.00"),
        net=Decimal("78.00"),
        tps=0,
        tvq=0,
        deposits=0,
        settled_at=cycle.closes_at,
    )
    return cycle, producer


def sales(user, producer):
    return [m for m in journey(user=user, enterprise=producer) if m.kind == "sale"]


def test_a_producer_reads_its_sales_with_a_link(sale) -> None:
    cycle, producer = sale
    (moment,) = sales(with_role(producer, "director").account, producer)
    assert moment.text == "100,00\u00a0$"
    assert f"/cycles/{cycle.number}/" in moment.url


def test_the_market_reads_those_of_its_own(sale) -> None:
    cycle, producer = sale
    assert sales(with_role(cycle.market.organisation, "coordinator").account, producer)
    assert not sales(with_role(CycleFactory().market.organisation, "coordinator").account, producer)


def test_an_adviser_reads_sales_once_the_producer_consented(sale) -> None:
    cycle, producer = sale
    adviser = with_role(OrganisationFactory(), "adviser")
    ours = adviser.roles.get().organisation
    ClientFile.objects.create(organisation=ours, enterprise=producer, opened_on=date(2023, 1, 1))
    assert not sales(adviser.account, producer)
    JourneyShare.objects.create(
        enterprise=producer,
        organisation=cycle.market.organisation,
        shown_to=ours,
        consented_on=date(2023, 1, 1),
        consented_by="Ève",
    )
    (moment,) = sales(adviser.account, producer)
    assert not moment.url


@pytest.fixture
def purchase():
    """An order in the name of a restaurant, and one of their own by who placed it."""
    slot, buyer = SlotFactory(cycle=CycleFactory(market__membership_required=False)), OrganisationFactory()
    person, offer = with_role(buyer, "buyer"), OfferFactory(cycle=slot.cycle)
    for name in (None, buyer.pk):
        place_order(
            person_id=person.pk, buyer_id=name, cycle_id=slot.cycle_id, slot_id=slot.pk, payment_method="pickup",
            key=uuid.uuid4(), lines={offer.pk: Decimal(2)}, now=timezone.now(), by=None,
        )  # fmt: skip
    return Order.objects.get(buyer=buyer), buyer


def purchases(user, buyer):
    return [m for m in journey(user=user, enterprise=buyer) if m.kind == "purchase"]


def test_an_organisation_reads_its_purchases_with_a_link(purchase) -> None:
    order, buyer = purchase
    for reader in (order.person, with_role(buyer, "director")):
        (moment,) = purchases(reader.account, buyer)
        assert moment.title == f"A acheté au cycle {order.cycle.number}"
        assert str(order.public_id) in moment.url
    assert not purchases(with_role(OrganisationFactory(), "director").account, buyer)
    cancel_order(order_id=order.pk, now=timezone.now(), by=None)
    assert not purchases(order.person.account, buyer)


def test_the_market_reads_purchases_made_there_alone(purchase) -> None:
    order, buyer = purchase
    (moment,) = purchases(with_role(order.cycle.market.organisation, "coordinator").account, buyer)
    assert moment.url
    assert not purchases(with_role(CycleFactory().market.organisation, "coordinator").account, buyer)


def test_an_adviser_reads_purchases_once_the_buyer_consented(purchase) -> None:
    order, buyer = purchase
    adviser = with_role(OrganisationFactory(), "adviser")
    ours = adviser.roles.get().organisation
    ClientFile.objects.create(organisation=ours, enterprise=buyer, opened_on=date(2023, 1, 1))
    assert not purchases(adviser.account, buyer)
    JourneyShare.objects.create(
        enterprise=buyer, organisation=order.cycle.market.organisation, shown_to=ours,
        consented_on=date(2023, 1, 1), consented_by="Ève",
    )  # fmt: skip
    (moment,) = purchases(adviser.account, buyer)
    assert not moment.url
