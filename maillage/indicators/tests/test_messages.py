from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from maillage.core.period import Period
from maillage.directory.models import Organisation
from maillage.directory.tests.factories import OrganisationFactory, with_role
from maillage.indicators import actions, emails
from maillage.indicators.models import Declaration, NetworkMember, Plan, PlanAction
from maillage.indicators.types import DeclarationAsked, NumberAsked

pytestmark = pytest.mark.django_db
YEAR = Period.fiscal_year(2022)


@pytest.fixture
def form() -> Declaration:
    network, member = OrganisationFactory(name="Réseau"), OrganisationFactory(name="Dehors")
    actions.enrol_member(
        network_id=network.pk, member_id=member.pk, since=date(2020, 4, 1), contact_email="eve@exemple.test", by=None
    )
    (made,) = actions.ask_declarations(network_id=network.pk, period=YEAR, by=None, now=timezone.now())
    return made


def test_member_receives_its_form_and_later_why_it_came_back(form: Declaration, mailoutbox: list[Any]) -> None:
    emails.send_declaration(DeclarationAsked(form.pk, "asked"))
    Declaration.objects.filter(pk=form.pk).update(state="submitted", expires_at=timezone.now() - timedelta(days=1))
    emails.send_declaration(DeclarationAsked(form.pk, "asked"))  # already transmitted
    actions.return_declaration(declaration_id=form.pk, reason="Le nombre double", by=None, now=timezone.now())
    emails.send_declaration(DeclarationAsked(form.pk, "returned"))
    asked, returned = mailoutbox
    assert asked.to == ["eve@exemple.test"]
    assert reverse("indicators:declaration", args=[form.token]) in asked.body
    assert "Le nombre double" in returned.body
    form.refresh_from_db()
    assert form.expires_at > timezone.now() + timedelta(days=14)


def test_message_speaks_the_language_of_the_person(form: Declaration, mailoutbox: list[Any]) -> None:
    person = with_role(form.member, "director")
    type(person).objects.filter(pk=person.pk).update(email="eve@exemple.test", language="en")
    emails.send_declaration(DeclarationAsked(form.pk, "asked"))
    assert "asks" in mailoutbox[0].subject


def test_reminders_leave_once(form: Declaration) -> None:
    assert actions.remind_declarations(now=timezone.now()) == 0
    later = form.expires_at - timedelta(days=3)
    assert [actions.remind_declarations(now=later) for _ in range(2)] == [1, 0]


def test_person_receives_the_link_to_one_number(mailoutbox: list[Any]) -> None:
    plan = Plan.objects.create(
        organisation=OrganisationFactory(), name="Plan", period=(date(2022, 4, 1), date(2024, 4, 1))
    )
    made = PlanAction.objects.create(
        plan=plan, number=1, label="Agir", measure="rencontres", target=5, begins=date(2022, 4, 1)
    )
    now = timezone.now()
    asked = actions.ask_number(
        action_id=made.pk,
        region_id=None,
        as_of=date(2022, 12, 31),
        name="Ève",
        email="e@exemple.test",
        by=None,
        now=now,
    )
    emails.send_number(NumberAsked(asked.pk, "asked"))
    assert [actions.remind_numbers(now=now + timedelta(days=27)) for _ in range(2)] == [1, 0]
    actions.answer_request(request_id=asked.pk, value=Decimal(4), now=now)
    emails.send_number(NumberAsked(asked.pk, "reminder"))  # already stated
    (sent,) = mailoutbox
    assert reverse("indicators:plan_answer", args=[asked.token]) in sent.body


@pytest.fixture
def network() -> Organisation:
    return OrganisationFactory(name="Réseau")


def test_director_enrols_and_ends_a_member(client: Client, network: Organisation) -> None:
    client.force_login(with_role(network, "director").account)
    url = reverse("indicators:network_members", args=[network.public_id])
    assert url in client.get(reverse("indicators:network")).content.decode()
    client.post(url, {"name": "Corporation du Val Neuf", "since": "2020-04-01", "contact_email": "a@exemple.test"})
    link = NetworkMember.objects.get()
    assert (link.member.name, link.observed) == ("Corporation du Val Neuf", False)
    client.post(reverse("indicators:network_member_end", args=[link.public_id]), {"on": "2019-01-01"})
    client.post(reverse("indicators:network_member_end", args=[link.public_id]), {"on": "2023-03-31"})
    link.refresh_from_db()
    assert link.during.upper == date(2023, 4, 1)


def test_like_names_are_offered_before_one_more_is_made(client: Client, network: Organisation) -> None:
    known = OrganisationFactory(name="Développement Val-Neuf")
    client.force_login(with_role(network, "director").account)
    url = reverse("indicators:network_members", args=[network.public_id])
    page = client.post(url, {"name": "Developpement Val Neuf", "since": "2020-04-01"})
    assert known.name in page.content.decode()
    assert not NetworkMember.objects.exists()
    client.post(url, {"name": "Developpement Val Neuf", "since": "2020-04-01", "chosen": known.pk})
    assert NetworkMember.objects.get().member == known


def test_work_of_another_is_never_opened_without_its_direction(client: Client, network: Organisation) -> None:
    other = OrganisationFactory(name="Autre organisme")
    client.force_login(with_role(network, "director").account)
    url = reverse("indicators:network_members", args=[network.public_id])
    client.post(url, {"name": other.name, "since": "2020-04-01", "observed": "on", "chosen": other.pk})
    link = NetworkMember.objects.get()
    assert (link.observed, link.asked_at is not None) == (False, True)


def test_outsiders_enrol_no_one(client: Client, network: Organisation) -> None:
    client.force_login(with_role(OrganisationFactory(), "director").account)
    assert client.get(reverse("indicators:network_members", args=[network.public_id])).status_code == 404
