"""Makers of programme rows for tests."""

from datetime import UTC, date, datetime

import factory
from factory.django import DjangoModelFactory

from maillage.directory.tests.factories import OrganisationFactory
from maillage.funding.tests.factories import StreamFactory
from maillage.programmes.models import (
    Activity,
    Application,
    Attendance,
    Call,
    Criterion,
    Edition,
    Enrolment,
    Programme,
    Registration,
    Session,
    Visit,
)


class ProgrammeFactory(DjangoModelFactory):
    class Meta:
        model = Programme

    organisation = factory.SubFactory(OrganisationFactory)
    title = factory.Sequence(lambda n: f"Programme {n}")
    stream = factory.SubFactory(StreamFactory, key="exportation")


class EditionFactory(DjangoModelFactory):
    class Meta:
        model = Edition

    programme = factory.SubFactory(ProgrammeFactory)
    organisation = factory.SelfAttribute("programme.organisation")
    kind = "cohort"
    title = factory.Sequence(lambda n: f"Édition {n}")
    during = (date(2022, 4, 1), date(2023, 4, 1))


class ActivityFactory(DjangoModelFactory):
    class Meta:
        model = Activity

    organisation = factory.SubFactory(OrganisationFactory)
    stream = factory.SubFactory(StreamFactory, key="exportation")
    kind = "formation"
    title = factory.Sequence(lambda n: f"Formation {n}")
    starts_on = date(2022, 6, 8)
    last_on = factory.SelfAttribute("starts_on")
    state = "published"


class SessionFactory(DjangoModelFactory):
    class Meta:
        model = Session

    activity = factory.SubFactory(ActivityFactory)
    number = factory.LazyAttribute(lambda o: o.activity.sessions.count() + 1)
    starts_at = factory.LazyAttribute(
        lambda o: datetime.combine(o.activity.starts_on, datetime.min.time(), tzinfo=UTC).replace(hour=14)
    )
    ends_at = factory.LazyAttribute(lambda o: o.starts_at.replace(hour=17))


class RegistrationFactory(DjangoModelFactory):
    class Meta:
        model = Registration

    activity = factory.SubFactory(ActivityFactory)
    name = factory.Sequence(lambda n: f"Personne {n}")
    email = factory.Sequence(lambda n: f"personne{n}@exemple.test")
    state = "confirmed"
    created_at = datetime(2022, 5, 1, 12, tzinfo=UTC)


class AttendanceFactory(DjangoModelFactory):
    class Meta:
        model = Attendance

    registration = factory.SubFactory(RegistrationFactory)
    session = factory.LazyAttribute(
        lambda o: o.registration.activity.sessions.first() or SessionFactory(activity=o.registration.activity)
    )
    noted_at = datetime(2022, 6, 8, 14, tzinfo=UTC)


class VisitFactory(DjangoModelFactory):
    class Meta:
        model = Visit

    edition = factory.SubFactory(EditionFactory, kind="tour")
    enterprise = factory.SubFactory(OrganisationFactory)
    mrc = factory.SelfAttribute("enterprise.mrc")
    visited_on = date(2022, 6, 8)


class EnrolmentFactory(DjangoModelFactory):
    class Meta:
        model = Enrolment

    edition = factory.SubFactory(EditionFactory)
    enterprise = factory.SubFactory(OrganisationFactory)
    mrc = factory.SelfAttribute("enterprise.mrc")
    joined_on = date(2022, 5, 1)


class CallFactory(DjangoModelFactory):
    class Meta:
        model = Call

    edition = factory.SubFactory(EditionFactory)
    title = factory.Sequence(lambda n: f"Appel {n}")
    opens_at = datetime(2022, 3, 1, 12, tzinfo=UTC)
    closes_at = datetime(2022, 4, 1, 12, tzinfo=UTC)
    published_at = datetime(2022, 3, 1, 12, tzinfo=UTC)


class CriterionFactory(DjangoModelFactory):
    class Meta:
        model = Criterion

    call = factory.SubFactory(CallFactory)
    label = factory.Sequence(lambda n: f"Critère {n}")


class ApplicationFactory(DjangoModelFactory):
    class Meta:
        model = Application

    call = factory.SubFactory(CallFactory)
    enterprise_name = factory.Sequence(lambda n: f"Candidate {n}")
    contact_name = "La direction"
    email = factory.Sequence(lambda n: f"candidature-{n}@exemple.test")
    submitted_at = datetime(2022, 3, 8, 12, tzinfo=UTC)
