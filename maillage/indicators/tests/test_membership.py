"""A member on the platform decides whether its work is counted; each party is told by e-mail."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from maillage.core.actions import NotAllowed
from maillage.core.period import Period
from maillage.directory.models import Organisation
from maillage.directory.tests.factories import OrganisationFactory, with_role
from maillage.indicators import actions, emails, queries
from maillage.indicators.models import Declaration, NetworkMember
from maillage.indicators.types import CountingSaid, DeclarationAsked

from .factories import indicator, work

pytestmark = pytest.mark.django_db
YEAR = Period.fiscal_year(2022)
TODAY = timezone.localdate()


@pytest.fixture(autouse=True)
def _files(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def network() -> Organisation:
    network = OrganisationFactory(name="Réseau")
    indicator(network, "enterprises_served")
    return network


@pytest.fixture
def link(network) -> NetworkMember:
    member = OrganisationFactory(name="Membre")
    return actions.enrol_member(
        network_id=network.pk, member_id=member.pk, since=date(2020, 4, 1), by=None, contact_email="m@exemple.test"
    )


def director(organisation: Organisation) -> Client:
    client = Client()
    client.force_login(with_role(organisation, "director").account)
    return client


def answer(client: Client, link: NetworkMember, do: str, since: date = TODAY) -> None:
    url = reverse("indicators:membership_counting", args=[link.public_id])
    assert client.post(url, {"do": do, "since": since.isoformat()}).status_code == 302


def counted(network: Organisation, period: Period) -> Decimal:
    return queries.consolidate(network_id=network.pk, period=period)[0].observed


def test_members_work_counts_from_the_day_its_direction_accepts(network, link) -> None:
    work(link.member, OrganisationFactory(), date(2021, 5, 1))
    work(link.member, OrganisationFactory(), date(2022, 5, 1))
    actions.ask_to_count(link_id=link.pk, by=None, now=timezone.now())
    client = director(link.member)
    assert "Réseau demande à compter votre travail" in client.get(reverse("indicators:membership")).text
    answer(client, link, "accept", date(2022, 4, 1))
    assert [(m.observed, m.during.lower) for m in NetworkMember.objects.order_by("during")] == [
        (False, date(2020, 4, 1)),
        (True, date(2022, 4, 1)),
    ]
    assert counted(network, Period.fiscal_year(2021)) == 0
    assert counted(network, YEAR) == 1


def test_members_direction_takes_its_consent_back(network, link) -> None:
    NetworkMember.objects.filter(pk=link.pk).update(observed=True)
    answer(director(link.member), link, "stop", date(2023, 4, 1))
    last = NetworkMember.objects.order_by("during").last()
    assert last is not None
    assert not last.observed
    assert last.contact_email == "m@exemple.test"
    forms = actions.ask_declarations(
        network_id=network.pk, period=Period.fiscal_year(2023), by=None, now=timezone.now()
    )
    assert [f.member_id for f in forms] == [link.member_id]


def test_decline_leaves_the_member_declaring(link) -> None:
    actions.ask_to_count(link_id=link.pk, by=None, now=timezone.now())
    answer(director(link.member), link, "decline")
    link.refresh_from_db()
    assert (link.observed, link.asked_at) == (False, None)


def test_only_the_members_direction_decides(network, link) -> None:
    url = reverse("indicators:membership_counting", args=[link.public_id])
    for other in (director(network), director(OrganisationFactory())):
        assert other.post(url, {"do": "accept", "since": "2022-04-01"}).status_code == 404
    board = with_role(link.member, "board")
    with pytest.raises(NotAllowed):
        actions.let_count(link_id=link.pk, since=date(2022, 4, 1), by=board.account)
    link.refresh_from_db()
    assert not link.observed


def test_day_after_the_membership_is_refused(link) -> None:
    actions.end_member(link_id=link.pk, on=date(2021, 3, 31), by=None)
    with pytest.raises(actions.DeclarationRefused):
        actions.let_count(link_id=link.pk, since=date(2021, 4, 1), by=None)
    assert NetworkMember.objects.count() == 1


def test_network_that_wants_a_members_work_asks_its_direction(network) -> None:
    member = OrganisationFactory(name="Coop des Prés", neq="1140000000")
    page = director(network).post(
        reverse("indicators:network_members", args=[network.public_id]),
        {"name": "Coop des Prés", "since": "2024-04-01", "observed": "on", "contact_email": ""},
        follow=True,
    )
    link = NetworkMember.objects.get(member=member)
    assert (link.observed, link.asked_at is not None) == (False, True)
    assert "invitée à laisser compter son travail" in page.text


def test_page_of_a_member_shows_what_the_network_counts_of_it(link, network) -> None:
    NetworkMember.objects.filter(pk=link.pk).update(observed=True)
    for _ in range(3):
        work(link.member, OrganisationFactory(name="Secrète"), TODAY)
    page = director(link.member).get(reverse("indicators:network"), follow=True)
    assert page.redirect_chain[-1][0] == reverse("indicators:membership")
    assert "Secrète" not in page.text
    (membership,) = queries.memberships_of(
        user=page.wsgi_request.user, today=TODAY, period=Period(TODAY, TODAY + timedelta(days=1))
    )
    assert [value for _version, value in membership.counted] == [3]


# --- each party is told ----------------------------------------------------------------------------------------------


def filled(network: Organisation) -> Declaration:
    form = actions.ask_declarations(network_id=network.pk, period=YEAR, by=None, now=timezone.now())[0]
    actions.save_declaration(
        declaration_id=form.pk,
        values={queries.current_versions(organisation_id=network.pk)[0].indicator_id: Decimal(4)},
        declared_by="Ève Roy, direction",
        evidence=ContentFile(b"%PDF-1.4", name="bilan.pdf"),
    )
    return form


@pytest.mark.usefixtures("link")
def test_network_is_told_of_a_declaration_and_its_member_of_the_decision(network) -> None:
    boss = with_role(network, "director")
    form = filled(network)
    actions.submit_declaration(declaration_id=form.pk, now=timezone.now())
    emails.send_declaration(DeclarationAsked(form.pk, "submitted"))
    actions.approve(declaration_id=form.pk, by=boss.account, now=timezone.now())
    emails.send_declaration(DeclarationAsked(form.pk, "approved"))
    to_network, to_member = mail.outbox
    assert to_network.to == [boss.email or boss.account.email]
    assert "Ève Roy, direction a signé les nombres de Membre" in to_network.body
    assert reverse("indicators:declaration_review", args=[form.public_id]) in to_network.body
    assert to_member.to == ["m@exemple.test"]
    assert to_member.subject == "Réseau a approuvé votre déclaration"


@pytest.mark.usefixtures("link")
def test_every_step_of_a_declaration_leaves_a_message(network) -> None:
    form = filled(network)
    actions.submit_declaration(declaration_id=form.pk, now=timezone.now())
    actions.return_declaration(declaration_id=form.pk, reason="Revoir", by=None, now=timezone.now())
    actions.submit_declaration(declaration_id=form.pk, now=timezone.now())
    actions.approve(declaration_id=form.pk, by=None, now=timezone.now())
    jobs = ProcrastinateJob.objects.filter(args__event__endswith="DeclarationAsked").order_by("id")
    said = [job.args["payload"]["why"] for job in jobs]
    assert said == ["asked", "submitted", "returned", "submitted", "approved"]


def test_member_is_asked_and_the_network_told_of_the_answer(link, network) -> None:
    ours, theirs = with_role(link.member, "director"), with_role(network, "director")
    emails.send_counting(CountingSaid(link.pk, "asked"))
    emails.send_counting(CountingSaid(link.pk, "counted"))
    assert [m.to[0] for m in mail.outbox] == [p.email or p.account.email for p in (ours, theirs)]
    assert reverse("indicators:membership") in mail.outbox[0].body


# --- links that expire -----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("link")
def test_member_renews_an_expired_link_and_keeps_its_numbers(client: Client, network) -> None:
    form = filled(network)
    Declaration.objects.filter(pk=form.pk).update(expires_at=timezone.now() - timedelta(days=1))
    old = reverse("indicators:declaration", args=[form.token])
    assert "m…@exemple.test" in client.get(old).text
    assert "m…@exemple.test" in client.post(old, {"do": "renew"}).text
    form.refresh_from_db()
    assert client.get(old).status_code == 404
    assert 'value="4"' in client.get(reverse("indicators:declaration", args=[form.token])).text
    emails.send_declaration(DeclarationAsked(form.pk, "renewed"))
    assert form.token in mail.outbox[0].body


@pytest.mark.usefixtures("link")
def test_network_sends_another_link_to_another_address(network) -> None:
    form = filled(network)
    director(network).post(
        reverse("indicators:declaration_review", args=[form.public_id]),
        {"do": "renew", "contact_email": "autre@exemple.test"},
    )
    token = form.token
    form.refresh_from_db()
    assert form.token != token
    emails.send_declaration(DeclarationAsked(form.pk, "renewed"))
    assert mail.outbox[0].to == ["autre@exemple.test"]


@pytest.mark.usefixtures("link")
def test_submitted_declaration_has_no_other_link(network) -> None:
    form = filled(network)
    actions.submit_declaration(declaration_id=form.pk, now=timezone.now())
    with pytest.raises(actions.DeclarationRefused):
        actions.renew_declaration(declaration_id=form.pk, now=timezone.now())
    token = form.token
    form.refresh_from_db()
    assert form.token == token
