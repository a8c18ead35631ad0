"""Makers of membership rows for tests, of every context."""

from datetime import date
from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from maillage.directory.tests.factories import OrganisationFactory, PersonFactory
from maillage.membership import actions
from maillage.membership.models import FeePeriod, MemberClass, Membership


class MemberClassFactory(DjangoModelFactory):
    class Meta:
        model = MemberClass

    organisation = factory.SubFactory(OrganisationFactory)
    name = factory.Sequence(lambda n: f"Membre {n}")
    fee = Decimal("25.00")
    period = FeePeriod.YEAR


def member(
    organisation: Any = None, *, since: date = date(2026, 1, 1), member_class: Any = None, **person: Any
) -> Membership:
    """A new person who is a member since `since` (their fee is posted)."""
    kept = member_class or MemberClassFactory(organisation=organisation or OrganisationFactory())
    return actions.join(person_id=PersonFactory(**person).pk, member_class_id=kept.pk, today=since)
