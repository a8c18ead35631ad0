"""Pages of the coordinator and of the producer: who may see them, what they do, how many queries they take."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from maillage.directory.tests.factories import OrganisationFactory, PersonFactory, with_role
from maillage.market import actions
from maillage.market.models import Cycle, CycleTemplate, Market, Pause, PickupPoint, Slot
from maillage.market.views.manage import example_of

from .factories import CycleFactory, MarketFactory, OfferFactory, PointFactory, SlotFactory
from .test_documents import order
from .test_offers import offered

pytestmark = pytest.mark.django_db


def sign_in(client: Client, organisation: Any, kind: str = "coordinator") -> Client:
    client.force_login(with_role(organisation, kind).account)
    return client


@pytest.fixture
def full() -> Cycle:
    """An open cycle with orders of several producers at several points, and two cycles before it."""
    market = MarketFactory()
    now = timezone.now()
    for number in (1, 2, 3):
        opened = now - timedelta(days=7 * (3 - number) + 1)
        cycle = CycleFactory(
            market=market,
            number=number,
            opens_at=opened,
            closes_at=opened + timedelta(days=3),
            state="open" if number == 3 else "settled",
        )
        slots = [SlotFactory(cycle=cycle) for _ in range(3)]
        offers = [offered(cycle, quantity=Decimal(20), sold=Decimal(19)) for _ in range(4)]
        for n in range(6):
            order(slots[n % 3], n + 1, (offers[n % 4], 1), (offers[(n + 1) % 4], 2))
    return cycle


def urls_of(cycle: Cycle) -> dict[str, str]:
    base = f"/marches/{cycle.market.slug}/gestion/"
    producer = cycle.offers.order_by("pk")[0].producer
    own = f"/marches/{cycle.market.slug}/producteurs/{producer.public_id}/"
    return {
        "manage": base,
        "terms": base + "conditions/",
        "points": base + "points/",
        "point": base + "points/nouveau/",
        "zone": base + "zones/nouvelle/",
        "calendar": base + "calendrier/",
        "cycle": f"{base}cycles/{cycle.number}/",
        "dates": f"{base}cycles/{cycle.number}/dates/",
        "overview": f"{base}cycles/{cycle.number}/offre/",
        "offers": f"{base}cycles/{cycle.number}/offre/produits/",
        "offer": f"{base}cycles/{cycle.number}/offre/{cycle.offers.order_by('pk')[0].public_id}/",
        "documents": f"{base}cycles/{cycle.number}/documents/",
        "producer": own,
        "producer_cycle": f"{own}cycles/{cycle.number}/",
        "producer_offers": f"{own}cycles/{cycle.number}/offre/",
    }


def test_every_page_is_the_coordinator_s_alone(full: Cycle, client: Client) -> None:
    producer = full.offers.order_by("pk")[0].producer
    own = {"producer", "producer_cycle", "producer_offers"}
    readers = {
        "coordinator": (with_role(full.market.organisation, "coordinator"), set(urls_of(full))),
        "its packer": (with_role(full.market.organisation, "packer"), {"documents"}),
        "its producer": (with_role(producer, "producer"), own),
        "another market's coordinator": (with_role(MarketFactory().organisation, "coordinator"), set()),
        "a member": (PersonFactory(), set()),
    }
    for who, (person, allowed) in readers.items():
        client.force_login(person.account)
        for name, url in urls_of(full).items():
            assert client.get(url).status_code == (200 if name in allowed else 404), (who, name)
    client.logout()
    assert all(client.get(url).status_code == 302 for url in urls_of(full).values())


@pytest.mark.parametrize("page", ["cycle", "overview", "documents", "producer_cycle", "offers", "manage"])
def test_pages_take_few_queries_whatever_the_rows(
    full: Cycle, client: Client, page: str, django_assert_max_num_queries: Any
) -> None:
    sign_in(client, full.market.organisation)
    url = urls_of(full)[page]
    client.get(url)
    with django_assert_max_num_queries(15) as first:
        client.get(url)
    slot = Slot.objects.filter(cycle=full)[0]
    for n in range(5):
        order(slot, 100 + n, (offered(full), 1))
    with django_assert_max_num_queries(15) as second:
        client.get(url)
    assert len(second) == len(first)


def test_the_live_part_is_light_and_stops_at_the_close(
    full: Cycle, client: Client, django_assert_max_num_queries: Any
) -> None:
    producer = full.offers.order_by("pk")[0].producer
    sign_in(client, producer, "producer")
    url = urls_of(full)["producer_cycle"]
    client.get(url)
    with django_assert_max_num_queries(11):
        live = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "every 15s" in live
    assert "<html" not in live
    Cycle.objects.filter(pk=full.pk).update(state="closed")
    assert "every 15s" not in client.get(url, headers={"HX-Request": "true"}).content.decode()


def test_a_cycle_goes_from_draft_to_distributed_by_its_one_button(client: Client) -> None:
    cycle = CycleFactory(draft=True, opens_at=timezone.now() + timedelta(hours=1))
    SlotFactory(cycle=cycle)
    OfferFactory(cycle=cycle)
    sign_in(client, cycle.market.organisation)
    page = f"/marches/{cycle.market.slug}/gestion/cycles/{cycle.number}/"
    steps = [
        ("ouverture", "Ouvrir maintenant", "open"),
        ("fermeture", "Fermer maintenant", "closed"),
        ("preparation", "Les caisses sont prêtes", "packed"),
        ("distribution", "Terminer la distribution", "distributed"),
    ]
    for verb, label, state in steps:
        before = client.get(page).content.decode()
        assert label in before
        assert client.get(f"{page}{verb}/").status_code == 405
        client.post(f"{page}{verb}/")
        cycle.refresh_from_db()
        assert cycle.state == state
    again = client.post(f"{page}ouverture/", follow=False)
    assert again.status_code == 302
    cycle.refresh_from_db()
    assert cycle.state == "distributed"


def test_a_draft_that_lacks_something_says_it_instead_of_a_button(client: Client) -> None:
    cycle = CycleFactory(draft=True)
    sign_in(client, cycle.market.organisation)
    page = client.get(f"/marches/{cycle.market.slug}/gestion/cycles/{cycle.number}/").content.decode()
    assert "Ce cycle devait déjà être ouvert" in page
    assert "Compléter l’offre" in page
    assert "Ouvrir maintenant" not in page


def test_the_guided_page_makes_a_market_and_leads_to_the_first_cycle(client: Client) -> None:
    organisation = OrganisationFactory(name="Coop des Pins")
    sign_in(client, organisation)
    assert "Créer un marché" in client.get("/marches/nouveau/").content.decode()
    answer = client.post(
        "/marches/nouveau/",
        {
            "organisation": organisation.public_id,
            "name": "Marché des Pins",
            "margin_mode": "on_top",
            "margin_percent": "15",
        },
    )
    market = Market.objects.get(organisation=organisation)
    assert answer["Location"] == f"/marches/{market.slug}/gestion/"
    assert (market.margin_mode, market.margin_rate) == ("on_top", Decimal("0.15"))
    home = client.get(answer["Location"]).content.decode()
    assert "Avant le premier cycle" in home
    point = {
        "name": "Église",
        "address": "1, rue de l’Église",
        "postal_code": "j8x1a1",
        "is_active": "on",
        "ambient": "40",
        "chilled": "20",
        "frozen": "0",
        "w-TOTAL_FORMS": "2",
        "w-INITIAL_FORMS": "0",
        "w-0-day_offset": "0",
        "w-0-opens": "16:00",
        "w-0-closes": "19:00",
    }
    assert client.post(f"/marches/{market.slug}/gestion/points/nouveau/", point).status_code == 302
    made = PickupPoint.objects.get(market=market)
    assert (made.postal_code, made.windows.count(), made.capacities.count()) == ("J8X 1A1", 1, 2)
    template = {
        "every_weeks": "1",
        "opens_weekday": "3",
        "opens_time": "12:00",
        "closes_weekday": "6",
        "closes_time": "20:00",
        "delivered_weekday": "2",
        "holiday_shift": "-1",
    }
    assert client.post(f"/marches/{market.slug}/gestion/calendrier/", template).status_code == 302
    assert CycleTemplate.objects.get(market=market).holiday_shift == -1
    first = client.post(f"/marches/{market.slug}/gestion/premier-cycle/")
    assert first["Location"].endswith("/gestion/cycles/1/")
    assert Slot.objects.filter(cycle__market=market).count() == 1


def test_a_market_is_not_made_for_the_organisation_of_others(client: Client) -> None:
    sign_in(client, OrganisationFactory())
    other = OrganisationFactory()
    answer = client.post(
        "/marches/nouveau/",
        {"organisation": other.public_id, "name": "X", "margin_mode": "retained", "margin_percent": "20"},
    )
    assert answer.status_code == 422
    assert not Market.objects.exists()


def test_wrong_input_gets_a_sentence(client: Client) -> None:
    point = PointFactory()
    sign_in(client, point.market.organisation)
    answer = client.post(
        f"/marches/{point.market.slug}/gestion/zones/nouvelle/",
        {
            "name": "Nord",
            "postal_prefixes": "J8X, banane",
            "fee": "6",
            "minimum": "0",
            "day_offset": "0",
            "opens": "19:00",
            "closes": "16:00",
        },
    )
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "BANANE" in text
    assert "Après l’heure de début" in text


def test_a_producer_sets_the_grid_and_a_wrong_row_changes_nothing(client: Client) -> None:
    cycle = CycleFactory()
    first = offered(cycle)
    second = OfferFactory(cycle=cycle, producer=first.producer, quantity=Decimal(9), sold=Decimal(5))
    sign_in(client, first.producer, "producer")
    url = f"/marches/{cycle.market.slug}/producteurs/{first.producer.public_id}/cycles/{cycle.number}/offre/"
    cells = {
        f"price-{first.public_id}": "8,50",
        f"quantity-{first.public_id}": "25",
        f"open-{first.public_id}": "on",
        f"price-{second.public_id}": "10",
        f"quantity-{second.public_id}": "3",
        f"open-{second.public_id}": "on",
    }
    refused = client.post(url, cells)
    assert refused.status_code == 422
    assert "déjà 5 vendus" in refused.content.decode()
    first.refresh_from_db()
    assert first.quantity is None
    assert client.post(url, {**cells, f"quantity-{second.public_id}": "6"}).status_code == 302
    first.refresh_from_db()
    assert (first.member_price, first.quantity) == (Decimal("8.5"), 25)


def test_a_coordinator_finds_offers_without_accents_and_overrides_one(client: Client) -> None:
    cycle = CycleFactory()
    offer = offered(cycle, product_name="Bœuf haché à l’érable")
    offered(cycle, product_name="Navets")
    sign_in(client, cycle.market.organisation)
    url = f"/marches/{cycle.market.slug}/gestion/cycles/{cycle.number}/offre/produits/?q=erable"
    page = client.get(url).content.decode()
    assert "érable" in page
    assert "Navets" not in page
    client.post(url, {f"price-{offer.public_id}": "12,25", f"open-{offer.public_id}": "on"})
    offer.refresh_from_db()
    assert (offer.member_price, offer.price_overridden) == (Decimal("12.25"), True)


def test_a_producer_confirms_the_order_sheet(client: Client) -> None:
    cycle = CycleFactory(state="closed")
    offer = offered(cycle)
    order(SlotFactory(cycle=cycle), 1, (offer, 2))
    sign_in(client, offer.producer, "producer")
    url = f"/marches/{cycle.market.slug}/producteurs/{offer.producer.public_id}/cycles/{cycle.number}/"
    assert "Je confirme" in client.get(url).content.decode()
    client.post(f"{url}confirmation/", {"note": "Il manque des œufs."})
    assert cycle.confirmations.get().note == "Il manque des œufs."
    assert "Il manque des œufs." in client.get(url).content.decode()


@pytest.mark.parametrize(("mode", "rate", "said"), [("retained", "0.22", "7,80"), ("on_top", "0.15", "11,50")])
def test_a_margin_is_said_in_plain_words(mode: str, rate: str, said: str) -> None:
    example = example_of(mode, Decimal(rate))
    assert said in example.sentence
    assert sum(amount for _label, amount in example.parts) == max(Decimal(10), Decimal("11.50") * (mode == "on_top"))


def test_the_example_follows_what_is_typed(client: Client) -> None:
    client.force_login(PersonFactory().account)
    get = {"margin_mode": "retained", "margin_percent": "30"}
    assert "7,00" in client.get("/marches/nouveau/exemple/", get).content.decode()
    assert "entre 0 et 99" in client.get("/marches/nouveau/exemple/", {**get, "margin_percent": "x"}).content.decode()


def test_the_next_cycle_is_cloned_in_one_click(client: Client) -> None:
    cycle = CycleFactory(state="distributed")
    CycleTemplate.objects.create(market=cycle.market, opens_time="12:00", closes_time="20:00")
    offered(cycle)
    sign_in(client, cycle.market.organisation)
    base = f"/marches/{cycle.market.slug}/gestion/cycles/"
    answer = client.post(f"{base}{cycle.number}/suivant/")
    assert answer["Location"] == f"{base}{cycle.number + 1}/"
    assert Cycle.objects.get(market=cycle.market, number=cycle.number + 1).offers.count() == 1


def test_a_pause_is_added_shown_and_removed(full: Cycle, client: Client) -> None:
    sign_in(client, full.market.organisation)
    CycleTemplate.objects.create(market=full.market, opens_time="12:00", closes_time="20:00")
    address = urls_of(full)["calendar"]
    sent = {"first": "2030-12-20", "last": "2031-01-03", "reason": "Vacances"}
    assert client.post(address + "pauses/", {**sent, "last": "2030-12-01"}).status_code == 422
    client.post(address + "pauses/", sent)
    pause = Pause.objects.get()
    assert pause.during.upper.isoformat() == "2031-01-04"
    assert "Vacances" in client.get(address).content.decode()
    client.post(f"{address}pauses/{pause.public_id}/retrait/")
    assert not Pause.objects.exists()


def test_the_next_cycle_passes_over_a_pause(full: Cycle) -> None:
    CycleTemplate.objects.create(market=full.market, opens_time="12:00", closes_time="20:00")
    today = timezone.localdate()
    actions.add_pause(market_id=full.market_id, first=today, last=today + timedelta(days=60), reason="", by=None)
    made = actions.clone_cycle(cycle_id=full.pk, now=timezone.now(), by=None)
    assert made.delivered_on > today + timedelta(days=60)
