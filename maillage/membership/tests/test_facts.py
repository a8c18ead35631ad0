"""What membership is counted by."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from maillage.core.facts import FactContext
from maillage.core.period import Period
from maillage.directory.models import Organisation
from maillage.directory.tests.factories import OrganisationFactory, PersonFactory, with_role
from maillage.membership import actions, facts

from .factories import MemberClassFactory, member

pytestmark = pytest.mark.django_db
YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
FACTS = (facts.MEMBERS, facts.NEW_MEMBERS, facts.MEMBERS_GONE, facts.MEMBERSHIP_FEES)


def of(organisation: Organisation, period: Period = YEAR, **filters: object) -> FactContext:
    return FactContext((organisation.pk,), period).narrowed(**filters)


def test_a_renewal_is_neither_a_new_member_nor_one_who_left() -> None:
    kept = MemberClassFactory(fee="25")
    here = kept.organisation
    first = member(member_class=kept, since=date(2025, 3, 1))
    actions.renew(membership_id=first.pk, today=date(2026, 2, 20))
    member(member_class=kept, since=date(2025, 5, 1))  # not renewed: left in May 2026
    member(member_class=kept, since=date(2026, 6, 1))
    member(since=date(2026, 6, 1))  # of another organisation
    assert facts.MEMBERS.value(of(here)) == 2
    assert facts.NEW_MEMBERS.value(of(here)) == 1
    assert facts.MEMBERS_GONE.value(of(here)) == 1
    assert facts.MEMBERSHIP_FEES.value(of(here)) == Decimal("50.00")
    before = Period(date(2025, 1, 1), date(2026, 1, 1))
    assert (facts.MEMBERS.value(of(here, before)), facts.NEW_MEMBERS.value(of(here, before))) == (2, 2)


def test_organisations_are_told_apart_and_duplicates_count_once() -> None:
    kept = MemberClassFactory(held_by="anyone")
    one, other = OrganisationFactory(), OrganisationFactory()
    for organisation in (one, other):
        actions.join(member_organisation_id=organisation.pk, member_class_id=kept.pk, today=date(2026, 2, 1))
    actions.join(person_id=PersonFactory().pk, member_class_id=kept.pk, today=date(2026, 2, 1))
    here = of(kept.organisation)
    assert facts.NEW_MEMBERS.value(here) == 3
    Organisation.objects.filter(pk=other.pk).update(merged_into=one)
    assert facts.NEW_MEMBERS.value(here) == facts.MEMBERS.value(here) == 2
    parts = {c.keys[0]: c.value for c in facts.MEMBERS.breakdown(here, ["held_by"])}
    assert parts == {"person": 1, "organisation": 1}


def test_members_are_counted_crossed_and_opened_without_a_name(client: Client) -> None:
    made = member(since=date(2026, 3, 1), given_name="Yvonne", family_name="Tremblay-Secret")
    ours = made.organisation
    client.force_login(with_role(ours, "director").account)
    query = "?debut=2026-01-01&fin=2027-01-01"
    page = client.get(reverse("indicators:fact", args=["members"]) + query).text
    assert "Membres en règle" in page
    assert "2026-03-01" in page
    for text in (page, client.get(reverse("indicators:pivot") + query + "&fait=members&lignes=class").text):
        assert "Secret" not in text
    assert b"PK" in client.get(reverse("indicators:fact_export", args=["new_members"]) + query).getvalue()
    assert "Nouveaux membres" in client.get(reverse("indicators:figures") + query).text  # among the usual figures


class TestValue(TestCase):
    @settings(max_examples=10, deadline=None)
    @given(
        st.lists(
            st.tuples(st.integers(0, 3), st.integers(0, 1), st.integers(0, 700), st.booleans()), min_size=1, max_size=8
        )
    )
    def test_value_is_the_measure_of_the_rows(self, joined: list[tuple[int, int, int, bool]]) -> None:
        ours = OrganisationFactory()
        classes = [
            MemberClassFactory(organisation=ours, held_by="anyone", fee=25),
            MemberClassFactory(organisation=ours, held_by="anyone", fee=0, period="life"),
        ]
        people = [PersonFactory() for _ in range(2)]
        companies = [OrganisationFactory(), OrganisationFactory()]
        for who, which, days, renewed in joined:
            holder = {"person_id": people[who].pk} if who < 2 else {"member_organisation_id": companies[who - 2].pk}
            day = date(2025, 1, 1) + timedelta(days=days)
            try:
                made = actions.join(member_class_id=classes[which].pk, today=day, **holder)
                if renewed and which == 0:
                    actions.renew(membership_id=made.pk, today=day + timedelta(days=300))
            except (actions.AlreadyMember, actions.CannotRenew):
                continue
        for merged in (False, True):
            if merged:
                Organisation.objects.filter(pk=companies[1].pk).update(merged_into=companies[0])
            for fact in FACTS:
                here = of(ours)
                assert fact.value(here) == fact.measure.over(fact.rows(here)), fact.key
                for name in ("class", "held_by", "duration", "nature"):
                    for cell in fact.breakdown(here, [name]):
                        part = here.narrowed(**{name: cell.keys[0]})
                        assert cell.value == fact.measure.over(fact.rows(part)), (fact.key, name)
