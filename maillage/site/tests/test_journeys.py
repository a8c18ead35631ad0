from datetime import date
from decimal import Decimal

import pytest

from maillage.accompaniment.journey import journey
from maillage.accompaniment.models import ClientFile, JourneyShare
from maillage.directory.tests.factories import OrganisationFactory, with_role
from maillage.market.models import ProducerStatement
from maillage.market.tests.factories import CycleFactory

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
