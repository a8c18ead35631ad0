"""Signed links: they end, are asked for again, and are taken back; an ended one shows nothing."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from maillage.accompaniment import actions, emails, queries
from maillage.accompaniment.models import Diagnostic, OutcomeFollowUp, Referral, SignedLink
from maillage.accompaniment.types import DiagnosticInvited
from maillage.directory.models import Organisation
from maillage.directory.tests.factories import OrganisationFactory, with_role

from .factories import (
    MandateFactory,
    QuestionFactory,
    QuestionnaireFactory,
    ReferralFactory,
    SectionFactory,
    VersionFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def ours() -> Organisation:
    return OrganisationFactory(name="Accès Export", email="bonjour@exemple.test")


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def diagnostic(ours: Organisation, now: datetime) -> Diagnostic:
    version = VersionFactory(questionnaire=QuestionnaireFactory(organisation=ours, title="Prêt à exporter"))
    QuestionFactory(section=SectionFactory(version=version), label="Vos marchés ?")
    actions.publish_version(version_id=version.pk, now=now, by=None)
    return actions.start_diagnostic(
        organisation_id=ours.pk,
        enterprise_id=OrganisationFactory(name="Cidrerie Émile").pk,
        version_id=version.pk,
        email="entreprise@exemple.test",
        now=now,
        by=None,
    )


@pytest.fixture
def referral(ours: Organisation, now: datetime) -> Referral:
    return actions.refer(
        organisation_id=ours.pk,
        enterprise_id=OrganisationFactory(name="Cidrerie Émile").pk,
        partner_id=OrganisationFactory().pk,
        need="Traduire son site",
        consented_by="La direction",
        now=now,
        by=None,
    )


@pytest.fixture
def follow_up(ours: Organisation, now: datetime) -> OutcomeFollowUp:
    mandate = MandateFactory(organisation=ours, enterprise__name="Cidrerie Émile", enterprise__email="e@exemple.test")
    row = OutcomeFollowUp.objects.create(mandate=mandate, months=6, due_on=timezone.localdate(now))
    assert actions.ask_due_follow_ups(now=now) == 1
    return row


@pytest.fixture(params=["diagnostic", "referral", "follow_up"])
def linked(request: pytest.FixtureRequest) -> tuple[str, Any]:
    return request.param, request.getfixturevalue(request.param)


def address(kind: str, row: Any) -> str:
    return reverse(f"accompaniment:{kind}_link", args=[queries.token_of(row)])


def end(row: Any) -> None:
    """Time moves past the link's end."""
    row.links.update(expires_at=timezone.now() - timedelta(minutes=1))


def test_a_link_works_then_ends_and_shows_nothing_of_its_row(client: Client, linked: tuple[str, Any]) -> None:
    kind, row = linked
    page = address(kind, row)
    assert client.get(page).status_code == 200
    assert row.links.get().opened_at is None  # read, and not answered
    client.post(page, {})
    assert row.links.get().opened_at is not None
    end(row)
    over = client.get(page)
    assert over.status_code == 410
    shown = over.content.decode()
    assert "Cidrerie" not in shown
    assert "Traduire son site" not in shown
    assert "Demander un nouveau lien" in shown
    assert client.post(page, {"reponse": "oui", "sales": "up", "terminer": "1"}).status_code == 410


def test_an_ended_link_changes_nothing(client: Client, referral: Referral) -> None:
    page = address("referral", referral)
    end(referral)
    client.post(page, {"reponse": "oui", "answer": "Trop tard"})
    referral.refresh_from_db()
    assert (referral.state, referral.answer) == ("sent", "")


def test_a_new_link_goes_to_the_first_address_and_to_no_other(client: Client, diagnostic: Diagnostic) -> None:
    old = address("diagnostic", diagnostic)
    token = queries.token_of(diagnostic)
    Diagnostic.objects.filter(pk=diagnostic.pk).update(email="entreprise@exemple.test")
    end(diagnostic)
    client.post(reverse("accompaniment:link_again", args=[token]), {"email": "voleur@exemple.test"})
    assert diagnostic.links.count() == 2
    emails.send_diagnostic(DiagnosticInvited(diagnostic.pk))
    assert [m.to for m in mail.outbox] == [["entreprise@exemple.test"]]
    assert address("diagnostic", diagnostic) in mail.outbox[0].body
    assert client.get(old).status_code == 410
    assert client.get(address("diagnostic", diagnostic)).status_code == 200


def test_asking_before_the_end_makes_no_link(client: Client, diagnostic: Diagnostic) -> None:
    client.post(reverse("accompaniment:link_again", args=[queries.token_of(diagnostic)]))
    assert diagnostic.links.count() == 1


def test_without_an_address_the_adviser_is_told(client: Client, ours: Organisation, referral: Referral) -> None:
    token = queries.token_of(referral)
    end(referral)
    client.post(reverse("accompaniment:link_again", args=[token]))
    assert referral.links.get().asked_again_at is not None
    client.force_login(with_role(ours, "adviser").account)
    todo = client.get(reverse("accompaniment:todo"), {"toutes": ""}).content.decode()
    assert "Donner un nouveau lien" in todo


def test_a_taken_back_link_opens_nothing_and_cannot_be_asked_for(client: Client, linked: tuple[str, Any]) -> None:
    kind, row = linked
    page, token = address(kind, row), queries.token_of(row)
    actions.withdraw_link(row=row, now=timezone.now(), by=None)
    answer = client.get(page)
    assert answer.status_code == 410
    assert "Demander un nouveau lien" not in answer.content.decode()
    client.post(reverse("accompaniment:link_again", args=[token]))
    assert row.links.count() == 1


def test_an_answered_question_closes_its_link(client: Client, follow_up: OutcomeFollowUp) -> None:
    page = address("follow_up", follow_up)
    client.post(page, {"sales": "up", "jobs_change": "2", "helped": "3"})
    answer = client.get(page)
    assert answer.status_code == 200
    assert "Votre réponse est notée" in answer.content.decode()
    assert "Cidrerie" not in answer.content.decode()
    with pytest.raises(actions.NothingToOpen):
        actions.renew_link(row=OutcomeFollowUp.objects.get(pk=follow_up.pk), now=timezone.now(), by=None, send=False)


def test_a_partner_who_accepts_has_time_to_tell_the_outcome(client: Client, referral: Referral) -> None:
    page = address("referral", referral)
    client.post(page, {"answer": "bonjour"})  # neither yes nor no
    referral.refresh_from_db()
    assert referral.state == "sent"
    client.post(page, {"reponse": "oui"})
    assert (referral.links.get().expires_at - timezone.now()).days > 170
    client.post(page, {"outcome": "  "})
    referral.refresh_from_db()
    assert referral.state == "accepted"
    client.post(page, {"outcome": "Site traduit"})
    referral.refresh_from_db()
    assert (referral.state, referral.links.get().closed_because) == ("done", "answered")


def test_withdrawal_closes_the_link_and_can_be_undone(client: Client, ours: Organisation, referral: Referral) -> None:
    page = address("referral", referral)
    client.force_login(with_role(ours, "adviser").account)
    verb = reverse("accompaniment:referral_withdraw", args=[referral.public_id])
    client.post(verb)
    assert Client().get(page).status_code == 410
    partner = with_role(referral.partner, "adviser")
    assert not queries.referrals_received(user=partner.account).exists()
    client.post(verb, {"remettre": "1"})
    assert queries.referrals_received(user=partner.account).exists()
    assert Client().get(page).status_code == 410
    assert Client().get(address("referral", referral)).status_code == 200


def test_cancelled_mandate_closes_its_questions(client: Client, follow_up: OutcomeFollowUp) -> None:
    page = address("follow_up", follow_up)
    actions.cancel_mandate(mandate_id=follow_up.mandate_id, reason="doublon", now=timezone.now(), by=None)
    assert client.get(page).status_code == 410


def test_the_result_stays_thirty_days_and_has_a_pdf(client: Client, diagnostic: Diagnostic) -> None:
    page = address("diagnostic", diagnostic)
    question = diagnostic.version.sections.get().questions.get()
    client.post(page, {f"q{question.pk}": "3", "terminer": "1"})
    assert (diagnostic.links.get().expires_at - timezone.now()).days == 29
    document = client.get(reverse("accompaniment:diagnostic_link_pdf", args=[queries.token_of(diagnostic)]))
    assert document["Content-Type"] == "application/pdf"
    assert document.content.startswith(b"%PDF")
    end(diagnostic)
    assert client.get(page).status_code == 410


def test_a_row_has_one_link_at_a_time_and_a_link_one_kind(diagnostic: Diagnostic, client: Client) -> None:
    first = queries.token_of(diagnostic)
    actions.renew_link(row=diagnostic, now=timezone.now(), by=None, send=False)
    assert SignedLink.objects.filter(diagnostic=diagnostic, closed_at=None).count() == 1
    assert queries.token_of(diagnostic) != first
    assert client.get(reverse("accompaniment:referral_link", args=[queries.token_of(diagnostic)])).status_code == 404


def test_only_those_who_work_there_make_a_link(client: Client, ours: Organisation) -> None:
    row = ReferralFactory(organisation=ours)
    verb = reverse("accompaniment:link_renew", args=["references", row.public_id])
    for person in (
        with_role(ours, "board"),
        with_role(row.partner, "adviser"),
        with_role(OrganisationFactory(), "adviser"),
    ):
        client.force_login(person.account)
        assert client.post(verb).status_code == 404
    client.force_login(with_role(ours, "adviser").account)
    client.post(verb)
    assert row.links.count() == 1
