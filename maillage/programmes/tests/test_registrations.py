import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.db import connections, transaction

from maillage.core.actions import NotAllowed
from maillage.core.facts import FactContext
from maillage.directory.actions import merge
from maillage.directory.tests.factories import OrganisationFactory, TerritoryFactory, with_role
from maillage.programmes import actions, emails
from maillage.programmes.facts import ACTIVITY_PARTICIPANTS
from maillage.programmes.invitations import ticket_url
from maillage.programmes.models import Activity, Attendance, Registration
from maillage.programmes.types import Registered, SeatOffered

from .factories import ActivityFactory, EditionFactory, RegistrationFactory, SessionFactory

NOW = datetime(2022, 6, 1, 15, tzinfo=UTC)


def register(activity: Activity, name: str, now: datetime = NOW) -> Registration:
    return actions.register(activity_id=activity.pk, name=name, email=f"{name}@exemple.test", now=now)


def in_threads(count: int, work: Callable[[int], None]) -> list[BaseException]:
    """Run `work(n)` in real threads that start together; each closes its connections. Returns what they raised."""
    barrier, raised = threading.Barrier(count), []

    def run(n: int) -> None:
        try:
            barrier.wait(timeout=20)
            work(n)
        except BaseException as error:
            raised.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return raised


def register_without_lock(activity_id: int, n: int, counted: threading.Barrier) -> None:
    """What CiviCRM does: count, then write, with nothing held in between."""
    with transaction.atomic():
        free = Activity.objects.get(pk=activity_id).capacity - Registration.objects.filter(activity=activity_id).count()
        counted.wait(timeout=20)
        state = "confirmed" if free > 0 else "waiting"
        Registration.objects.create(
            activity_id=activity_id, name=f"n{n}", email=f"n{n}@exemple.test", state=state, created_at=NOW
        )


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_race_exists_without_the_lock() -> None:
    activity = ActivityFactory(capacity=1)
    counted = threading.Barrier(4)
    assert not in_threads(4, lambda n: register_without_lock(activity.pk, n, counted))
    assert activity.registrations.filter(state="confirmed").count() > 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_simultaneous_registrations_never_exceed_the_capacity() -> None:
    activity = ActivityFactory(capacity=3)
    assert not in_threads(12, lambda n: register(activity, f"p{n}"))
    assert activity.registrations.filter(state="confirmed").count() == 3
    assert activity.registrations.filter(state="waiting").count() == 9


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_offered_seat_is_taken_once_by_simultaneous_clicks() -> None:
    activity = ActivityFactory(capacity=1)
    first, second = register(activity, "a"), register(activity, "b")
    actions.cancel_registration(registration_id=first.pk, now=NOW)
    token = Registration.objects.get(pk=second.pk).hold_token
    assert token is not None
    raised = in_threads(5, lambda n: actions.take_offered_seat(token=token, now=NOW))
    assert len(raised) == 4
    assert all(isinstance(error, actions.HoldOver) for error in raised)
    assert activity.registrations.filter(state="confirmed").count() == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_seats_freed_at_once_without_the_lock_go_to_the_same_person() -> None:
    activity = ActivityFactory(capacity=2)
    seated = [register(activity, name) for name in "ab"]
    waiting = [register(activity, name) for name in "cd"]
    both_read, offered = threading.Barrier(2), []

    def unsafe(n: int) -> None:
        with transaction.atomic():
            Registration.objects.filter(pk=seated[n].pk).update(state="cancelled")
            first = activity.registrations.filter(state="waiting").order_by("created_at", "pk").first()
            both_read.wait(timeout=20)
            offered.append(first.pk if first else 0)

    assert not in_threads(2, unsafe)
    assert offered == [waiting[0].pk] * 2


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_seats_freed_at_once_are_offered_to_as_many_people_in_order() -> None:
    activity = ActivityFactory(capacity=3)
    seated = [register(activity, name) for name in "abc"]
    waiting = [register(activity, name, NOW + timedelta(minutes=n)) for n, name in enumerate("defgh")]
    assert not in_threads(3, lambda n: actions.cancel_registration(registration_id=seated[n].pk, now=NOW))
    held = Registration.objects.filter(activity=activity, hold_token__isnull=False).order_by("created_at")
    assert [r.pk for r in held] == [w.pk for w in waiting[:3]]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_simultaneous_check_ins_are_one_presence() -> None:
    registration = RegistrationFactory()
    session = SessionFactory(activity=registration.activity)
    made: list[bool] = []
    raised = in_threads(
        6,
        lambda n: made.append(
            actions.check_in(registration_id=registration.pk, session_id=session.pk, now=NOW, by=None)
        ),
    )
    assert not raised
    assert made.count(True) == 1
    assert Attendance.objects.count() == 1


@pytest.mark.django_db
class TestWaitingList:
    def test_freed_seat_goes_to_the_first_who_waits_then_to_the_next(self) -> None:
        activity = ActivityFactory(capacity=1, hold_hours=24)
        seated, first, second = (register(activity, n, NOW + timedelta(minutes=k)) for k, n in enumerate("abc"))
        actions.cancel_registration(registration_id=seated.pk, now=NOW)
        first.refresh_from_db()
        second.refresh_from_db()
        assert (first.state, second.state) == ("offered", "waiting")
        assert first.hold_until == NOW + timedelta(hours=24)
        assert actions.offer_free_seats(activity_id=activity.pk, now=NOW + timedelta(hours=23)) == 0
        assert actions.offer_free_seats(activity_id=activity.pk, now=NOW + timedelta(hours=24)) == 1
        first.refresh_from_db()
        second.refresh_from_db()
        assert (first.state, second.state) == ("cancelled", "offered")

    def test_late_comer_does_not_pass_those_who_wait(self) -> None:
        activity = ActivityFactory(capacity=1)
        seated, waiting = register(activity, "a"), register(activity, "b")
        actions.cancel_registration(registration_id=seated.pk, now=NOW)  # offered to b
        assert register(activity, "c").state == "waiting"
        waiting.refresh_from_db()
        assert waiting.state == "offered"

    def test_expired_hold_is_refused_and_changes_nothing(self) -> None:
        activity = ActivityFactory(capacity=1, hold_hours=1)
        seated, waiting = register(activity, "a"), register(activity, "b")
        actions.cancel_registration(registration_id=seated.pk, now=NOW)
        waiting.refresh_from_db()
        assert waiting.hold_token
        with pytest.raises(actions.HoldOver):
            actions.take_offered_seat(token=waiting.hold_token, now=NOW + timedelta(hours=1))
        waiting.refresh_from_db()
        assert waiting.state == "offered"

    def test_same_address_gets_its_registration_back(self) -> None:
        activity = ActivityFactory(capacity=5)
        assert (
            register(activity, "a").pk
            == actions.register(activity_id=activity.pk, name="A", email=" A@exemple.test", now=NOW).pk
        )

    def test_larger_capacity_offers_seats(self) -> None:
        activity = ActivityFactory(capacity=1)
        register(activity, "a")
        waiting = register(activity, "b")
        actions.save_activity(
            organisation_id=activity.organisation_id,
            activity_id=activity.pk,
            values={"capacity": 2},
            sessions=None,
            now=NOW,
            by=None,
        )
        waiting.refresh_from_db()
        assert waiting.state == "offered"

    def test_capacity_below_the_seated_is_refused(self) -> None:
        activity = ActivityFactory(capacity=2)
        register(activity, "a"), register(activity, "b")
        with pytest.raises(actions.BelowSeated):
            actions.save_activity(
                organisation_id=activity.organisation_id,
                activity_id=activity.pk,
                values={"capacity": 1},
                sessions=None,
                now=NOW,
                by=None,
            )
        activity.refresh_from_db()
        assert activity.capacity == 2

    def test_closed_or_past_activity_takes_nobody(self) -> None:
        for activity in (
            ActivityFactory(state="draft"),
            ActivityFactory(starts_on=date(2022, 5, 1)),
            ActivityFactory(registration_closes_at=NOW),
        ):
            with pytest.raises(actions.RegistrationClosed):
                register(activity, "a")
            assert not activity.registrations.exists()


@pytest.mark.django_db
class TestAttendance:
    def test_participant_of_several_sessions_counts_once(self) -> None:
        activity = ActivityFactory()
        registration = RegistrationFactory(activity=activity)
        for number in (1, 2):
            session = SessionFactory(activity=activity, number=number)
            assert actions.check_in(registration_id=registration.pk, session_id=session.pk, now=NOW, by=None)
        assert ACTIVITY_PARTICIPANTS.value(FactContext(organisation_ids=(activity.organisation_id,))) == 1

    def test_waiting_person_or_another_activity_is_refused(self) -> None:
        waiting = RegistrationFactory(state="waiting")
        session = SessionFactory(activity=waiting.activity)
        for registration in (waiting, RegistrationFactory()):
            with pytest.raises(actions.NotRegistered):
                actions.check_in(registration_id=registration.pk, session_id=session.pk, now=NOW, by=None)
        assert not Attendance.objects.exists()

    def test_same_nonce_twice_is_one_presence(self) -> None:
        registration, nonce = RegistrationFactory(), uuid4()
        session = SessionFactory(activity=registration.activity)
        for expected in (True, False):
            assert expected is actions.check_in(
                registration_id=registration.pk, session_id=session.pk, now=NOW, by=None, nonce=nonce
            )

    def test_walk_in_is_seated_and_present_whatever_the_capacity(self) -> None:
        mrc = TerritoryFactory()
        OrganisationFactory(name="Verger Émile", mrc=mrc)
        session = SessionFactory(activity__capacity=1)
        register(session.activity, "a")
        made = actions.add_walk_in(
            activity_id=session.activity_id,
            session_id=session.pk,
            name="Rose",
            enterprise_name="verger emile",
            now=NOW,
            by=None,
        )
        assert made.attendances.count() == 1
        assert made.mrc == mrc


@pytest.mark.django_db
def test_talk_is_never_over_its_seats() -> None:
    activity = ActivityFactory(kind="evenement")
    talk = actions.save_talk(activity_id=activity.pk, values={"title": "Ouverture", "capacity": 1}, by=None)
    a, b = RegistrationFactory(activity=activity), RegistrationFactory(activity=activity)
    actions.take_talk_seat(talk_id=talk.pk, registration_id=a.pk, now=NOW)
    actions.take_talk_seat(talk_id=talk.pk, registration_id=a.pk, now=NOW)
    with pytest.raises(actions.TalkFull):
        actions.take_talk_seat(talk_id=talk.pk, registration_id=b.pk, now=NOW)
    assert talk.seats.count() == 1


@pytest.mark.django_db
def test_messages_carry_the_ticket_and_the_calendar() -> None:
    activity = ActivityFactory(capacity=1)
    SessionFactory(activity=activity)
    seated, waiting = register(activity, "a"), register(activity, "b")
    emails.send_registration(Registered(seated.pk))
    emails.send_registration(Registered(waiting.pk))
    actions.cancel_registration(registration_id=seated.pk, now=NOW)
    emails.send_offer(SeatOffered(waiting.pk))
    confirmed, listed, offered = mail.outbox
    assert ticket_url(seated) in confirmed.body
    assert "BEGIN:VEVENT" in str(confirmed.attachments[0][1])
    assert "attente" in listed.subject
    assert "gardée" in offered.body


@pytest.mark.django_db
def test_a_seat_of_an_address_that_nobody_confirmed_is_free_again_in_time() -> None:
    activity = ActivityFactory(capacity=1, state="published")
    SessionFactory(activity=activity)
    asked = {"activity_id": activity.pk, "verified": False, "now": NOW}
    row = actions.register(name="Rose", email="rose@exemple.test", **asked)
    assert (row.state, row.hold_until) == ("offered", NOW + actions.CONFIRM)
    assert actions.is_to_confirm(row)
    late = NOW + actions.CONFIRM
    with pytest.raises(actions.HoldOver):
        actions.take_offered_seat(token=row.hold_token, now=late)
    assert register(activity, "suivante", late).state == "confirmed"
    row.refresh_from_db()
    assert row.state == "cancelled"


@pytest.mark.django_db
def test_registration_stays_open_to_the_last_day_and_no_longer() -> None:
    one = ActivityFactory(starts_on=date(2026, 3, 2), last_on=date(2026, 3, 4))
    open_on = [d for d in range(1, 7) if actions.registrations.is_open(one, datetime(2026, 3, d, 16, tzinfo=UTC))]
    assert open_on == [1, 2, 3, 4]
    one.last_on = None
    assert [d for d in (1, 2, 3) if actions.registrations.is_open(one, datetime(2026, 3, d, 16, tzinfo=UTC))] == [1, 2]


@pytest.mark.django_db
def test_a_seat_offered_to_someone_who_waited_is_not_to_confirm() -> None:
    row = RegistrationFactory()
    row.state, row.hold_until = "offered", row.created_at + timedelta(days=2)
    assert not actions.is_to_confirm(row)
    row.hold_until = row.created_at + actions.registrations.CONFIRM
    assert actions.is_to_confirm(row)
    row.state = "confirmed"
    assert not actions.is_to_confirm(row)


@pytest.mark.django_db
class TestTwoPeople:
    def test_who_share_an_address_are_two(self) -> None:
        activity = ActivityFactory(starts_on=NOW.date(), capacity=5)
        names = ("Rose Roy", "Ève Roy", "ROSE  ROY", "Eve Roy")
        made = [actions.register(activity_id=activity.pk, name=n, email="Ferme@exemple.test", now=NOW) for n in names]
        assert [row.pk for row in made] == [made[0].pk, made[1].pk, made[0].pk, made[1].pk]

    @pytest.mark.parametrize("state", ["cancelled", "draft"])
    def test_nobody_is_offered_a_seat_of_what_is_not_on(self, state: str) -> None:
        activity = ActivityFactory(starts_on=NOW.date(), last_on=NOW.date(), capacity=1)
        one, two = (
            actions.register(activity_id=activity.pk, name=n, email=f"{n}@exemple.test", now=NOW)
            for n in ("un", "deux")
        )
        Activity.objects.filter(pk=activity.pk).update(state=state)
        actions.cancel_registration(registration_id=one.pk, now=NOW)
        two.refresh_from_db()
        assert two.state == "waiting"

    def test_a_seat_is_held_until_the_beginning_at_most(self) -> None:
        session = SessionFactory(
            activity__capacity=1, starts_at=NOW + timedelta(hours=5), ends_at=NOW + timedelta(hours=7)
        )
        one, two = (
            actions.register(activity_id=session.activity_id, name=n, email=f"{n}@exemple.test", now=NOW)
            for n in ("un", "deux")
        )
        actions.cancel_registration(registration_id=one.pk, now=NOW)
        two.refresh_from_db()
        assert (two.state, two.hold_until) == ("offered", session.starts_at)
        actions.cancel_registration(registration_id=two.pk, now=NOW)
        three = actions.register(activity_id=session.activity_id, name="3", email="3@exemple.test", now=NOW, staff=True)
        four = actions.register(activity_id=session.activity_id, name="4", email="4@exemple.test", now=NOW, staff=True)
        actions.cancel_registration(registration_id=three.pk, now=session.starts_at)
        four.refresh_from_db()
        assert four.state == "waiting"  # it has begun

    def test_those_of_a_draft_are_told_at_its_publication_and_it_does_not_go_back(self, told: list[Any]) -> None:
        activity = ActivityFactory(starts_on=NOW.date(), state="draft")
        row = actions.register(activity_id=activity.pk, name="Rose", email="r@exemple.test", now=NOW, staff=True)
        assert told == []
        actions.set_activity_state(activity_id=activity.pk, state="published", by=None)
        assert [e.registration_id for e in told] == [row.pk]
        with pytest.raises(actions.HasRegistrations):
            actions.set_activity_state(activity_id=activity.pk, state="draft", by=None)
        actions.cancel_registration(registration_id=row.pk, now=NOW)
        actions.set_activity_state(activity_id=activity.pk, state="draft", by=None)


@pytest.mark.django_db
def test_only_the_team_registers_whatever_the_dates() -> None:
    activity = ActivityFactory(starts_on=NOW.date(), state="draft")
    words: dict[str, Any] = {"activity_id": activity.pk, "name": "Rose", "email": "r@exemple.test", "now": NOW}
    stranger = with_role(OrganisationFactory(), "manager").account
    with pytest.raises(NotAllowed):
        actions.register(**words, staff=True, by=stranger)
    with pytest.raises(actions.RegistrationClosed):
        actions.register(**words, by=stranger)
    assert actions.register(**words, staff=True, by=with_role(activity.organisation, "manager").account).pk


@pytest.mark.django_db
def test_united_files_take_one_place() -> None:
    farm, other = OrganisationFactory(), OrganisationFactory()
    bis = OrganisationFactory()
    edition = EditionFactory(places=2, during=(date(2022, 4, 1), date(2023, 4, 1)))
    for enterprise in (farm, bis):
        actions.enrol(edition_id=edition.pk, enterprise_id=enterprise.pk, joined_on=date(2022, 5, 1), by=None)
    with pytest.raises(actions.NoPlaceLeft):
        actions.enrol(edition_id=edition.pk, enterprise_id=other.pk, joined_on=date(2022, 5, 2), by=None)
    merge(canonical_id=farm.pk, duplicate_id=bis.pk, by=None)
    again = actions.enrol(edition_id=edition.pk, enterprise_id=bis.pk, joined_on=date(2022, 5, 2), by=None)
    assert again.enterprise in (farm, bis)
    assert edition.enrolments.count() == 2
    actions.enrol(edition_id=edition.pk, enterprise_id=other.pk, joined_on=date(2022, 5, 2), by=None)
