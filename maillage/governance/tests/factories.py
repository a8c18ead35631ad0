"""Makers of governance rows for tests."""

from datetime import UTC, date, datetime, timedelta

import factory
from factory.django import DjangoModelFactory

from maillage.directory.tests.factories import OrganisationFactory, PersonFactory
from maillage.governance.models import Body, Meeting, Seat, Term


class BodyFactory(DjangoModelFactory):
    class Meta:
        model = Body

    organisation = factory.SubFactory(OrganisationFactory)
    kind = "board"
    name = factory.Sequence(lambda n: f"Instance {n}")


class SeatFactory(DjangoModelFactory):
    class Meta:
        model = Seat

    body = factory.SubFactory(BodyFactory)
    order = factory.Sequence(lambda n: n)
    role = "administration"


class TermFactory(DjangoModelFactory):
    class Meta:
        model = Term

    seat = factory.SubFactory(SeatFactory)
    person = factory.SubFactory(PersonFactory)
    during = (date(2022, 6, 16), None)


class MeetingFactory(DjangoModelFactory):
    class Meta:
        model = Meeting

    body = factory.SubFactory(BodyFactory)
    organisation = factory.SelfAttribute("body.organisation")
    starts_at = datetime(2023, 2, 7, 22, tzinfo=UTC)
    ends_at = factory.LazyAttribute(lambda o: o.starts_at + timedelta(hours=2))
