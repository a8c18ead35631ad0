import io
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from python_calamine import CalamineWorkbook

from maillage.directory import downloads
from maillage.directory.actions.downloads import make
from maillage.directory.models import Download, Role
from maillage.directory.tests.factories import OrganisationFactory, PersonFactory, with_role
from maillage.programmes import emails
from maillage.programmes.models import Activity, Registration
from maillage.programmes.tokens import token_of
from maillage.programmes.types import ApplicationReceived

from .factories import (
    ActivityFactory,
    AttendanceFactory,
    CallFactory,
    EditionFactory,
    RegistrationFactory,
    SessionFactory,
    VisitFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client: Client):
    person = with_role(OrganisationFactory(), "manager")
    client.force_login(person.account)
    return person.roles.get().organisation


def coming(**values: object) -> Activity:
    return ActivityFactory(starts_on=timezone.localdate() + timedelta(days=7), **values)


def test_every_page_opens_for_its_manager_and_hides_from_others(client: Client, manager) -> None:
    activity = coming(organisation=manager, kind="evenement")
    SessionFactory(activity=activity)
    RegistrationFactory(activity=activity)
    edition = EditionFactory(programme__organisation=manager, kind="tour")
    VisitFactory(edition=edition)
    call = CallFactory(edition=edition)
    pages = [
        reverse("programmes:programmes"),
        reverse("programmes:programme_new"),
        reverse("programmes:edition", args=[edition.public_id]),
        reverse("programmes:edition_new", args=[edition.programme.public_id]),
        reverse("programmes:activities"),
        reverse("programmes:activity_new"),
        *(reverse(f"programmes:{n}", args=[activity.public_id]) for n in ("activity", "activity_edit", "checkin")),
        reverse("programmes:call_manage", args=[call.public_id]),
    ]
    for page in pages:
        assert client.get(page).status_code == 200, page
    client.force_login(with_role(OrganisationFactory(), "manager").account)
    for page in pages:
        if str(activity.public_id) in page or str(edition.public_id) in page or str(call.public_id) in page:
            assert client.get(page).status_code == 404, page


def test_activities_cost_the_same_for_one_and_for_many(
    client: Client, manager, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(reverse("programmes:activities"))  # what a process asks once
    counts = []
    for extra in (1, 8):
        for _n in range(extra):
            RegistrationFactory(activity=coming(organisation=manager))
        with CaptureQueriesContext(
            connection,
        ) as caught:
            client.get(reverse("programmes:activities"))
        counts.append(len(caught))
    assert counts[0] == counts[1]


def test_visitor_confirms_gets_a_ticket_and_cancels(client: Client) -> None:
    activity = coming(capacity=1)
    SessionFactory(activity=activity)
    page = reverse("programmes:register", args=[activity.public_id])
    answer = client.post(page, {"name": "Rose", "email": "rose@exemple.test"}, follow=True)
    assert "Un courriel part à rose@exemple.test" in answer.content.decode()
    assert "/billets/" not in answer.content.decode()
    assert "complet" in client.get(page).content.decode()
    ticket = Registration.objects.get()
    assert ticket.state == "offered"
    change = reverse("programmes:ticket_change", args=[token_of(ticket)])
    opened = client.get(reverse("programmes:ticket", args=[token_of(ticket)])).content.decode()
    assert "Confirmer ma place" in opened
    ticket.refresh_from_db()
    assert ticket.state == "offered"  # opening the link, as a mailbox's reader does, confirms nothing
    answer = client.post(change, {"verbe": "prendre"}, follow=True)
    assert "Place réservée" in answer.content.decode()
    assert "<svg" in answer.content.decode()
    calendar = client.get(reverse("programmes:ticket_calendar", args=[token_of(ticket)]))
    assert calendar.content.count(b"BEGIN:VEVENT") == 1
    client.post(reverse("programmes:ticket_change", args=[token_of(ticket)]), {"verbe": "annuler"})
    ticket.refresh_from_db()
    assert ticket.state == "cancelled"


def test_typing_someone_elses_address_does_not_open_their_ticket_even_at_once(client: Client) -> None:
    activity = coming()
    page = reverse("programmes:register", args=[activity.public_id])
    data = {"name": "Rose", "email": "rose@exemple.test"}
    known_address(client, "rose@exemple.test")
    opened = client.post(page, data)["Location"]
    known = Registration.objects.get()
    assert opened.endswith(reverse("programmes:ticket", args=[token_of(known)]))
    other = Client().post(page, data)
    assert other["Location"] == page
    assert client.post(page, data)["Location"] == opened  # in the session that registered
    assert Registration.objects.count() == 1


def known_address(client: Client, email: str) -> None:
    """The client is signed in, and their address was confirmed."""
    account = PersonFactory(account__email=email).account
    EmailAddress.objects.create(user=account, email=email, verified=True, primary=True)
    client.force_login(account)


def test_someone_elses_address_is_confirmed_even_when_signed_in(client: Client) -> None:
    activity = coming(capacity=1)
    known_address(client, "rose@exemple.test")
    page = reverse("programmes:register", args=[activity.public_id])
    client.post(page, {"name": "Ève", "email": "eve@exemple.test"})
    assert Registration.objects.get().state == "offered"


def test_a_typed_address_that_its_holder_confirmed_gets_four_messages_a_day(client: Client) -> None:
    RegistrationFactory(email="rose@exemple.test", state="confirmed")
    for n in range(5):
        page = reverse("programmes:register", args=[coming(title=f"Soirée {n}").public_id])
        answer = client.post(page, {"name": "Rose", "email": "rose@exemple.test"}, follow=True)
    assert "Un message attend déjà" in answer.content.decode()
    assert Registration.objects.count() == 1 + 4


def test_ticket_opens_by_its_signed_link_alone(client: Client) -> None:
    known = RegistrationFactory(activity=coming())
    link = reverse("programmes:ticket", args=[token_of(known)])
    assert client.get(link).status_code == 200
    for forged in (known.public_id.hex, f"{known.public_id.hex}.x", token_of(known)[:-1]):
        assert client.get(reverse("programmes:ticket", args=[forged])).status_code == 404


def test_draft_activity_is_not_public(client: Client) -> None:
    activity = coming(state="draft")
    assert client.get(reverse("programmes:register", args=[activity.public_id])).status_code == 404


def test_presences_are_noted_and_taken_back_with_a_touch(client: Client, manager) -> None:
    session = SessionFactory(activity=coming(organisation=manager))
    registration = RegistrationFactory(activity=session.activity)
    page = reverse("programmes:checkin", args=[session.activity.public_id])
    data = {"seance": "1", "qui": str(registration.public_id), "verbe": "present"}
    for _twice in range(2):
        client.post(page, data)
    assert registration.attendances.count() == 1
    client.post(page, {**data, "verbe": "absent"})
    assert registration.attendances.count() == 0
    client.post(page, {"seance": "1", "qui": "n'importe quoi", "name": "Venue", "enterprise_name": ""})
    assert session.attendances.count() == 1


def test_scan_of_a_ticket_is_for_the_team_only(client: Client, manager) -> None:
    session = SessionFactory(activity=coming(organisation=manager))
    registration = RegistrationFactory(activity=session.activity)
    url = reverse("programmes:ticket_change", args=[token_of(registration)])
    assert Client().post(url, {"verbe": "presence", "seance": "1"}).status_code == 404
    client.post(url, {"verbe": "presence", "seance": "1"})
    assert registration.attendances.count() == 1


def test_certificate_is_earned_by_presences(client: Client) -> None:
    activity = ActivityFactory(certificate_sessions=1)
    SessionFactory(activity=activity)
    registration = RegistrationFactory(activity=activity, name="Rose Tremblay")
    page = reverse("programmes:certificate", args=[token_of(registration)])
    assert client.get(page).status_code == 404
    AttendanceFactory(registration=registration)
    made = client.get(page)
    assert made["Content-Type"] == "application/pdf"
    import io

    from pypdf import PdfReader

    text = PdfReader(io.BytesIO(made.content)).pages[0].extract_text()
    assert "Rose Tremblay" in text


def test_feedback_is_one_for_each_ticket(client: Client) -> None:
    registration = RegistrationFactory()
    page = reverse("programmes:feedback", args=[token_of(registration)])
    for rating in ("3", "5"):
        client.post(page, {"rating": rating, "useful": "Les douanes"})
    registration.refresh_from_db()
    assert registration.feedback.rating == 5


def test_activity_is_made_from_its_form(client: Client, manager) -> None:
    data = {
        "title": "Conformité douanière",
        "kind": "formation",
        "role": "organiser",
        "mode": "online",
        "sessions": "2026-05-19 9:00-12:00\n2026-05-25 9h-12h",
        "capacity": "20",
        "hold_hours": "48",
    }
    client.post(reverse("programmes:activity_new"), data)
    made = Activity.objects.get()
    assert (made.sessions.count(), str(made.starts_on), str(made.last_on)) == (2, "2026-05-19", "2026-05-25")
    bad = client.post(reverse("programmes:activity_new"), {**data, "sessions": "demain matin"})
    assert bad.status_code == 422
    assert "2026-05-19 9:00-12:00" in bad.content.decode()


def test_application_is_sent_from_the_public_page(client: Client) -> None:
    now = timezone.now()
    call = CallFactory(opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=1))
    field = call.fields.create(label="Marché visé", kind="text")
    page = reverse("programmes:call", args=[call.public_id])
    who = {"enterprise_name": "Distillerie", "contact_name": "Ève", "email": "eve@exemple.test"}
    assert client.post(page, who).status_code == 422
    client.post(page, {**who, f"f{field.pk}": "France"})
    assert call.applications.get().answers == {str(field.pk): "France"}


def test_an_address_that_nobody_confirmed_gets_one_message_however_often_it_applies(client: Client) -> None:
    now = timezone.now()
    call = CallFactory(opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=1))
    page = reverse("programmes:call", args=[call.public_id])
    for name in ("Distillerie", "Distillerie du Lac"):
        client.post(page, {"enterprise_name": name, "contact_name": "Ève", "email": "eve@exemple.test"})
        emails.send_received(ApplicationReceived(call.applications.get().pk))
    assert [message.to for message in mail.outbox] == [["eve@exemple.test"]]


def test_team_registers_cancels_and_downloads(client: Client, manager) -> None:
    activity = coming(organisation=manager, capacity=1)
    SessionFactory(activity=activity)
    page = reverse("programmes:registration_new", args=[activity.public_id])
    client.post(page, {"name": "Au téléphone"})
    assert "liste d’attente" in client.post(page, {"name": "Seconde", "email": "b@exemple.test"}, follow=True).text
    first = activity.registrations.get(name="Au téléphone")
    assert first.state == "confirmed"
    sheet = client.get(reverse("programmes:activity", args=[activity.public_id]), {"fichier": "xlsx"})
    assert sheet.getvalue()[:2] == b"PK"
    client.post(reverse("programmes:registration_end", args=[activity.public_id, first.public_id]))
    assert activity.registrations.get(name="Seconde").state == "offered"


def test_long_sheet_of_an_activity_is_made_by_a_job(
    client: Client, manager, settings, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MEDIA_ROOT = tmp_path
    activity = coming(organisation=manager)
    session = SessionFactory(activity=activity)
    for name in ("Eva", "Léo", "Ana"):
        row = RegistrationFactory(activity=activity, name=name)
    AttendanceFactory(registration=row, session=session)
    RegistrationFactory(name="Ailleurs")
    export = reverse("programmes:activity", args=[activity.public_id]) + "?fichier=xlsx"
    monkeypatch.setattr(downloads, "SHORT", 2)
    assert "Préparer le fichier" in client.get(export).text
    assert not Download.objects.exists()
    client.post(export)
    asked = Download.objects.get()
    make(download_id=asked.pk, now=timezone.now())
    made = client.get(reverse("directory:download_file", args=[asked.public_id])).getvalue()
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(made)).get_sheet_by_index(0).to_python()
    assert [(line[0], line[-1]) for line in sheet[1:]] == [("Ana", "1"), ("Eva", ""), ("Léo", "")]
    client.post(export)
    Role.objects.filter(organisation=manager).update(kind="board")
    again = Download.objects.exclude(pk=asked.pk).get()
    make(download_id=again.pk, now=timezone.now())
    again.refresh_from_db()
    assert again.state == "failed"


def test_edition_is_corrected_and_its_number_is_its_own(client: Client, manager) -> None:
    edition = EditionFactory(programme__organisation=manager, number=8)
    other = EditionFactory(programme=edition.programme)
    page = reverse("programmes:edition_edit", args=[other.public_id])
    data = {"title": "Gala", "kind": "event", "starts_on": "2022-10-05", "last_on": "2022-10-05", "number": 8}
    assert "édition de ce numéro" in client.post(page, data).text
    client.post(page, {**data, "number": 9})
    other.refresh_from_db()
    assert other.ordinal == "9e édition"
    activity = coming(organisation=manager, edition=other)
    assert "9e édition" in Client().get(reverse("programmes:register", args=[activity.public_id])).text


def test_agenda_shows_what_is_to_come_alone(client: Client, manager) -> None:
    coming(organisation=manager, title="Bientôt")
    coming(organisation=manager, title="Brouillon", state="draft")
    coming(organisation=manager, title="Comité interne", kind="comite")
    ActivityFactory(organisation=manager, title="Passée")
    page = Client().get(reverse("programmes:agenda", args=[manager.slug])).text
    assert "Bientôt" in page
    assert not any(word in page for word in ("Brouillon", "Comité interne", "Passée"))


def test_conference_stands_by_moment_and_room(client: Client) -> None:
    activity = coming(kind="evenement")
    moment = timezone.now()
    for title, room in (("Robots", "Salle A"), ("Vergers", "Salle B")):
        activity.talks.create(title=title, room=room, starts_at=moment, speakers="Ève Roy, directrice; Jean Lo")
    page = client.get(reverse("programmes:conference", args=[activity.public_id]))
    assert [len(talks) for _moment, talks in page.context["slots"]] == [2]
    assert "Salle B" in page.text
    assert "directrice" in page.text


def test_one_day_s_visits_name_several_enterprises(client: Client) -> None:
    edition = EditionFactory(kind="tour")
    client.force_login(with_role(edition.organisation, "manager").account)
    one, two = OrganisationFactory(name="Atelier Un"), OrganisationFactory(name="Ferme Deux")
    url = reverse("programmes:visit_new", args=[edition.public_id])
    typed = {"enterprise": "atelier un\nInconnue inc.", "visited_on": "2022-06-08", "summary": "Deux heures sur place."}
    wrong = client.post(url, typed)
    assert wrong.status_code == 422
    assert "Deux heures sur place." in wrong.text  # what was typed stays
    assert "Pas au répertoire\u00a0: Inconnue inc." in wrong.text
    assert not edition.visits.exists()
    client.post(url, {"enterprise": "atelier un\n\nferme deux\nAtelier Un", "visited_on": "2022-06-08", "experts": ""})
    assert {v.enterprise for v in edition.visits.all()} == {one, two}
    assert edition.visits.count() == 2
