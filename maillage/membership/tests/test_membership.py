import threading
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Max
from django.test.utils import CaptureQueriesContext

from maillage.core.tests.threads import together
from maillage.directory.actions import merge
from maillage.directory.models import Account, Organisation, Role
from maillage.directory.tests.factories import OrganisationFactory, PersonFactory, with_role
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
    assert len(captured) <= 24  # with the two that tell the log of changes who acts, and who no longer
    actions.join_many(member_class_id=kept.pk, since=[(p, DAY) for p in people[20:]])
    members = queries.members_of(kept.organisation_id, DAY)
    assert [m.number for m in members] == list(range(1, 26))
    assert all(m.fee_transaction_id for m in members)
    assert ledger.balance(ledger.book_of(kept.organisation_id).pk, "fees") == Decimal(-625)
    with pytest.raises(actions.AlreadyMember):
        actions.join_many(member_class_id=kept.pk, since=[(people[0], DAY)])
    assert actions.join(person_id=PersonFactory().pk, member_class_id=kept.pk, today=DAY).number == 26


def test_an_organisation_joins_and_those_who_buy_for_it_may_order() -> None:
    kept = MemberClassFactory(fee="250", held_by="anyone", name="Corporatif")
    company = OrganisationFactory()
    buyer, packer = with_role(company, "buyer"), with_role(company, "packer")
    made = actions.join(member_organisation_id=company.pk, member_class_id=kept.pk, today=DAY, by=buyer.account)
    assert (made.member, made.name, made.number, made.person) == (company, company.name, 1, None)
    book = ledger.book_of(kept.organisation_id)
    assert ledger.balance(book.pk, "member", organisation_id=company.pk) == 250

    def may(person: Any, day: date = DAY, **how: Any) -> bool:
        return queries.may_order(
            user=Account.objects.get(pk=person.account_id), organisation_id=kept.organisation_id, today=day, **how
        )

    assert may(buyer, for_organisation_id=company.pk)
    assert not may(buyer)
    assert not may(packer, for_organisation_id=company.pk)
    assert not may(buyer, for_organisation_id=OrganisationFactory().pk)
    assert not may(buyer, date(2027, 3, 2), for_organisation_id=company.pk)
    with pytest.raises(actions.AlreadyMember, match="Cette organisation"):
        actions.join(member_organisation_id=company.pk, member_class_id=kept.pk, today=DAY)
    assert actions.renew(membership_id=made.pk, today=date(2027, 3, 2)).member == company
    assert [m.pk for m in queries.register(kept.organisation_id, today=DAY, held_by="organisation")] == [made.pk]
    assert not queries.register(kept.organisation_id, today=DAY, held_by="person")


def test_standings_are_ones_own_then_those_of_ones_organisations() -> None:
    kept = MemberClassFactory(held_by="anyone")
    one, other = OrganisationFactory(name="Alpha"), OrganisationFactory(name="Bêta")
    person = with_role(one, "coordinator")
    with_role(OrganisationFactory(), "buyer")
    Role.objects.create(person=person, organisation=other, kind="buyer", during=(date(2020, 1, 1), None))
    Role.objects.create(person=person, organisation=kept.organisation, kind="director", during=(DAY, None))
    actions.join(member_organisation_id=other.pk, member_class_id=kept.pk, today=DAY)
    found = queries.standings_of(user=person.account, organisation_id=kept.organisation_id, today=DAY)
    assert [(s.name, s.active) for s in found] == [(person.name, False), ("Alpha", False), ("Bêta", True)]


def test_a_member_is_a_person_or_an_organisation_never_both_nor_none() -> None:
    kept = MemberClassFactory()
    row = {"organisation": kept.organisation, "member_class": kept, "number": 1, "during": (DAY, None)}
    for holder in ({}, {"person": PersonFactory(), "member_organisation": OrganisationFactory()}):
        with pytest.raises(IntegrityError, match="membership_one_holder"), transaction.atomic():
            Membership.objects.create(**row, **holder)
    with pytest.raises(IntegrityError, match="membership_not_of_itself"), transaction.atomic():
        Membership.objects.create(**row, member_organisation=kept.organisation)
    company = OrganisationFactory()
    Membership.objects.create(**row, member_organisation=company)
    with pytest.raises(IntegrityError, match="membership_once_at_a_time"), transaction.atomic():
        Membership.objects.create(**{**row, "during": (date(2028, 1, 1), None)}, member_organisation=company)
    with pytest.raises(IntegrityError, match="membership_number_of_one_holder"), transaction.atomic():
        Membership.objects.create(**row, person=PersonFactory())


def test_a_class_is_for_whom_it_says() -> None:
    people, companies = MemberClassFactory(held_by="person"), MemberClassFactory(held_by="organisation")
    with pytest.raises(actions.NotForYou):
        actions.join(member_organisation_id=OrganisationFactory().pk, member_class_id=people.pk, today=DAY)
    with pytest.raises(actions.NotForYou):
        actions.join(person_id=PersonFactory().pk, member_class_id=companies.pk, today=DAY)
    assert not Membership.objects.exists()


def test_a_membership_of_a_duplicate_counts_for_the_one_it_is_united_with() -> None:
    kept = MemberClassFactory(held_by="anyone")
    company, duplicate = OrganisationFactory(), OrganisationFactory()
    buyer = with_role(duplicate, "buyer")
    made = actions.join(member_organisation_id=duplicate.pk, member_class_id=kept.pk, today=DAY)
    merge(canonical_id=company.pk, duplicate_id=duplicate.pk, by=None)
    how = {"user": buyer.account, "organisation_id": kept.organisation_id, "today": DAY}
    assert queries.may_order(**how, for_organisation_id=company.pk)
    assert queries.standings_of(**how)[1].held == made
    for asked in (company, duplicate):
        with pytest.raises(actions.AlreadyMember):
            actions.join(member_organisation_id=asked.pk, member_class_id=kept.pk, today=DAY)


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


def test_import_takes_organisations_by_neq_or_name_and_makes_those_unknown() -> None:
    kept = MemberClassFactory(held_by="anyone")
    known = OrganisationFactory(name="CPE Les Étoiles", neq="1143920115")
    named = OrganisationFactory(name="École L'Envol")
    rows = [
        row(kept, email="", given_name="", organisation="Autre nom", neq="1143920115"),
        row(kept, 3, email="resto@exemple.test", organisation="Bistro neuf", phone="450 555-0100"),
        row(kept, 4, email="", given_name="", organisation="ecole l'envol"),
    ]
    for made in (3, 0):
        done = actions.import_members(organisation_id=kept.organisation_id, rows=rows)
        assert done == actions.Imported(made=made, known=3 - made)
    members = list(queries.members_of(kept.organisation_id, DAY))
    new = Organisation.objects.get(name="Bistro neuf")
    assert [m.member for m in members] == [known, new, named]
    assert (new.email, new.phone) == ("resto@exemple.test", "450 555-0100")
    assert [p.given_name for p in queries.buyers_of(new.pk, DAY)] == ["Ana"]
    assert not Role.objects.filter(organisation__in=[known, named]).exists()


def test_import_of_an_ambiguous_name_asks_for_the_neq() -> None:
    kept = MemberClassFactory(held_by="anyone")
    OrganisationFactory(name="Coop du Lac")
    OrganisationFactory(name="Coop du lac")
    with pytest.raises(actions.SeveralSuch, match="Ligne 2"):
        actions.import_members(organisation_id=kept.organisation_id, rows=[row(kept, organisation="Coop du Lac")])
    assert not Membership.objects.exists()


def test_import_refuses_the_number_of_another() -> None:
    held = member(since=DAY)
    with pytest.raises(actions.NumberTaken, match="Ligne 7"):
        actions.import_members(
            organisation_id=held.organisation_id, rows=[row(held.member_class, 7, number=held.number)]
        )
    assert Membership.objects.count() == 1


# --- races -----------------------------------------------------------------------------------------------------------


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
