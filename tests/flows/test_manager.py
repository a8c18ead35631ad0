"""A programme manager's activity: made, published, filled by visitors, presences noted at the door."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone
from playwright.sync_api import Page

from maillage.directory.tests.factories import OrganisationFactory, with_role
from maillage.programmes.models import Activity, Attendance, Registration
from maillage.programmes.tokens import token_of

type PageMaker = Callable[..., Page]
PHONE, DESK = 390, 1280


def test_manager_fills_an_activity_and_notes_the_presences(
    page: PageMaker, live_server: Any, sign_in: Any, assert_accessible: Any, shot: Any
) -> None:
    manager = with_role(OrganisationFactory(name="Accès Export Montérégie"), "manager")
    desk = page(DESK, height=900)
    sign_in(desk, manager)
    desk.goto(f"{live_server.url}/activites/")
    assert_accessible(desk)
    desk.get_by_role("link", name="Nouvelle activité").first.click()
    assert_accessible(desk)
    day = timezone.localdate() + timedelta(days=3)
    desk.get_by_label("Titre").fill("Conformité douanière")
    desk.get_by_label("Séances").first.fill(f"{day} 9:00-12:00")
    desk.get_by_label("Places").first.fill("1")
    desk.get_by_role("button", name="Garder").click()
    desk.get_by_role("button", name="Publier").click()
    desk.get_by_text("ouverte").wait_for()
    assert_accessible(desk)
    shot(desk, "manager-activity")
    activity = Activity.objects.get()

    names = ("Rose", "Félix")
    for name in names:
        visitor = page(PHONE)
        visitor.goto(f"{live_server.url}/activites/{activity.public_id}/inscription/")
        assert_accessible(visitor)
        visitor.get_by_label("Votre nom").fill(name)
        visitor.get_by_label("Courriel").fill(f"{name.lower().replace('é', 'e')}@exemple.test")
        visitor.locator("main form button").last.click()
        visitor.get_by_text("Un courriel part à").wait_for()
        ticket = token_of(Registration.objects.get(name=name))  # the link that the message brings
        visitor.goto(f"{live_server.url}/billets/{ticket}/")
        if name == "Rose":
            assert_accessible(visitor)
            shot(visitor, "visitor-confirms")
            visitor.get_by_role("button", name="Confirmer ma place").click()
        else:  # it is full: the address enters the list once it is confirmed
            assert_accessible(visitor)
            visitor.get_by_role("button", name="Entrer dans la liste d’attente").click()
        visitor.get_by_role("heading", name="Conformité douanière").wait_for()
        visitor.get_by_text("Place réservée" if name == "Rose" else "Rang 1").wait_for()
        assert_accessible(visitor)
        shot(visitor, f"visitor-{name.lower()}")
    assert [r.state for r in Registration.objects.order_by("pk")] == ["confirmed", "waiting"]

    phone = page(PHONE)
    sign_in(phone, manager)
    phone.goto(f"{live_server.url}/activites/{activity.public_id}/presences/")
    assert_accessible(phone)
    phone.get_by_role("button", name="Rose").click()
    phone.get_by_text("1 / 1").wait_for()
    assert_accessible(phone)
    shot(phone, "manager-presences")
    assert Attendance.objects.count() == 1


def test_manager_builds_a_call_and_a_visitor_applies(
    page: PageMaker, live_server: Any, sign_in: Any, assert_accessible: Any, shot: Any
) -> None:
    from maillage.programmes.tests.factories import CallFactory, EditionFactory

    organisation = OrganisationFactory()
    manager = with_role(organisation, "manager")
    edition = EditionFactory(programme__organisation=organisation)
    now = timezone.now()
    call = CallFactory(
        edition=edition, opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=9), published_at=None
    )
    desk = page(DESK, height=900)
    sign_in(desk, manager)
    desk.goto(f"{live_server.url}/appels/{call.public_id}/gestion/")
    desk.get_by_label("Question").fill("Quel marché visez-vous ?")
    desk.get_by_role("button", name="Ajouter la question").click()
    desk.get_by_label("Critère").fill("Marché")
    desk.get_by_role("button", name="Ajouter le critère").click()
    desk.get_by_role("button", name="Publier l’appel").click()
    desk.get_by_role("link", name="Page publique").wait_for()
    assert_accessible(desk)
    shot(desk, "manager-call")
    visitor = page(PHONE)
    visitor.goto(f"{live_server.url}/appels/{call.public_id}/")
    assert_accessible(visitor)
    visitor.get_by_label("Entreprise").fill("Distillerie du Lac")
    visitor.get_by_label("Votre nom").fill("Ève")
    visitor.get_by_label("Courriel").fill("eve@exemple.test")
    visitor.get_by_label("Quel marché visez-vous ?").fill("France")
    visitor.get_by_role("button", name="Envoyer la candidature").click()
    visitor.get_by_text("Votre candidature est reçue").wait_for()
    assert call.applications.count() == 1
