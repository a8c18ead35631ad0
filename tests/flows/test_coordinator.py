"""A coordinator makes a market, runs its cycle, and finds what the close made. Every page is checked by axe."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from maillage.directory.tests.factories import OrganisationFactory, with_role
from maillage.market import documents
from maillage.market.models import Cycle, CycleTemplate, Document
from maillage.market.tests.factories import CycleFactory, SlotFactory
from maillage.market.tests.test_documents import order
from maillage.market.tests.test_offers import offered
from maillage.market.types import CycleClosed


@pytest.fixture
def cycle(live_server, settings, tmp_path):
    """A draft that is ready to open, after a settled cycle that sold."""
    settings.MEDIA_ROOT = tmp_path
    now = timezone.now()
    before = CycleFactory(
        number=1, state="settled", opens_at=now - timedelta(days=8), closes_at=now - timedelta(days=5)
    )
    order(SlotFactory(cycle=before), 1, (offered(before), 3))
    made = CycleFactory(
        market=before.market, number=2, draft=True, opens_at=now + timedelta(hours=1), closes_at=now + timedelta(days=2)
    )
    SlotFactory(cycle=made, crates=Decimal(10))
    offered(made, product_name="Carottes nantaises", quantity=Decimal(10), sold=Decimal(9))
    return made


@pytest.mark.parametrize("width", [390, 1280])
def test_a_market_is_made_in_a_guided_page(page, live_server, sign_in, assert_accessible, shot, width):
    organisation = OrganisationFactory(name="Coop des Pins")
    window = page(width)
    sign_in(window, with_role(organisation, "coordinator"))
    window.goto(f"{live_server.url}/marches/nouveau/")
    assert_accessible(window)
    window.get_by_label("Nom du marché").fill("Marché des Pins")
    window.get_by_label("Le marché ajoute sa part").check()
    window.get_by_label("Marge").fill("15")
    window.get_by_label("Marge").blur()
    window.get_by_text("11,50").first.wait_for()
    shot(window, "coordinator-setup")
    window.get_by_role("button", name="Créer le marché").click()
    window.get_by_role("heading", name="Avant le premier cycle").wait_for()
    assert_accessible(window)
    for path in ("conditions", "points", "points/nouveau", "zones/nouvelle", "calendrier"):
        window.goto(f"{live_server.url}/marches/marche-des-pins/gestion/{path}/")
        assert_accessible(window)


@pytest.mark.parametrize("width", [390, 1280])
def test_a_cycle_is_run_from_its_page(page, live_server, sign_in, assert_accessible, shot, cycle, width):
    window = page(width)
    sign_in(window, with_role(cycle.market.organisation, "coordinator"))
    address = f"{live_server.url}/marches/{cycle.market.slug}/gestion/cycles/2/"
    window.goto(address)
    assert_accessible(window)
    window.get_by_role("button", name="Ouvrir maintenant").click()
    window.get_by_text("Les membres commandent.").wait_for()
    order(cycle.slots.get(), 1, (cycle.offers.get(), 2))
    window.goto(address)
    window.get_by_role("img", name="Ventes cumulées").wait_for()
    assert_accessible(window)
    shot(window, "coordinator-cycle")
    for path in ("offre", "offre/produits", "dates", "documents"):
        window.goto(f"{address}{path}/")
        assert_accessible(window)
    window.goto(address)
    window.get_by_role("button", name="Fermer maintenant").click()
    window.get_by_role("dialog").get_by_role("button", name="Oui, continuer").click()
    window.get_by_text("On prépare les caisses.").wait_for()
    assert Cycle.objects.get(pk=cycle.pk).state == "closed"
    documents.prepare(CycleClosed(cycle.pk))
    window.goto(f"{address}documents/")
    window.get_by_role("progressbar").wait_for()
    for key in Document.objects.filter(cycle=cycle).values_list("pk", flat=True):
        documents.make(document_id=key, now=timezone.now())
    window.get_by_role("link", name="Ouvrir").first.wait_for()  # the page found out by itself
    assert_accessible(window)
    shot(window, "coordinator-documents")


def test_without_javascript_the_button_works_too(page, live_server, sign_in, cycle):
    window = page(390, javascript=False)
    sign_in(window, with_role(cycle.market.organisation, "coordinator"))
    window.goto(f"{live_server.url}/marches/{cycle.market.slug}/gestion/cycles/2/")
    window.get_by_role("button", name="Ouvrir maintenant").click()
    assert window.get_by_text("Les membres commandent.").is_visible()


def test_the_next_cycle_is_one_click_away(page, live_server, sign_in, cycle):
    Cycle.objects.filter(pk=cycle.pk).update(state="distributed")
    CycleTemplate.objects.create(market=cycle.market, opens_time="12:00", closes_time="20:00")
    window = page(1280)
    sign_in(window, with_role(cycle.market.organisation, "coordinator"))
    window.goto(f"{live_server.url}/marches/{cycle.market.slug}/gestion/")
    window.get_by_role("button", name="Préparer le prochain cycle").click()
    window.get_by_role("heading", name="Cycle 3", level=1).wait_for()
    assert Cycle.objects.get(market=cycle.market, number=3).offers.count() == 1
