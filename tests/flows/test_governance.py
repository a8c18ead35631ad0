"""Who sits, until when; what a network counts: pages of those who govern, at a phone's and a desk's width, with axe."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils.timezone import localdate
from playwright.sync_api import Page

from maillage.directory.models import Person
from maillage.directory.tests.factories import OrganisationFactory, with_role
from maillage.governance.models import Body, Term
from maillage.governance.tests.factories import BodyFactory, MeetingFactory, SeatFactory, TermFactory
from maillage.indicators import actions
from maillage.indicators.tests.factories import indicator, work

type PageMaker = Callable[..., Page]
PHONE, DESK = 390, 1280


@pytest.fixture
def director(live_server: Any) -> Person:
    person = with_role(OrganisationFactory(name="Coopérative du Rang"), "director", given_name="Diane")
    board = BodyFactory(organisation=person.roles.get().organisation, name="Conseil d'administration")
    for days in (40, 400):
        ends = localdate() + timedelta(days=days)
        TermFactory(seat=SeatFactory(body=board), during=(date(2022, 6, 16), ends))
    MeetingFactory(body=board)
    return person


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_director_reads_who_leaves_and_names_who_comes(
    page: PageMaker, live_server: Any, sign_in: Any, assert_accessible: Any, director: Person, shot: Any, width: int
) -> None:
    screen = page(width)
    sign_in(screen, director)
    screen.goto(f"{live_server.url}/")
    screen.get_by_role("heading", name="1 mandat se termine bientôt").wait_for()
    assert_accessible(screen)
    screen.get_by_role("link", name="Voir les mandats").click()
    assert_accessible(screen)
    shot(screen, "governance")
    screen.get_by_role("link", name="Nouvelle instance").click()
    assert_accessible(screen)
    screen.get_by_label("Nom", exact=True).fill("Comité de la mise en marché")
    screen.get_by_label("Genre").select_option(label="comité")
    screen.get_by_role("button", name="Garder").click()
    body = Body.objects.get(name="Comité de la mise en marché")
    assert_accessible(screen)
    shot(screen, "governance-body")
    board = Body.objects.get(name="Conseil d'administration")
    for path in (
        f"/gouvernance/instances/{board.public_id}/",
        f"/gouvernance/sieges/{Term.objects.earliest('pk').seat.public_id}/",
        f"/gouvernance/instances/{body.public_id}/correction/",
        "/gouvernance/rencontres/",
        f"/gouvernance/rencontres/{board.meetings.get().public_id}/",
        "/gouvernance/rencontres/nouvelle/",
    ):
        screen.goto(live_server.url + path)
        assert_accessible(screen)


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_network_reads_its_totals_and_enrols_a_member(
    page: PageMaker, live_server: Any, sign_in: Any, assert_accessible: Any, shot: Any, width: int
) -> None:
    network = OrganisationFactory(name="Réseau des coopératives")
    members = [OrganisationFactory(name=name) for name in ("Appui Nord", "Appui Sud", "Appui Est")]
    served = [OrganisationFactory() for _ in range(9)]
    for n, member in enumerate(members):
        actions.enrol_member(
            network_id=network.pk, member_id=member.pk, since=date(2015, 4, 1), by=None, observed=n < 2
        )
        for enterprise in served[n : n + 7]:
            work(member, enterprise)
    indicator(network, "enterprises_served", name="Entreprises appuyées")
    screen = page(width)
    sign_in(screen, with_role(network, "director"))
    screen.goto(f"{live_server.url}/reseau/?debut=2022-04-01&fin=2023-04-01")
    screen.get_by_role("heading", name="Une entreprise, plusieurs membres").wait_for()
    assert_accessible(screen)
    shot(screen, "network")
    screen.get_by_role("link", name="Membres", exact=True).click()
    assert_accessible(screen)
    shot(screen, "network-members")
    for path in (
        "/chiffres/",
        "/chiffres/croise/?fait=enterprises_served&debut=2022-04-01&fin=2023-04-01",
        "/indicateurs/",
    ):
        screen.goto(live_server.url + path)
        assert_accessible(screen)
