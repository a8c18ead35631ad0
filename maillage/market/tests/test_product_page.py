from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from maillage.catalogue.models import Product, ProductLabel
from maillage.catalogue.tests.factories import LabelFactory, ProductFormatFactory
from maillage.directory.tests.factories import TerritoryFactory
from maillage.market.models import CartLine, Cycle, CycleState, Offer

from .factories import CycleFactory, MemberFactory, OfferFactory

pytestmark = pytest.mark.django_db


def address(offer: Offer) -> str:
    return reverse("market:product", args=[offer.cycle.market.slug, offer.format.product.public_id])


@pytest.fixture
def offer() -> Offer:
    offer: Offer = OfferFactory(content="0.500", content_unit="kg", format_name="sac de 500 g", quantity=3)
    product = offer.format.product
    product.description = "Affiné trois mois sur planche."
    product.allergens = ["milk"]
    product.season_from, product.season_to = 7, 3
    product.temperature = "chilled"
    product.origin = TerritoryFactory(name="Gatineau-Test")
    product.save()
    label = LabelFactory(name="Biologique", needs_certifier=True)
    ProductLabel.objects.create(product=product, label=label, certifier="Ecocert")
    product.producer.description = "Une bergerie familiale depuis 1998."
    product.producer.website = "https://bergerie.example/"
    product.producer.save()
    return offer


def test_page_says_what_it_is_who_makes_it_and_where_the_price_goes(client: Client, offer: Offer) -> None:
    text = client.get(address(offer)).content.decode()
    for said in (
        "Affiné trois mois", "lait", "juillet à mars", "au réfrigérateur", "Gatineau-Test", "Biologique",
        "certifié par Ecocert", "Une bergerie familiale", "https://bergerie.example/", "sac de 500 g", "10,00", "20,00",
        "/kg", "7,80", "2,20", "Plus que 3",
    ):  # fmt: skip
        assert said in text, said
    english = client.get(address(offer), headers={"accept-language": "en"}).content.decode()
    assert "certified by Ecocert" in english
    assert "July to March" in english


def test_shop_leads_to_the_page_of_each_product(client: Client, offer: Offer) -> None:
    shop = client.get(reverse("market:shop", args=[offer.cycle.market.slug])).content.decode()
    assert f'href="{address(offer)}"' in shop


def test_every_format_is_added_to_the_cart_without_javascript(client: Client, offer: Offer) -> None:
    other = OfferFactory(
        cycle=offer.cycle, format=ProductFormatFactory(product=offer.format.product), format_name="meule"
    )
    member = MemberFactory(offer.cycle.market)
    client.force_login(member.account)
    text = client.get(address(offer)).content.decode()
    assert f'name="q-{offer.pk}"' in text
    assert f'name="q-{other.pk}"' in text
    data = {f"q-{offer.pk}": "1", f"q-{other.pk}": "2", "next": address(offer)}
    answer = client.post(reverse("market:cart", args=[offer.cycle.market.slug]), data)
    assert answer["Location"] == address(offer)
    assert dict(CartLine.objects.values_list("offer_id", "quantity")) == {offer.pk: 1, other.pk: Decimal(2)}
    assert 'value="2"' in client.get(address(offer)).content.decode()


def test_page_costs_the_same_for_many_formats(client: Client, offer: Offer) -> None:
    client.force_login(MemberFactory(offer.cycle.market).account)
    counts = []
    for many in (0, 12):
        for n in range(many):
            held = ProductFormatFactory(product=offer.format.product, reference=str(n))
            OfferFactory(cycle=offer.cycle, format=held)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address(offer)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 10


def test_what_is_not_offered_here_is_unknown_here(client: Client, offer: Offer) -> None:
    elsewhere = OfferFactory()
    other = reverse("market:product", args=[offer.cycle.market.slug, elsewhere.format.product.public_id])
    assert client.get(other).status_code == 404
    prepared = OfferFactory(cycle=CycleFactory(market=offer.cycle.market, draft=True))
    assert client.get(address(prepared)).status_code == 404
    withdrawn = OfferFactory(cycle=offer.cycle, is_open=False)
    assert client.get(address(withdrawn)).status_code == 404
    Product.objects.filter(pk=offer.format.product_id).update(is_active=False)
    assert client.get(address(offer)).status_code == 404


def test_link_kept_from_another_cycle_says_that_it_is_not_offered_now(client: Client, offer: Offer) -> None:
    Cycle.objects.filter(pk=offer.cycle_id).update(state=CycleState.SETTLED)
    CycleFactory(market=offer.cycle.market)
    page = client.get(address(offer))
    assert page.status_code == 200
    text = page.content.decode()
    assert "Pas offert en ce moment" in text
    assert f'name="q-{offer.pk}"' not in text
