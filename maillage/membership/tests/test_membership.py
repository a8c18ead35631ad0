import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Max
from django.test.utils import CaptureQueriesContext

from maillage.directory.tests.factories import OrganisationFactory, PersonFactory
from maillage.ledger import queries as ledger
from maillage.ledger.models import Transaction
from maillage.membership import actions, queries
from maillage.membership.models import Membership
from maillage.membership.types import MemberRow, Status

from .factories import MemberClassFactory, member

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)


def test_joining_posts_the_fee_and_gives_a_number() -> None:
    kept, person = MemberClassFactory(fee="25"), PersonFactory()
    made = actions.join(person_id=person.pk, member_class_id=kept.pk, today=DAY, by=person.account)
    assert (made.number, made.during.lower, made.during.upper) == (1, DAY, date(2027, 3, 2))
    book = ledger.book_of(kept.organisation_id)
    assert ledger.balance(book.pk, "member", person_id=person.pk) == 25
    assert ledger.balance(book.pk, "fees") == -25
    assert made.fee_transaction.by_id == person.account_id
    assert queries.is_member(person.pk, kept.organisation_id, DAY)
    assert queries.is_member(person.pk, kept.organisation_id, date(2027, 3, 1))
    assert not queries.is_member(person.pk, kept.organisation_id, date(2027, 3, 2))
    assert queries.membership_of(person.pk, kept.organisation_id, DAY) == made


def test_share_for_life_is_equity_and_never_ends() -> None:
    kept, person = MemberClassFactory(fee="20", period="life", fee_kind="shares"), PersonFactory()
    made = actions.join(person_id=person.pk, member_class_id=kept.pk, today=DAY)
    assert made.during.upper is None
    assert ledger.balance(ledger.book_of(kept.organisation_id).pk, "shares") == -20
    with pytest.raises(actions.CannotRenew):
        actions.renew(membership_id=made.pk, today=DAY)


def test_free_class_posts_nothing() -> None:
    actions.join(person_id=PersonFactory().pk, member_class_id=MemberClassFactory(fee=0).pk, today=DAY)
    assert not Transaction.objects.exists()


def test_joining_twice_is_refused_and_charges_nothing() -> None:
    kept, person = MemberClassFactory(), PersonFactory()
    actions.join(person_id=person.pk, member_class_id=kept.pk, today=DAY)
    with pytest.raises(actions.AlreadyMember):
        actions.join(person_id=person.pk, member_class_id=kept.pk, today=DAY)
    assert Membership.objects.count() == Transaction.objects.count() == 1


def test_closed_class_is_for_staff() -> None:
    kept, person = MemberClassFactory(is_open=False), PersonFactory()
    with pytest.raises(actions.ClassClosed):
        actions.join(person_id=person.pk, member_class_id=kept.pk, today=DAY)
    assert actions.join(person_id=person.pk, member_class_id=kept.pk, today=DAY, by_staff=True).number == 1


@pytest.mark.parametrize(
    ("today", "start"), [(date(2027, 2, 20), date(2027, 3, 2)), (date(2027, 5, 1), date(2027, 5, 1))]
)
def test_renewal_follows_or_starts_anew_with_the_same_number(today: date, start: date) -> None:
    first = member(since=DAY)
    second = actions.renew(membership_id=first.pk, today=today)
    assert (second.number, second.during.lower) == (first.number, start)
    assert second.fee_transaction.occurred_on == today
    with pytest.raises(actions.CannotRenew):
        actions.renew(membership_id=first.pk, today=today)


def test_status_at_any_past_date() -> None:
    first = member(since=DAY)
    actions.renew(membership_id=first.pk, today=date(2027, 5, 1))
    status = {
        day: queries.status_of(first.person_id, first.organisation_id, day)
        for day in (date(2026, 3, 1), DAY, date(2027, 4, 1), date(2027, 5, 1))
    }
    assert list(status.values()) == [Status.UPCOMING, Status.ACTIVE, Status.EXPIRED, Status.ACTIVE]
    assert queries.status_of(PersonFactory().pk, first.organisation_id, DAY) == Status.NEVER


def test_leaving_ends_the_membership_that_day() -> None:
    held = member(since=DAY)
    actions.leave(membership_id=held.pk, on=date(2026, 6, 1))
    assert queries.is_member(held.person_id, held.organisation_id, date(2026, 5, 31))
    assert not queries.is_member(held.person_id, held.organisation_id, date(2026, 6, 1))
    with pytest.raises(actions.CannotLeave):
        actions.leave(membership_id=held.pk, on=DAY)


def test_leap_day_membership_ends_on_march_first() -> None:
    assert actions.year_after(date(2028, 2, 29)) == date(2029, 3, 1)


def test_register_shows_one_row_a_person_and_searches_without_accents() -> None:
    organisation = OrganisationFactory()
    one = member(organisation, since=DAY, given_name="Noémie", family_name="Thérien")
    two = member(organisation, since=date(2024, 1, 1), given_name="Zoé", family_name="Côté")
    actions.renew(membership_id=one.pk, today=date(2027, 2, 1))
    member(since=DAY)  # another organisation's

    def names(today: date = DAY, **how: Any) -> list[str]:
        return [m.person.given_name for m in queries.register(organisation.pk, today=today, **how)]

    assert names() == ["Noémie", "Zoé"]
    assert names(status="active") == ["Noémie"]
    assert names(status="expired") == ["Zoé"]
    assert names(search="therien NOEMIE") == ["Noémie"]
    assert names(search="cote") == ["Zoé"]
    assert names(search=f"#{two.number}") == ["Zoé"]
    assert names(today=date(2027, 6, 1), status="active") == ["Noémie"]


def test_bulk_joining_numbers_and_posts_in_few_statements() -> None:
    kept = MemberClassFactory()
    people = [PersonFactory().pk for _ in range(25)]
    with CaptureQueriesContext(connection) as captured:
        assert actions.join_many(member_class_id=kept.pk, since=[(p, DAY) for p in people[:20]]) == 20
    assert len(captured) <= 22
    actions.join_many(member_class_id=kept.pk, since=[(p, DAY) for p in people[20:]])
    members = queries.members_of(kept.organisation_id, DAY)
    assert [m.number for m in members] == list(range(1, 26))
    assert all(m.fee_transaction_id for m in members)
    assert ledger.balance(ledger.book_of(kept.organisation_id).pk, "fees") == Decimal(-625)
    with pytest.raises(actions.AlreadyMember):
        actions.join_many(member_class_id=kept.pk, since=[(people[0], DAY)])
    assert actions.join(person_id=PersonFactory().pk, member_class_id=kept.pk, today=DAY).number == 26


def row(kept: Any, line: int = 2, **changes: Any) -> MemberRow:
    values = {
        "line": line, "given_name": "Ana", "family_name": "Roy", "email": "ana@exemple.test", "phone": "",
        "member_class_id": kept.pk, "number": 0, "since": DAY, "until": None,
    }  # fmt: skip
    return MemberRow(**{**values, **changes})


def test_import_twice_changes_nothing_and_charges_nothing() -> None:
    kept = MemberClassFactory()
    rows = [
        row(kept, number=40),
        row(kept, 3, email="", given_name="Bo", number=12),
        row(kept, 4, email="c@exemple.test"),
    ]
    assert actions.import_members(organisation_id=kept.organisation_id, rows=rows).made == 3
    again = actions.import_members(organisation_id=kept.organisation_id, rows=rows)
    assert again == actions.Imported(made=0, known=3)
    assert [m.number for m in queries.members_of(kept.organisation_id, DAY)] == [12, 40, 41]
    assert not Transaction.objects.exists()
    assert actions.join(person_id=PersonFactory().pk, member_class_id=kept.pk, today=DAY).number == 42


def test_import_refuses_the_number_of_another() -> None:
    held = member(since=DAY)
    with pytest.raises(actions.NumberTaken, match="Ligne 7"):
        actions.import_members(
            organisation_id=held.organisation_id, rows=[row(held.member_class, 7, number=held.number)]
        )
    assert Membership.objects.count() == 1


# --- races -----------------------------------------------------------------------------------------------------------


def together(works: list[Any]) -> list[Any]:
    gate = threading.Barrier(len(works))

    def run(work: Any) -> Any:
        try:
            gate.wait(5)
            return work()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_the_largest_number_plus_one_gives_the_same_number_twice() -> None:
    """The race is real: this is what the sequence's row prevents."""
    kept = MemberClassFactory()
    both_read = threading.Barrier(2)

    def unsafe() -> int:
        with transaction.atomic():
            last = Membership.objects.filter(organisation=kept.organisation).aggregate(n=Max("number"))["n"] or 0
            both_read.wait(5)
            return last + 1

    assert together([unsafe, unsafe]) == [1, 1]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_people_who_join_at_once_have_numbers_of_their_own() -> None:
    kept = MemberClassFactory()
    people = [PersonFactory().pk for _ in range(8)]
    made = together([lambda p=p: actions.join(person_id=p, member_class_id=kept.pk, today=DAY).number for p in people])
    assert sorted(made) == list(range(1, 9))


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_join_charge_once() -> None:
    kept, person = MemberClassFactory(), PersonFactory()
    join = lambda: actions.join(person_id=person.pk, member_class_id=kept.pk, today=DAY)  # noqa: E731
    results = together([join] * 4)
    assert sum(isinstance(r, Membership) for r in results) == 1
    assert sum(isinstance(r, actions.AlreadyMember) for r in results) == 3
    assert Transaction.objects.count() == 1
