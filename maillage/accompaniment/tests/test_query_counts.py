"""Pages of many kinds of rows ask the base as many questions for six of each as for two."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from maillage.accompaniment.models import ClientFile, Intervention, OutcomeFollowUp, SignedLink
from maillage.directory.actions import add_person
from maillage.directory.models import Organisation, Person
from maillage.directory.tests.factories import OrganisationFactory, TerritoryFactory, with_role

from .factories import (
    DeliverableFactory,
    DiagnosticFactory,
    FinancingFactory,
    MandateFactory,
    MeetingFactory,
    NoteFactory,
    ReferralFactory,
    SuccessionCaseFactory,
    TopicFactory,
    WatchSubscriptionFactory,
    WatchTopicFactory,
    intervene,
)

pytestmark = pytest.mark.django_db


def grow(adviser: Person, ours: Organisation, enterprise: Organisation) -> None:
    """One more row of everything, with that enterprise, due, late or unanswered."""
    now, today = timezone.now(), timezone.localdate()
    mrc = TerritoryFactory()
    row = intervene(ours, enterprise, OrganisationFactory(mrc=mrc), done_on=today - timedelta(days=9))
    step = {"adviser": adviser, "topic": TopicFactory(), "next_step": "Rappeler", "next_step_on": today}
    Intervention.objects.filter(pk=row.pk).update(**step)
    mandate = MandateFactory(organisation=ours, enterprise=enterprise, adviser=adviser, mrc=mrc)
    DeliverableFactory(mandate=mandate, delivered_on=None, due_on=today - timedelta(days=2))
    OutcomeFollowUp.objects.create(mandate=mandate, months=6, due_on=today, asked_at=now - timedelta(days=40))
    diagnostic = DiagnosticFactory(organisation=ours, enterprise=enterprise, adviser=adviser)
    SignedLink.objects.create(
        diagnostic=diagnostic, made_at=now, expires_at=now - timedelta(hours=1), asked_again_at=now
    )
    ReferralFactory(organisation=ours, enterprise=enterprise, adviser=adviser, mrc=mrc)
    ReferralFactory(partner=ours, enterprise=enterprise)
    FinancingFactory(organisation=ours, enterprise=enterprise)
    MeetingFactory(organisation=ours, enterprise=enterprise)
    NoteFactory(organisation=ours, enterprise=enterprise, author=adviser)
    SuccessionCaseFactory(
        organisation=ours, enterprise=enterprise, adviser=adviser, wanted_by=today + timedelta(days=9)
    )
    ends = (today - timedelta(days=300), today + timedelta(days=9))
    topic = WatchTopicFactory(organisation=ours)
    WatchSubscriptionFactory(topic=topic, enterprise=enterprise, adviser=adviser, during=ends)
    add_person(organisation_id=enterprise.pk, kind="staff", since=today, by=None, given_name="A", family_name="B")


@pytest.mark.parametrize("page", ["todo", "todo-all", "enterprise", "entry", "week", "home"])
def test_a_page_costs_the_same_for_many_rows(client: Client, page: str) -> None:
    ours, enterprise = OrganisationFactory(), OrganisationFactory(mrc=TerritoryFactory())
    adviser = with_role(ours, "adviser")
    ClientFile.objects.create(organisation=ours, enterprise=enterprise, adviser=adviser, opened_on="2020-01-01")
    client.force_login(adviser.account)
    url = {
        "todo": reverse("accompaniment:todo"),
        "todo-all": reverse("accompaniment:todo") + "?toutes",
        "enterprise": reverse("accompaniment:enterprise", args=[enterprise.public_id]),
        "entry": reverse("accompaniment:intervention_new"),
        "week": reverse("accompaniment:week"),
        "home": reverse("home"),
    }[page]
    counts = []
    for more in (2, 4):
        for _n in range(more):
            grow(adviser, ours, enterprise)
        client.get(url)
        with CaptureQueriesContext(connection) as caught:
            assert client.get(url).status_code == 200
        counts.append(len(caught))
    assert counts[1] <= counts[0], [q["sql"][:140] for q in caught]
    assert counts[1] <= 61, counts
