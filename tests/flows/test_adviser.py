"""An adviser's day: interventions on a phone, online or not; a week from the keyboard; a mandate; a diagnostic."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from maillage.accompaniment.models import Intervention, Mandate
from maillage.accompaniment.tests.factories import (
    QuestionFactory,
    QuestionnaireFactory,
    SectionFactory,
    TopicFactory,
    VersionFactory,
    intervene,
)
from maillage.directory.models import Person
from maillage.directory.tests.factories import OrganisationFactory, TerritoryFactory, with_role
from maillage.funding.tests.factories import StreamFactory

type PageMaker = Callable[..., Page]
PHONE, DESK = 390, 1280


@pytest.fixture
def adviser(live_server: Any) -> Person:
    person = with_role(OrganisationFactory(name="Accès Export Montérégie"), "adviser", given_name="Ève")
    StreamFactory(key="exportation", name="Exportation")
    TopicFactory(key="douanes", name="Douanes")
    OrganisationFactory(name="Cidrerie Émile", mrc=TerritoryFactory(name="Rouville"))
    return person


def test_adviser_notes_an_intervention_on_a_phone(
    page: PageMaker, live_server: Any, sign_in: Any, assert_accessible: Any, adviser: Person, shot: Any
) -> None:
    phone = page(PHONE)
    sign_in(phone, adviser)
    phone.goto(f"{live_server.url}/interventions/")
    assert_accessible(phone)
    shot(phone, "adviser-empty")
    phone.get_by_role("link", name="Noter une intervention").click()
    assert_accessible(phone)
    shot(phone, "adviser-entry")
    phone.get_by_label("Entreprise").first.fill("cidrerie emile")
    phone.get_by_label("Durée").fill("1 h 30")
    phone.get_by_label("Sujet").select_option(label="Douanes")
    phone.get_by_role("button", name="Noter", exact=True).click()
    phone.get_by_text("C'est noté.").wait_for()
    assert_accessible(phone)
    shot(phone, "adviser-noted")
    row = Intervention.objects.get()
    assert (row.minutes, row.adviser) == (90, adviser)
    phone.get_by_role("link", name="Cidrerie Émile").first.click()
    phone.get_by_role("heading", name="Parcours", exact=True).wait_for()
    assert_accessible(phone)
    shot(phone, "adviser-journey")


def test_draft_waits_for_the_network(
    page: PageMaker, live_server: Any, sign_in: Any, assert_accessible: Any, adviser: Person
) -> None:
    phone = page(PHONE)
    sign_in(phone, adviser)
    phone.goto(f"{live_server.url}/interventions/nouvelle/")
    phone.get_by_label("Entreprise").first.fill("Cidrerie Émile")
    phone.wait_for_timeout(600)
    phone.context.set_offline(True)
    phone.get_by_role("button", name="Noter", exact=True).click()
    phone.get_by_role("button", name="Jeter ce brouillon").wait_for()
    assert_accessible(phone)
    assert not Intervention.objects.exists()
    phone.context.set_offline(False)
    phone.get_by_role("button", name="Jeter ce brouillon").wait_for(state="detached")
    assert Intervention.objects.count() == 1
    phone.reload()
    assert Intervention.objects.count() == 1


def test_adviser_types_a_week_and_keeps_what_is_wrong(
    page: PageMaker, live_server: Any, sign_in: Any, assert_accessible: Any, adviser: Person, shot: Any
) -> None:
    desk = page(DESK, height=900)
    sign_in(desk, adviser)
    desk.goto(f"{live_server.url}/interventions/semaine/")
    assert_accessible(desk)
    desk.get_by_label("Entreprise 1", exact=True).fill("Cidrerie Émile")
    desk.get_by_label("Durée 1", exact=True).fill("45")
    desk.get_by_label("Entreprise 2", exact=True).fill("Ferme inconnue")
    desk.keyboard.press("Enter")
    desk.get_by_text("Pas au répertoire").wait_for()
    assert_accessible(desk)
    shot(desk, "adviser-week")
    assert Intervention.objects.get().minutes == 45
    assert desk.get_by_label("Entreprise 1", exact=True).input_value() == "Ferme inconnue"


def test_adviser_opens_a_mandate_and_moves_it(
    page: PageMaker, live_server: Any, sign_in: Any, assert_accessible: Any, adviser: Person, shot: Any
) -> None:
    phone = page(PHONE)
    sign_in(phone, adviser)
    phone.goto(f"{live_server.url}/mandats/nouveau/")
    assert_accessible(phone)
    phone.get_by_label("Entreprise").fill("Cidrerie Émile")
    phone.get_by_role("button", name="Ouvrir le mandat").click()
    phone.get_by_role("button", name="Noter l’étape").click()
    phone.get_by_text("Étape notée").wait_for()
    assert_accessible(phone)
    shot(phone, "adviser-mandate")
    assert Mandate.objects.get().stage == "diagnostic"


def test_enterprise_answers_a_diagnostic_by_its_link(
    page: PageMaker, live_server: Any, assert_accessible: Any, adviser: Person, shot: Any
) -> None:
    from django.utils import timezone

    from maillage.accompaniment import actions, queries

    organisation = adviser.roles.get().organisation
    version = VersionFactory(questionnaire=QuestionnaireFactory(organisation=organisation, title="Prêt à exporter"))
    for title in ("Marché", "Équipe", "Finances"):
        QuestionFactory(section=SectionFactory(version=version, title=title), label=f"{title} : où en êtes-vous ?")
    actions.publish_version(version_id=version.pk, now=timezone.now(), by=None)
    row = intervene(organisation, OrganisationFactory()).parties.get()
    made = actions.start_diagnostic(
        organisation_id=organisation.pk,
        enterprise_id=row.enterprise_id,
        version_id=version.pk,
        now=timezone.now(),
        by=None,
    )
    phone = page(PHONE)
    phone.goto(f"{live_server.url}/questionnaire/{queries.token_of(made)}/")
    assert_accessible(phone)
    shot(phone, "diagnostic-link")
    for title, score in (("Marché", "2"), ("Équipe", "4"), ("Finances", "5")):
        phone.get_by_role("group", name=title).get_by_role("radio", name=score).check()
    phone.get_by_role("button", name="Terminer").click()
    phone.get_by_role("heading", name="Priorités").wait_for()
    assert_accessible(phone)
    shot(phone, "diagnostic-result")


def test_the_entry_page_opens_without_any_network(
    page: PageMaker, live_server: Any, sign_in: Any, assert_accessible: Any, adviser: Person, shot: Any
) -> None:
    phone = page(PHONE)
    sign_in(phone, adviser)
    phone.goto(f"{live_server.url}/interventions/nouvelle/")
    phone.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    phone.wait_for_function(
        "async () => (await (await caches.open('maillage-hors-ligne')).keys()).length > 3", timeout=15000
    )
    phone.reload()
    phone.context.set_offline(True)
    phone.goto(f"{live_server.url}/interventions/nouvelle/")
    phone.get_by_label("Entreprise").fill("Cidrerie Émile")
    phone.get_by_label("Durée").fill("20")
    assert_accessible(phone)
    shot(phone, "adviser-offline")
    phone.get_by_role("button", name="Garder sur cet appareil").click()
    phone.get_by_role("button", name="Jeter ce brouillon").wait_for()
    assert "Ève" not in phone.content()
    phone.context.set_offline(False)
    phone.goto(f"{live_server.url}/interventions/")
    phone.get_by_role("button", name="Jeter ce brouillon").wait_for(state="detached")
    phone.wait_for_function("() => localStorage.getItem('maillage.interventions') === '[]'")
    assert Intervention.objects.get().minutes == 20
