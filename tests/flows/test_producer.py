"""A producer on a phone: sets what they offer, sees what sells, confirms the order sheet. Checked by axe."""

from decimal import Decimal

import pytest

from maillage.directory.tests.factories import with_role
from maillage.market.models import Cycle, ProducerConfirmation
from maillage.market.tests.factories import CycleFactory, SlotFactory
from maillage.market.tests.test_documents import order
from maillage.market.tests.test_offers import offered


@pytest.fixture
def offer(live_server):
    cycle = CycleFactory()
    made = offered(cycle, product_name="Carottes nantaises", quantity=Decimal(20), sold=Decimal(2))
    order(SlotFactory(cycle=cycle), 1, (made, 2))
    return made


@pytest.mark.parametrize("width", [390, 1280])
def test_a_producer_follows_a_cycle(page, live_server, sign_in, assert_accessible, shot, offer, width):
    window = page(width)
    sign_in(window, with_role(offer.producer, "producer"))
    window.goto(f"{live_server.url}/ventes/")
    assert_accessible(window)
    window.get_by_role("link", name=offer.cycle.market.name).click()
    window.get_by_role("heading", name="Vos ventes", level=1).wait_for()
    assert_accessible(window)
    shot(window, "producer-sales")
    window.get_by_role("link", name="Prix et quantités").click()
    assert_accessible(window)
    window.get_by_label("Quantité de Carottes nantaises").fill("1")
    window.get_by_role("button", name="Enregistrer").click()
    window.get_by_text("déjà 2 vendus").wait_for()
    assert_accessible(window)
    window.get_by_label("Quantité de Carottes nantaises").fill("35")
    window.get_by_role("button", name="Enregistrer").click()
    window.get_by_text("1 offre est changée.").wait_for()
    shot(window, "producer-grid")
    offer.refresh_from_db()
    assert offer.quantity == 35
    Cycle.objects.filter(pk=offer.cycle_id).update(state="closed")
    address = f"/marches/{offer.cycle.market.slug}/producteurs/{offer.producer.public_id}/"
    window.goto(f"{live_server.url}{address}cycles/{offer.cycle.number}/")
    assert_accessible(window)
    window.get_by_label("Un mot au marché").fill("Je livre mardi soir.")
    window.get_by_role("button", name="Je confirme").click()
    window.get_by_text("Je livre mardi soir.").wait_for()
    assert ProducerConfirmation.objects.get(cycle=offer.cycle).producer == offer.producer
    window.goto(f"{live_server.url}{address}")
    assert_accessible(window)
