"""Where an organisation stands, on the home page of those who read its figures; and a menu of what it does."""

import uuid
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone

from maillage.accompaniment.tests.factories import intervene
from maillage.directory.tests.factories import OrganisationFactory, with_role
from maillage.market.actions import orders
from maillage.market.tests.factories import CycleFactory, MarketFactory, MemberFactory, OfferFactory, SlotFactory
from maillage.site.navigation import Navigation
from maillage.site.standing import standings

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 27)


def menu(person: Any) -> list[str]:
    request = RequestFactory().get("/")
    request.user = person.account
    return [link.label for section in Navigation(request).sections for link in section.links]


def test_adviser_sees_the_year_so_far_beside_the_last_one_at_the_same_date() -> None:
    ours = OrganisationFactory()
    for day in (date(2026, 5, 1), TODAY, date(2026, 12, 1), date(2025, 6, 1), date(2025, 12, 1)):
        intervene(ours, OrganisationFactory(), done_on=day)
    (standing,) = standings(user=with_role(ours, "adviser").account, today=TODAY)
    first = standing.tiles[0]
    assert (first.label, first.value, first.previous, first.trend) == ("Interventions", "2", "1", "up")
    assert f"organisme={ours.public_id}&debut=2026-04-01&fin=2026-11-28" in first.href


def test_organisation_without_work_shows_no_figure() -> None:
    assert standings(user=with_role(OrganisationFactory(), "director").account, today=TODAY) == []


def test_figures_of_others_stay_theirs() -> None:
    ours = OrganisationFactory()
    intervene(ours, OrganisationFactory(), done_on=TODAY)
    assert standings(user=with_role(OrganisationFactory(), "director").account, today=TODAY) == []
    assert standings(user=with_role(ours, "packer").account, today=TODAY) == []


def test_sales_of_a_market_open_on_the_orders(client: Client) -> None:
    market, today = MarketFactory(), timezone.localdate()
    cycle = CycleFactory(market=market, delivered_on=today)
    offer, member = OfferFactory(cycle=cycle), MemberFactory(market)
    orders.place_order(
        person_id=member.pk, cycle_id=cycle.pk, slot_id=SlotFactory(cycle=cycle).pk, payment_method="pickup",
        key=uuid.uuid4(), now=timezone.now(), by=None, lines={offer.pk: Decimal(3)},
    )  # fmt: skip
    coordinator = with_role(market.organisation, "coordinator")
    client.force_login(coordinator.account)
    tile = standings(user=coordinator.account, today=today)[0].tiles[0]
    assert (tile.label, tile.value, tile.unit) == ("Ventes", "30", "$")
    assert 'hx-get="/en-bref/"' in client.get("/").content.decode()
    for headers in ({}, {"HX-Request": "true"}):  # a page of its own without JavaScript, a part of home with it
        page = client.get("/en-bref/", headers=headers).content.decode()
        assert tile.href in page.replace("&amp;", "&")
        assert ("<html" in page) is not bool(headers)
    page = client.get(tile.href).content.decode()
    assert offer.product_name in page
    assert member.family_name not in page


def test_menu_of_a_market_is_for_those_who_run_one() -> None:
    without, market = OrganisationFactory(), MarketFactory()
    assert "Règlements" not in menu(with_role(without, "director"))
    assert "Ouvrir un marché" in menu(with_role(without, "director"))
    assert "Ouvrir un marché" not in menu(with_role(without, "adviser"))
    runs = menu(with_role(market.organisation, "director"))
    assert {"Règlements", "Virements Interac", market.name} - set(runs) == {"Virements Interac"}
    assert "Ouvrir un marché" not in runs
    assert "Produits" in menu(with_role(OrganisationFactory(), "producer"))


def test_more_than_five_things_to_do_stay_one_click_away(client: Client) -> None:
    market = MarketFactory()
    for days in range(6):
        CycleFactory(market=market, draft=True, closes_at=timezone.now() + timedelta(days=days + 2))
    client.force_login(with_role(market.organisation, "coordinator").account)
    page = client.get("/").content.decode()
    assert "Voir 1 autre" in page
    assert page.count('class="need"') == 6
