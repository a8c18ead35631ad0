"""Who sits where and when: seats, terms, vacancies, and what the public sees."""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, connections
from django.test import Client
from django.urls import reverse

from maillage.core.facts import FactContext, get
from maillage.core.period import Period
from maillage.directory import privacy
from maillage.directory.models import ConsentText, Organisation
from maillage.directory.tests.factories import OrganisationFactory, PersonFactory, with_role
from maillage.governance import actions, picture, queries
from maillage.governance.models import Body, Seat, Term

from .factories import BodyFactory, SeatFactory, TermFactory

YEAR = Period(date(2022, 4, 1), date(2023, 4, 1))


def fill(seat: Seat, first: str, end: str | None = None, **more: object) -> Term:
    return actions.fill_seat(
        seat_id=seat.pk,
        person_id=PersonFactory().pk,
        starts_on=date.fromisoformat(first),
        ends_on=date.fromisoformat(end) if end else None,
        by=None,
        **more,  # type: ignore[arg-type]
    )


def in_threads(count: int, work: Callable[[int], None]) -> list[BaseException]:
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


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_race_exists_without_the_constraint() -> None:
    """Looking first, then writing, seats two people: what the exclusion constraint is for."""
    from django.db import connection

    seat = SeatFactory()
    people = [PersonFactory().pk for _ in range(4)]
    looked = threading.Barrier(4)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE governance_term DROP CONSTRAINT seat_held_once_at_a_time")

    def work(n: int) -> None:
        free = not Term.objects.filter(seat=seat).exists()
        looked.wait(timeout=20)
        if free:
            Term.objects.create(seat=seat, person_id=people[n], during=(date(2023, 1, 1), None))

    try:
        assert in_threads(4, work) == []
        assert Term.objects.filter(seat=seat).count() > 1
    finally:
        Term.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE governance_term ADD CONSTRAINT seat_held_once_at_a_time"
                " EXCLUDE USING gist (seat_id WITH =, during WITH &&)"
            )


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_seat_has_one_holder_whoever_writes_first() -> None:
    seat = SeatFactory()
    raised = in_threads(6, lambda n: fill(seat, "2023-01-01") and None)
    assert len(raised) == 5
    assert all(isinstance(error, actions.SeatTaken) for error in raised)
    assert seat.terms.count() == 1


@pytest.mark.django_db
class TestTerms:
    def test_terms_that_touch_are_fine_and_those_that_overlap_are_refused(self) -> None:
        seat = SeatFactory()
        fill(seat, "2021-01-01", "2022-01-01")
        fill(seat, "2022-01-01", "2023-01-01")
        with pytest.raises(actions.SeatTaken):
            fill(seat, "2022-12-31", "2024-01-01")
        with pytest.raises(actions.WrongDates):
            fill(seat, "2025-01-01", "2025-01-01")
        with pytest.raises(actions.NobodyNamed):
            actions.fill_seat(seat_id=seat.pk, starts_on=date(2026, 1, 1), ends_on=None, by=None)
        assert seat.terms.count() == 2

    def test_term_ended_early_keeps_its_reason_and_leaves_the_seat_vacant(self) -> None:
        seat = SeatFactory()
        term = fill(seat, "2022-06-16", "2024-06-16")
        actions.end_term(term_id=term.pk, last_day=date(2023, 2, 17), reason="démission", by=None)
        held = queries.composition(seat.body, day=date(2023, 3, 1)).seats[0]
        assert (held.term, held.vacant_since) == (None, date(2023, 2, 18))
        assert queries.composition(seat.body, day=date(2023, 2, 17)).seats[0].term == term
        term.refresh_from_db()
        assert (term.end_reason, term.due_on) == ("démission", date(2024, 6, 16))
        with pytest.raises(actions.WrongDates):
            actions.end_term(term_id=term.pk, last_day=date(2023, 6, 1), reason="non", by=None)

    def test_a_post_or_an_observer_does_not_vote(self) -> None:
        body = BodyFactory(kind="staff")
        with pytest.raises(actions.PostsDoNotVote):
            actions.save_seat(body_id=body.pk, values={"role": "membre", "voting": True}, by=None)
        with pytest.raises(IntegrityError):
            SeatFactory(role="observation", voting=True)

    def test_dissolved_body_has_nobody_left(self) -> None:
        seat = SeatFactory()
        fill(seat, "2022-06-16")
        actions.dissolve_body(body_id=seat.body_id, on=date(2023, 4, 1), by=None)
        assert queries.composition(Body.objects.get(), day=date(2023, 4, 1)).seats == ()
        assert Term.objects.get().during.upper == date(2023, 4, 1)

    def test_abolished_seat_stays_in_the_past(self) -> None:
        seat = SeatFactory()
        fill(seat, "2022-06-16")
        actions.abolish_seat(seat_id=seat.pk, on=date(2023, 4, 1), by=None)
        assert len(queries.composition(seat.body, day=date(2023, 3, 31)).seats) == 1
        assert queries.composition(seat.body, day=date(2023, 4, 1)).seats == ()

    def test_who_leaves_soon_in_order(self) -> None:
        body = BodyFactory()
        for end in ("2024-01-01", "2023-06-01", "2026-01-01"):
            fill(SeatFactory(body=body), "2022-01-01", end)
        found = queries.leaving(organisation_ids=[body.organisation_id], day=date(2023, 3, 1))
        assert [t.during.upper for t in found] == [date(2023, 6, 1), date(2024, 1, 1)]


@pytest.mark.django_db
class TestFacts:
    def test_a_seat_counts_once_whoever_followed_whom(self) -> None:
        organisation = OrganisationFactory()
        board, staff = BodyFactory(organisation=organisation), BodyFactory(organisation=organisation, kind="staff")
        chair, observer = (
            SeatFactory(body=board, role="presidence"),
            SeatFactory(body=board, role="observation", voting=False),
        )
        post = SeatFactory(body=staff, role="poste", voting=False)
        fill(chair, "2021-06-01", "2022-09-01"), fill(chair, "2022-09-01")
        fill(observer, "2021-06-01", "2022-09-01")
        fill(post, "2020-01-01", "2023-02-18"), fill(post, "2023-05-01")
        ctx = FactContext(organisation_ids=(organisation.pk,), period=YEAR)
        assert (
            get("voting_seats").value(ctx) == get("non_voting_seats").value(ctx) == get("staff_posts").value(ctx) == 1
        )
        later = FactContext(organisation_ids=(organisation.pk,), period=Period(date(2023, 4, 1), date(2024, 4, 1)))
        assert get("non_voting_seats").value(later) == 0


@pytest.fixture
def director(client: Client) -> Organisation:
    person = with_role(OrganisationFactory(), "director")
    client.force_login(person.account)
    return person.roles.get().organisation


@pytest.mark.django_db
class TestPages:
    def test_a_board_is_made_by_hand_from_nothing(self, client: Client, director: Organisation) -> None:
        said = client.post(
            reverse("governance:body_new"), {"name": "Conseil", "kind": "board", "notice_days": 7}, follow=True
        )
        assert said.status_code == 200
        body = Body.objects.get(organisation=director)
        client.post(reverse("governance:body", args=[body.public_id]), {"role": "presidence", "voting": "on"})
        seat = body.seats.get()
        assert seat.voting
        page = reverse("governance:seat", args=[seat.public_id])
        data = {"new_given": "Rose", "new_family": "Tremblay", "starts_on": "2023-01-01", "origin": "elected"}
        client.post(page, data)
        assert "Rose Tremblay" in client.get(reverse("governance:governance")).text
        assert "occupé" in client.post(page, {**data, "starts_on": "2023-05-01"}).text
        before = client.get(reverse("governance:governance"), {"le": "2022-12-31"}).text
        assert "Rose Tremblay" not in before

    def test_departure_needs_its_day_and_its_reason(self, client: Client, director: Organisation) -> None:
        term = TermFactory(seat__body__organisation=director)
        page = reverse("governance:term", args=[term.public_id])
        assert "motif" in client.post(page, {"verbe": "terminer", "last_day": "2023-02-01"}, follow=True).text
        client.post(page, {"verbe": "terminer", "last_day": "2023-02-01", "reason": "démission"})
        term.refresh_from_db()
        assert term.during.upper == date(2023, 2, 2)

    def test_member_of_the_board_reads_and_does_not_write(self, client: Client, director: Organisation) -> None:
        term = TermFactory(seat__body__organisation=director)
        client.force_login(with_role(director, "board").account)
        assert client.get(reverse("governance:seat", args=[term.seat.public_id])).status_code == 200
        assert client.post(reverse("governance:term", args=[term.public_id]), {"verbe": "retirer"}).status_code == 404
        assert (
            client.post(reverse("governance:body", args=[term.seat.body.public_id]), {"role": "membre"}).status_code
            == 404
        )

    def test_public_page_names_those_who_agreed_alone(self, client: Client, director: Organisation) -> None:
        ConsentText.objects.create(purpose="gouvernance", version=9, text_fr="Oui", in_force_from=date(2020, 1, 1))
        body = BodyFactory(organisation=director, is_public=True)
        shy, known = (
            TermFactory(
                seat=SeatFactory(body=body),
                person=PersonFactory(family_name=name),
                organisation=OrganisationFactory(name=f"Ferme {name}"),
            )
            for name in ("Timide", "Connue")
        )
        client.post(reverse("governance:term", args=[known.public_id]), {"verbe": "accord"})
        page = Client().get(reverse("governance:public", args=[director.slug])).text
        assert "Connue" in page
        assert "Ferme Timide" in page
        assert f"{shy.person.name}" not in page
        Body.objects.update(is_public=False)
        assert Client().get(reverse("governance:public", args=[director.slug])).status_code == 404

    def test_board_page_costs_the_same_for_one_seat_and_for_many(self, client: Client, director: Organisation) -> None:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        body, counts = BodyFactory(organisation=director), []
        for extra in (1, 9):
            for _n in range(extra):
                TermFactory(seat=SeatFactory(body=body))
            with CaptureQueriesContext(connection) as caught:
                client.get(reverse("governance:body", args=[body.public_id]))
                client.get(reverse("governance:governance"))
            counts.append(len(caught))
        assert counts[0] == counts[1]

    def test_picture_says_each_seat(self, director: Organisation) -> None:
        body = BodyFactory(organisation=director, name="Conseil")
        TermFactory(
            seat=SeatFactory(body=body, role="presidence"), person=PersonFactory(given_name="Rose", family_name="B")
        )
        SeatFactory(body=body)
        drawn = picture.arc(queries.composition(body, day=datetime.now(tz=UTC).date()))
        assert "Conseil, sièges votants occupés\u00a0: 1 sur 2" in drawn
        assert "présidence\u00a0: Rose B" in drawn
        assert "vacant" in drawn
        assert "style=" not in drawn


@pytest.mark.django_db
def test_export_of_a_person_has_their_seats() -> None:
    term = TermFactory(end_reason="fin de mandat")
    assert "fin de mandat" in str(privacy.export(term.person))


@pytest.mark.django_db
def test_a_seat_made_later_is_not_shown_in_the_past_before_somebody_held_it() -> None:
    body: Body = BodyFactory()
    empty, held = SeatFactory(body=body), SeatFactory(body=body)
    fill(held, "2020-01-01")
    Seat.objects.update(created_at=datetime(2026, 3, 2, 3, tzinfo=UTC))  # still 1 March here
    shown = {
        day: [h.seat for h in queries.composition(body, day=date.fromisoformat(day)).seats]
        for day in ("2019-12-31", "2020-01-01", "2026-02-28", "2026-03-01")
    }
    assert shown == {
        "2019-12-31": [], "2020-01-01": [held], "2026-02-28": [held], "2026-03-01": [empty, held],
    }  # fmt: skip
