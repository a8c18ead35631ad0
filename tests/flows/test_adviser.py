"""An adviser's day: interventions on a phone, online or not; a week from the keyboard; a mandate; a diagnostic."""

from collections.abc import Callable
from datetime import timedelta
from time import monotonic
from typing import Any

import pytest
from django.utils.timezone import localdate
from playwright.sync_api import Page

from maillage.accompaniment.models import Intervention, Mandate, Topic
from maillage.accompaniment.tests.factories import (
    QuestionFactory,
    QuestionnaireFactory,
    SectionFactory,
    TopicFactory,
    VersionFactory,
    intervene,
)
from maillage.directory.models import Organisation, Person
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
    phone.get_by_role("textbox", name="Durée").fill("1 h 30")
    phone.get_by_label("Sujet").select_option(label="Douanes")
    phone.get_by_role("button", name="Noter", exact=True).click()
    phone.get_by_text("C’est noté.").wait_for()
    assert_accessible(phone)
    shot(phone, "adviser-noted")
    row = Intervention.objects.get()
    assert (row.minutes, row.adviser) == (90, adviser)
    phone.get_by_role("link", name="Cidrerie Émile").first.click()
    phone.get_by_role("heading", name="Parcours", exact=True).wait_for()
    assert_accessible(phone)
    shot(phone, "adviser-journey")


COUNTED = """
    window.counted = JSON.parse(sessionStorage.counted ?? '{"taps": 0, "keys": 0}');
    const note = (kind) => { window.counted[kind] += 1; sessionStorage.counted = JSON.stringify(window.counted); };
    addEventListener("pointerdown", () => note("taps"), true);
    addEventListener("keydown", () => note("keys"), true);
"""


def counted(phone: Page) -> tuple[int, int]:
    """How many times the screen was touched, and how many keys were pressed, since the first page."""
    found = phone.evaluate("() => JSON.parse(sessionStorage.counted)")
    return found["taps"], found["keys"]


@pytest.fixture
def known(adviser: Person) -> Person:
    """The adviser has worked before: enterprises, a topic, a stream."""
    organisation = adviser.roles.get().organisation
    for name in ("Fromagerie du Rang", "Cidrerie Émile"):
        enterprise = Organisation.objects.filter(name=name).first() or OrganisationFactory(name=name)
        row = intervene(organisation, enterprise, done_on=localdate() - timedelta(days=3))
        Intervention.objects.filter(pk=row.pk).update(adviser=adviser, topic=Topic.objects.get(key="douanes"))
    return adviser


def test_an_intervention_takes_five_taps_from_the_home_page_and_no_key(
    page: PageMaker, live_server: Any, sign_in: Any, assert_accessible: Any, known: Person, shot: Any
) -> None:
    phone = page(PHONE)
    phone.add_init_script(COUNTED)
    sign_in(phone, known)
    phone.goto(f"{live_server.url}/")
    began = monotonic()
    phone.get_by_role("link", name="Noter une intervention").first.tap()
    phone.get_by_role("button", name="Cidrerie Émile").tap()
    phone.get_by_role("button", name="1 h", exact=True).tap()
    phone.get_by_role("button", name="Douanes").tap()
    assert_accessible(phone)
    shot(phone, "adviser-five-taps")
    phone.get_by_role("button", name="Noter", exact=True).tap()
    phone.get_by_text("C’est noté.").wait_for()
    assert monotonic() - began < 20
    assert counted(phone) == (5, 0)
    row = Intervention.objects.latest("pk")
    assert (row.minutes, row.topic.key, row.stream.key) == (60, "douanes", "exportation")
    assert [p.enterprise.name for p in row.parties.all()] == ["Cidrerie Émile"]
    assert row.adviser == known


def test_a_tap_is_taken_back_and_a_second_enterprise_is_one_more_tap(
    page: PageMaker, live_server: Any, sign_in: Any, known: Person
) -> None:
    phone = page(PHONE)
    sign_in(phone, known)
    phone.goto(f"{live_server.url}/interventions/nouvelle/")
    fields = phone.locator('[data-parties] input[name$="-enterprise"]')
    phone.get_by_role("button", name="Cidrerie Émile").tap()
    phone.get_by_role("button", name="Fromagerie du Rang").tap()
    assert fields.count() == 2
    phone.get_by_role("button", name="Cidrerie Émile").tap()
    assert fields.nth(0).input_value() == ""
    phone.get_by_role("button", name="Cidrerie Émile").tap()
    phone.get_by_role("button", name="Noter", exact=True).tap()
    phone.get_by_text("C’est noté.").wait_for()
    assert Intervention.objects.latest("pk").parties.count() == 2


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


WEEK = (
    ("Cidrerie Émile", "45"),
    ("Fromagerie du Rang", "1 h"),
    ("Cidrerie Émile", "1 h 30"),
    ("Fromagerie du Rang", "2 h"),
)


def test_a_week_is_entered_with_the_keyboard_alone(
    page: PageMaker, live_server: Any, sign_in: Any, known: Person, shot: Any
) -> None:
    desk = page(DESK, height=900)
    desk.add_init_script(COUNTED)
    sign_in(desk, known)
    monday = localdate() - timedelta(days=localdate().weekday() + 7)
    desk.goto(f"{live_server.url}/interventions/semaine/?semaine={monday}")
    typed, began = desk.keyboard, monotonic()
    for _ in range(60):  # to the first cell of the grid
        if desk.evaluate("() => document.activeElement?.name") == "s-0-enterprise":
            break
        typed.press("Tab")
    for n, (enterprise, minutes) in enumerate(WEEK):
        assert desk.evaluate("() => document.activeElement.name") == f"s-{n}-enterprise"
        typed.type(enterprise)
        typed.press("Tab")  # the stream, of the last entry
        typed.press("Tab")
        typed.type("Douanes")
        typed.press("Tab")
        typed.type(minutes)
        typed.press("Tab")
        typed.type("Appel")
        if n < len(WEEK) - 1:
            for _ in range(10):  # the day of the next row has several parts
                typed.press("Tab")
                if desk.evaluate("() => document.activeElement.name") == f"s-{n + 1}-enterprise":
                    break
    shot(desk, "adviser-week-keyboard")
    typed.press("Enter")
    desk.get_by_text("4 interventions notées.").wait_for()
    assert monotonic() - began < 60
    assert counted(desk)[0] == 0
    made = Intervention.objects.filter(summary="Appel").order_by("pk")
    assert [r.minutes for r in made] == [45, 60, 90, 120]
    assert {r.topic.key for r in made} == {"douanes"}


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
    phone.get_by_role("textbox", name="Durée").fill("20")
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
