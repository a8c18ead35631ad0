"""Makers of accompaniment rows for tests."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import factory
from django.utils.timezone import localdate
from factory.django import DjangoModelFactory

from maillage.accompaniment.models import (
    CanvassMeeting,
    Claim,
    Deliverable,
    Diagnostic,
    FinancingIntervention,
    Intervention,
    InterventionParty,
    Mandate,
    Note,
    Question,
    Questionnaire,
    QuestionnaireVersion,
    Referral,
    Section,
    SuccessionCase,
    Topic,
    WatchSignal,
    WatchSubscription,
    WatchTopic,
)
from maillage.directory.models import Organisation
from maillage.directory.tests.factories import OrganisationFactory, PersonFactory
from maillage.funding.tests.factories import AgreementFactory, StreamFactory


class TopicFactory(DjangoModelFactory):
    class Meta:
        model = Topic
        django_get_or_create = ("key",)

    key = factory.Sequence(lambda n: f"sujet-{n}")
    name = factory.LazyAttribute(lambda o: o.key.capitalize())


class InterventionFactory(DjangoModelFactory):
    class Meta:
        model = Intervention

    organisation = factory.SubFactory(OrganisationFactory)
    done_on = date(2022, 6, 8)
    minutes = 60
    stream = factory.SubFactory(StreamFactory, key="exportation")
    created_at = datetime(2022, 6, 8, 16, tzinfo=UTC)


class PartyFactory(DjangoModelFactory):
    class Meta:
        model = InterventionParty

    intervention = factory.SubFactory(InterventionFactory)
    enterprise = factory.SubFactory(OrganisationFactory)
    mrc = factory.SelfAttribute("enterprise.mrc")
    sector = factory.SelfAttribute("enterprise.sector")


class ClaimFactory(DjangoModelFactory):
    class Meta:
        model = Claim

    intervention = factory.SubFactory(InterventionFactory)
    agreement = factory.SubFactory(AgreementFactory, organisation=factory.SelfAttribute("..intervention.organisation"))


class MandateFactory(DjangoModelFactory):
    class Meta:
        model = Mandate

    organisation = factory.SubFactory(OrganisationFactory)
    enterprise = factory.SubFactory(OrganisationFactory)
    mrc = factory.SelfAttribute("enterprise.mrc")
    stream = factory.SubFactory(StreamFactory, key="exportation")
    intensity = "intensive"
    during = (date(2022, 4, 1), None)


class DeliverableFactory(DjangoModelFactory):
    class Meta:
        model = Deliverable

    mandate = factory.SubFactory(MandateFactory)
    mrc = factory.SelfAttribute("mandate.mrc")
    kind = "diagnostic"
    delivered_on = date(2022, 9, 1)


class QuestionnaireFactory(DjangoModelFactory):
    class Meta:
        model = Questionnaire

    organisation = factory.SubFactory(OrganisationFactory)
    title = factory.Sequence(lambda n: f"Questionnaire {n}")


class VersionFactory(DjangoModelFactory):
    class Meta:
        model = QuestionnaireVersion

    questionnaire = factory.SubFactory(QuestionnaireFactory)
    number = 1


class SectionFactory(DjangoModelFactory):
    class Meta:
        model = Section

    version = factory.SubFactory(VersionFactory)
    title = factory.Sequence(lambda n: f"Section {n}")


class QuestionFactory(DjangoModelFactory):
    class Meta:
        model = Question

    section = factory.SubFactory(SectionFactory)
    label = factory.Sequence(lambda n: f"Question {n}")


class DiagnosticFactory(DjangoModelFactory):
    class Meta:
        model = Diagnostic

    version = factory.SubFactory(VersionFactory)
    organisation = factory.SelfAttribute("version.questionnaire.organisation")
    enterprise = factory.SubFactory(OrganisationFactory)
    mrc = factory.SelfAttribute("enterprise.mrc")
    started_on = date(2022, 6, 1)


class ReferralFactory(DjangoModelFactory):
    class Meta:
        model = Referral

    organisation = factory.SubFactory(OrganisationFactory)
    enterprise = factory.SubFactory(OrganisationFactory)
    partner = factory.SubFactory(OrganisationFactory)
    mrc = factory.SelfAttribute("enterprise.mrc")
    need = "Une traduction"
    referred_on = date(2022, 6, 8)
    consented_on = date(2022, 6, 8)
    consented_by = "La direction"


class FinancingFactory(DjangoModelFactory):
    class Meta:
        model = FinancingIntervention

    organisation = factory.SubFactory(OrganisationFactory)
    enterprise = factory.SubFactory(OrganisationFactory)
    mrc = factory.SelfAttribute("enterprise.mrc")
    kind = "loan"
    amount = Decimal("100000.00")
    authorised_on = date(2018, 6, 8)
    authorised_by_network = True


class MeetingFactory(DjangoModelFactory):
    class Meta:
        model = CanvassMeeting

    organisation = factory.SubFactory(OrganisationFactory)
    company_name = factory.Sequence(lambda n: f"Atelier {n}")
    met_on = date(2018, 6, 8)
    was_client = False


class NoteFactory(DjangoModelFactory):
    class Meta:
        model = Note

    organisation = factory.SubFactory(OrganisationFactory)
    enterprise = factory.SubFactory(OrganisationFactory)
    author = factory.SubFactory(PersonFactory)
    body = "La relève est incertaine."
    created_at = datetime(2022, 6, 8, 16, tzinfo=UTC)


class WatchTopicFactory(DjangoModelFactory):
    class Meta:
        model = WatchTopic

    organisation = factory.SubFactory(OrganisationFactory)
    title = factory.Sequence(lambda n: f"Sujet {n}")
    created_at = datetime(2022, 6, 8, 16, tzinfo=UTC)


class WatchSignalFactory(DjangoModelFactory):
    class Meta:
        model = WatchSignal

    topic = factory.SubFactory(WatchTopicFactory)
    title = factory.Sequence(lambda n: f"Signal {n}")
    noted_on = date(2022, 6, 8)


class WatchSubscriptionFactory(DjangoModelFactory):
    class Meta:
        model = WatchSubscription

    topic = factory.SubFactory(WatchTopicFactory)
    enterprise = factory.SubFactory(OrganisationFactory)
    mrc = factory.SelfAttribute("enterprise.mrc")
    email = "entreprise@exemple.test"
    during = factory.LazyFunction(lambda: (localdate() - timedelta(days=30), localdate() + timedelta(days=335)))
    created_at = datetime(2022, 6, 8, 16, tzinfo=UTC)
    confirmed_at = datetime(2022, 6, 8, 17, tzinfo=UTC)


class SuccessionCaseFactory(DjangoModelFactory):
    class Meta:
        model = SuccessionCase

    organisation = factory.SubFactory(OrganisationFactory)
    enterprise = factory.SubFactory(OrganisationFactory)
    mrc = factory.SelfAttribute("enterprise.mrc")
    opened_on = date(2022, 6, 8)
    created_at = datetime(2022, 6, 8, 16, tzinfo=UTC)


def intervene(
    organisation: Organisation,
    *enterprises: Organisation,
    done_on: date = date(2022, 6, 8),
    stream: str = "exportation",
) -> Intervention:
    """An intervention with these beneficiaries."""
    intervention: Intervention = InterventionFactory(
        organisation=organisation, done_on=done_on, stream=StreamFactory(key=stream)
    )
    for enterprise in enterprises:
        PartyFactory(intervention=intervention, enterprise=enterprise)
    return intervention
