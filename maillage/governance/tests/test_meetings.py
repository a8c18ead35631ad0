"""Meetings: notice, roll, quorum, minutes, elections."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from maillage.core.facts import FactContext, get
from maillage.core.models import Letter
from maillage.core.period import Period
from maillage.directory.models import Organisation
from maillage.directory.tests.factories import OrganisationFactory, PersonFactory, with_role
from maillage.governance import actions, emails, queries
from maillage.governance.models import Meeting, Presence
from maillage.governance.types import MeetingCalled

from .factories import BodyFactory, MeetingFactory, SeatFactory, TermFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2023, 2, 8, 2, tzinfo=UTC)
YEAR = Period(date(2022, 4, 1), date(2023, 4, 1))


@pytest.fixture
def meeting() -> Meeting:
    row = MeetingFactory()
    for n in range(4):
        TermFactory(seat=SeatFactory(body=row.body, order=n))
    TermFactory(seat=SeatFactory(body=row.body, role="observation", voting=False, order=9))
    return row


def note(row: Meeting, *states: str) -> None:
    for (held, _state), state in zip(queries.presences_of(row).lines, states, strict=False):
        assert held.term
        actions.note_presence(meeting_id=row.pk, term_id=held.term.pk, state=state, now=NOW, by=None)


def test_quorum_counts_those_who_vote_and_is_frozen(meeting: Meeting) -> None:
    note(meeting, "present", "present", "excused")
    note(meeting, "present")  # twice is one
    assert queries.presences_of(meeting).quorum == 3
    assert queries.presences_of(meeting).has_quorum is False
    actions.hold_meeting(meeting_id=meeting.pk, now=NOW, by=None)
    meeting.refresh_from_db()
    assert (meeting.state, meeting.quorum, meeting.presences.count()) == ("held", 3, 5)
    TermFactory(seat=SeatFactory(body=meeting.body))
    assert queries.presences_of(Meeting.objects.get()).quorum == 3


def test_observer_does_not_make_the_quorum(meeting: Meeting) -> None:
    note(meeting, "present", "present", "absent", "absent", "present")
    roll = queries.presences_of(meeting)
    assert (roll.present, roll.voters) == (3, 2)


def test_attendance_rate_is_of_those_who_sat(meeting: Meeting) -> None:
    note(meeting, "present", "present", "excused")
    ctx = FactContext(organisation_ids=(meeting.organisation_id,), period=YEAR)
    assert get("governance_attendance").value(ctx) is None
    actions.hold_meeting(meeting_id=meeting.pk, now=NOW, by=None)
    assert float(get("governance_attendance").value(ctx) or 0) == pytest.approx(40)
    assert get("governance_meetings").value(ctx) == 1
    assert get("committees_met").value(ctx) == 0


def test_nothing_is_noted_of_a_meeting_to_come(meeting: Meeting) -> None:
    Meeting.objects.update(starts_at=NOW + timedelta(days=3), ends_at=NOW + timedelta(days=3, hours=1))
    with pytest.raises(actions.NotHeldYet):
        note(meeting, "present")
    with pytest.raises(actions.NotHeldYet):
        actions.hold_meeting(meeting_id=meeting.pk, now=NOW, by=None)
    note(meeting, "excused")
    assert Presence.objects.get().state == "excused"


def test_someone_of_another_body_has_no_presence(meeting: Meeting) -> None:
    with pytest.raises(actions.NotElsewhere):
        actions.note_presence(meeting_id=meeting.pk, term_id=TermFactory().pk, state="present", now=NOW, by=None)


def test_election_fills_the_seat_and_whoever_held_it_leaves() -> None:
    body = BodyFactory()
    before = TermFactory(seat=SeatFactory(body=body, role="presidence"))
    assembly = MeetingFactory(body=None, organisation=body.organisation, kind="assembly", quorum=5)
    person = PersonFactory()
    made = actions.elect(
        meeting_id=assembly.pk, seat_id=before.seat_id, person_id=person.pk, candidates=2, votes=9, ballots=14,
        now=NOW, by=None,
    )  # fmt: skip
    before.refresh_from_db()
    assert before.during.upper == date(2023, 2, 7)
    assert queries.composition(body, day=date(2023, 2, 7)).seats[0].term == made.term
    ctx = FactContext(organisation_ids=(body.organisation_id,), period=YEAR)
    assert get("elections").value(ctx.narrowed(role="presidence")) == 1
    with pytest.raises(actions.NoElection):
        actions.elect(meeting_id=assembly.pk, seat_id=before.seat_id, now=NOW, by=None)


def test_vote_without_an_election_leaves_the_seat_as_it_was() -> None:
    term = TermFactory()
    row = MeetingFactory(body=term.seat.body)
    actions.elect(meeting_id=row.pk, seat_id=term.seat_id, candidates=2, now=NOW, by=None)
    term.refresh_from_db()
    assert term.during.upper is None
    assert get("elections").value(FactContext(period=YEAR)) == 0


def test_more_votes_than_ballots_are_refused() -> None:
    seat = SeatFactory()
    row = MeetingFactory(body=seat.body)
    with pytest.raises(actions.NoElection):
        actions.elect(meeting_id=row.pk, seat_id=seat.pk, candidates=2, votes=9, ballots=3, now=NOW, by=None)
    with pytest.raises(actions.NotElsewhere):
        actions.elect(meeting_id=row.pk, seat_id=SeatFactory().pk, now=NOW, by=None)


def test_notice_moves_and_is_cancelled_in_the_calendars(meeting: Meeting) -> None:
    def last() -> str:
        emails.send_meeting(MeetingCalled(meeting.pk))
        return str(mail.outbox[-1].attachments[0][1])

    actions.send_notice(meeting_id=meeting.pk, now=NOW, by=None)
    assert "METHOD:REQUEST" in last()
    assert "SEQUENCE:0" in last()
    actions.save_meeting(
        organisation_id=meeting.organisation_id, meeting_id=meeting.pk, values={"place": "Ailleurs"}, by=None
    )
    assert "SEQUENCE:1" in last()
    assert mail.outbox[-1].subject.startswith("Nouveau moment")
    actions.cancel_meeting(meeting_id=meeting.pk, by=None)
    body = last()
    assert "METHOD:CANCEL" in body
    assert "SEQUENCE:2" in body
    assert "annulée" in mail.outbox[-1].body
    with pytest.raises(actions.MeetingOver):
        actions.send_notice(meeting_id=meeting.pk, now=NOW, by=None)


@pytest.fixture
def director(client: Client) -> Organisation:
    person = with_role(OrganisationFactory(), "director")
    client.force_login(person.account)
    return person.roles.get().organisation


def test_a_meeting_lives_through_its_page(
    client: Client, director: Organisation, settings: object, tmp_path: object
) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    body = BodyFactory(organisation=director)
    term = TermFactory(seat=SeatFactory(body=body))
    day = timezone.localtime().strftime("%Y-%m-%d")
    data = {
        "kind": "meeting",
        "body": body.pk,
        "starts_at": f"{day}T00:05",
        "ends_at": f"{day}T00:30",
        "agenda": "Budget",
    }
    client.post(reverse("governance:meeting_new"), data)
    row = Meeting.objects.get()
    page, change = (reverse(f"governance:{n}", args=[row.public_id]) for n in ("meeting", "meeting_change"))
    client.post(change, {"verbe": "avis"})
    client.post(change, {"verbe": "presence", "mandat": term.pk, "etat": "present"})
    client.post(change, {"verbe": "tenue"})
    assert "quorum atteint" in client.get(page).text
    assert client.get(reverse("governance:draft", args=[row.public_id]))["Content-Type"] == "application/pdf"
    said = client.post(change, {"verbe": "pv", "file": SimpleUploadedFile("x.pdf", b"<html>")}, follow=True).text
    assert "PDF" in said
    client.post(change, {"verbe": "pv", "file": SimpleUploadedFile("pv.pdf", b"%PDF-1.4 x")})
    client.post(change, {"verbe": "adoption", "le": day})
    row.refresh_from_db()
    assert (row.minutes_name, row.minutes_adopted_on) == ("pv.pdf", date.fromisoformat(day))
    person = PersonFactory()
    with_seat = TermFactory(seat=SeatFactory(body=body), person=person)
    client.post(change, {"verbe": "election", "seat": term.seat_id, "person": with_seat.person_id, "candidates": 1})
    assert row.elections.get().term.person == person


def test_assembly_needs_its_count_of_voters(client: Client, director: Organisation) -> None:
    row = MeetingFactory(body=None, organisation=director, kind="assembly", quorum=5)
    change = reverse("governance:meeting_change", args=[row.public_id])
    assert "combien" in client.post(change, {"verbe": "tenue"}, follow=True).text
    client.post(change, {"verbe": "tenue", "voters": "12"})
    row.refresh_from_db()
    assert (row.state, row.voters) == ("held", 12)


def test_a_notice_that_was_not_delivered_is_said_to_who_sent_it(
    meeting: Meeting, client: Client, settings: Any
) -> None:
    settings.LETTERS_AT_ONCE = False
    actions.send_notice(meeting_id=meeting.pk, now=NOW, by=None)
    emails.send_meeting(MeetingCalled(meeting.pk))
    client.force_login(with_role(meeting.organisation, "director").account)
    page = reverse("governance:meeting", args=[meeting.public_id])
    assert "en route" in client.get(page).content.decode()
    Letter.objects.update(state=Letter.State.FAILED)
    said = client.get(page).content.decode()
    assert "n’ont pas pu être remis" in said
    assert Letter.objects.first().recipient in said
