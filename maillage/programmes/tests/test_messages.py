"""What registered people are told, and what their calendars follow: moved, cancelled, dropped, reminded, asked."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail

from maillage.programmes import actions, emails, queries
from maillage.programmes.models import Activity, Registration
from maillage.programmes.types import RegistrationChanged, SessionDropped

from .factories import ActivityFactory, AttendanceFactory, RegistrationFactory, SessionFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2022, 6, 1, 15, tzinfo=UTC)


def sent(*events: object) -> str:
    """The calendar of the last message."""
    for event in events:
        emails.send_dropped(event) if isinstance(event, SessionDropped) else emails.send_change(event)  # type: ignore[arg-type]
    return str(mail.outbox[-1].attachments[0][1]).replace("\r\n ", "") if mail.outbox[-1].attachments else ""


def change(activity: Activity, sessions: list[tuple[datetime, datetime]] | None = None, **values: object) -> None:
    actions.save_activity(
        organisation_id=activity.organisation_id,
        activity_id=activity.pk,
        values=values,
        sessions=sessions,
        now=NOW,
        by=None,
    )


def test_session_that_moves_keeps_its_identity_with_a_later_sequence(told: list[object]) -> None:
    row = RegistrationFactory()
    session = SessionFactory(activity=row.activity)
    start = session.starts_at + timedelta(days=1)
    change(row.activity, [(start, start + timedelta(hours=2))])
    [event] = told
    assert event == RegistrationChanged(row.pk, "moved")
    calendar = sent(event)
    assert "METHOD:REQUEST" in calendar
    assert "SEQUENCE:1" in calendar
    assert f"UID:{session.public_id.hex}-{row.public_id.hex}@maillage" in calendar
    assert "ATTENDEE" in calendar


def test_nothing_is_told_when_only_words_change(told: list[object]) -> None:
    row = RegistrationFactory()
    session = SessionFactory(activity=row.activity)
    change(row.activity, [(session.starts_at, session.ends_at)], description="Mieux dit")
    assert told == []


def test_new_place_is_told(told: list[object]) -> None:
    row = RegistrationFactory()
    SessionFactory(activity=row.activity)
    change(row.activity, None, place="Granby")
    calendar = sent(*told)
    assert "Granby" in calendar
    assert "SEQUENCE:1" in calendar


def test_a_session_that_moves_is_reminded_again_and_one_that_stays_is_not(told: list[object]) -> None:
    row = RegistrationFactory(activity__reminder_hours=24)
    session = SessionFactory(activity=row.activity, number=1)
    actions.remind(session_id=session.pk, now=session.starts_at - timedelta(hours=20))
    change(row.activity, [(session.starts_at, session.ends_at)], description="Mieux dit")
    session.refresh_from_db()
    assert session.reminded_at is not None
    change(row.activity, [(session.starts_at + timedelta(days=7), session.ends_at + timedelta(days=7))])
    session.refresh_from_db()
    assert session.reminded_at is None
    assert queries.sessions_to_remind(now=session.starts_at - timedelta(hours=20)) == [session.pk]


def test_cancelled_activity_leaves_the_calendars_and_comes_back(told: list[object]) -> None:
    row, waiting = RegistrationFactory(), None
    SessionFactory(activity=row.activity)
    waiting = RegistrationFactory(activity=row.activity, state="waiting")
    actions.set_activity_state(activity_id=row.activity_id, state="cancelled", by=None)
    assert {e.registration_id for e in told} == {row.pk, waiting.pk}  # type: ignore[attr-defined]
    first = next(e for e in told if e.registration_id == row.pk)  # type: ignore[attr-defined]
    calendar = sent(first)
    assert "METHOD:CANCEL" in calendar
    assert "SEQUENCE:1" in calendar
    told.clear()
    actions.set_activity_state(activity_id=row.activity_id, state="published", by=None)
    calendar = sent(*told)
    assert "SEQUENCE:2" in calendar
    assert "STATUS:CONFIRMED" in calendar


def test_dropped_session_leaves_the_calendar_and_one_with_presences_stays(told: list[object]) -> None:
    row = RegistrationFactory()
    one, two = SessionFactory(activity=row.activity, number=1), SessionFactory(activity=row.activity, number=2)
    change(row.activity, [(one.starts_at, one.ends_at)])
    dropped = next(e for e in told if isinstance(e, SessionDropped))
    calendar = sent(dropped)
    assert "METHOD:CANCEL" in calendar
    assert two.public_id.hex in calendar
    AttendanceFactory(registration=row, session=one)
    with pytest.raises(actions.HasPresences):
        change(row.activity, [])
    assert row.activity.sessions.count() == 1


def test_own_cancellation_is_confirmed_and_takes_the_event_out(told: list[object]) -> None:
    row = RegistrationFactory()
    SessionFactory(activity=row.activity)
    actions.cancel_registration(registration_id=row.pk, now=NOW)
    assert "METHOD:CANCEL" in sent(*told)


def test_reminder_leaves_once_in_its_hours(told: list[object]) -> None:
    session = SessionFactory(activity__reminder_hours=24)
    row = RegistrationFactory(activity=session.activity)
    RegistrationFactory(activity=session.activity, state="waiting")
    assert queries.sessions_to_remind(now=session.starts_at - timedelta(hours=25)) == []
    now = session.starts_at - timedelta(hours=23)
    assert queries.sessions_to_remind(now=now) == [session.pk]
    assert actions.remind(session_id=session.pk, now=now) == 1
    assert actions.remind(session_id=session.pk, now=now) == 0
    assert queries.sessions_to_remind(now=now) == []
    sent(*told)
    assert mail.outbox[-1].to == [row.email]
    assert mail.outbox[-1].subject.startswith("Rappel")


def test_opinions_are_asked_of_those_who_came(told: list[object]) -> None:
    came = RegistrationFactory()
    session = SessionFactory(activity=came.activity)
    RegistrationFactory(activity=came.activity)
    AttendanceFactory(registration=came, session=session)
    now = session.ends_at + timedelta(hours=4)
    assert queries.activities_to_ask(now=session.ends_at) == []
    assert queries.activities_to_ask(now=now) == [came.activity_id]
    assert actions.ask_feedback(activity_id=came.activity_id, now=now) == 1
    assert queries.activities_to_ask(now=now) == []
    sent(*told)
    assert "/avis/" in mail.outbox[-1].body


def test_link_is_sent_again_to_its_address_now_and_then_alone(told: list[object]) -> None:
    activity = ActivityFactory()
    for minutes in (0, 5, 20, 40):
        actions.register(
            activity_id=activity.pk, name="A", email="a@exemple.test", now=NOW + timedelta(minutes=minutes)
        )
    assert len(told) == 2
    assert Registration.objects.count() == 1


def test_a_presence_stays_on_its_day_when_sessions_come_and_go(told: list[object]) -> None:
    """It belongs to the session, not to its rank; hours that are corrected move the session of that day."""
    row = RegistrationFactory()
    first, second = (SessionFactory(activity=row.activity, number=n, starts_at=at, ends_at=at + HOUR) for n, at in DAYS)
    AttendanceFactory(registration=row, session=second)
    earlier = first.starts_at - timedelta(days=7)
    times = [(s.starts_at, s.ends_at) for s in (first, second)]
    change(row.activity, [(earlier, earlier + HOUR), *times])
    assert [s.attendances.count() for s in row.activity.sessions.all()] == [0, 0, 1]
    later = second.starts_at + timedelta(hours=2)
    change(row.activity, [(later, later + HOUR)])  # the others go: nobody was there
    (kept,) = row.activity.sessions.all()
    assert (kept.pk, kept.number, kept.starts_at) == (second.pk, 1, later)


HOUR = timedelta(hours=1)
DAYS = [(1, NOW + timedelta(days=7)), (2, NOW + timedelta(days=14))]
