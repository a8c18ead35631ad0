from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from maillage.accompaniment import actions, emails, queries
from maillage.accompaniment.models import (
    Diagnostic,
    OutcomeFollowUp,
    Question,
    QuestionnaireVersion,
    Referral,
    StageChange,
)
from maillage.accompaniment.types import DiagnosticInvited, FollowUpAsked, ReferralSent
from maillage.directory.models import Organisation, Person
from maillage.directory.tests.factories import OrganisationFactory, with_role

from .factories import (
    DeliverableFactory,
    MandateFactory,
    QuestionFactory,
    QuestionnaireFactory,
    SectionFactory,
    VersionFactory,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2023, 6, 10, 15, tzinfo=UTC)


@pytest.fixture
def adviser(client: Client) -> Person:
    person = with_role(OrganisationFactory(), "adviser")
    client.force_login(person.account)
    return person


@pytest.fixture
def ours(adviser: Person) -> Organisation:
    return adviser.roles.get().organisation


# --- mandates --------------------------------------------------------------------------------


def move(mandate, to: str, on: date = date(2023, 6, 1), reason: str = ""):
    return actions.move_mandate(mandate_id=mandate.pk, to_stage=to, on=on, reason=reason, now=NOW, by=None)


def test_closing_ends_the_mandate_and_plans_the_questions() -> None:
    mandate = MandateFactory()
    move(mandate, "closed", on=date(2023, 5, 31))
    mandate.refresh_from_db()
    assert mandate.during.upper == date(2023, 6, 1)
    due = list(OutcomeFollowUp.objects.values_list("months", "due_on"))
    assert due == [(6, date(2023, 11, 30)), (12, date(2024, 5, 31)), (24, date(2025, 5, 31))]
    move(mandate, "action", reason="nouveau marché")
    mandate.refresh_from_db()
    assert mandate.during.upper is None
    assert not OutcomeFollowUp.objects.exists()
    assert StageChange.objects.count() == 2


@pytest.mark.parametrize(
    ("to", "on", "refusal"),
    [
        ("welcome", date(2023, 6, 1), actions.AlreadyThere),
        ("plan", date(2023, 6, 11), actions.OutOfOrder),
        ("plan", date(2022, 3, 31), actions.OutOfOrder),
        ("abandoned", date(2023, 6, 1), actions.ReasonMissing),
    ],
)
def test_wrong_move_changes_nothing(to: str, on: date, refusal: type[Exception]) -> None:
    mandate = MandateFactory()
    with pytest.raises(refusal):
        move(mandate, to, on=on)
    mandate.refresh_from_db()
    assert (mandate.stage, mandate.changes.count()) == ("welcome", 0)


def test_document_is_for_the_organisation_alone(client: Client, ours: Organisation) -> None:
    deliverable = DeliverableFactory(mandate__organisation=ours)
    made = actions.add_document(
        deliverable_id=deliverable.pk, file=ContentFile(b"plan", name="plan.pdf"), name="plan.pdf", now=NOW, by=None
    )
    page = reverse("accompaniment:document", args=[made.public_id])
    answer = client.get(page)
    assert b"".join(answer.streaming_content) == b"plan"
    assert "attachment" in answer["Content-Disposition"]
    client.force_login(with_role(OrganisationFactory(), "director").account)
    assert client.get(page).status_code == 404
    made.file.delete(save=False)


# --- diagnostics -----------------------------------------------------------------------------


@pytest.fixture
def version(ours: Organisation) -> QuestionnaireVersion:
    made = VersionFactory(questionnaire=QuestionnaireFactory(organisation=ours))
    for title in ("Marché", "Équipe", "Finances"):
        section = SectionFactory(version=made, title=title, advice=f"Travailler {title}")
        first = QuestionFactory(section=section, label=f"{title} 1", weight=3)
        QuestionFactory(section=section, label=f"{title} 2", show_if=first, show_values=[0, 1], required=True)
    actions.publish_version(version_id=made.pk, now=NOW, by=None)
    return made


def start(version: QuestionnaireVersion, enterprise: Organisation, now: datetime | None = None) -> Diagnostic:
    return actions.start_diagnostic(
        organisation_id=version.questionnaire.organisation_id,
        enterprise_id=enterprise.pk,
        version_id=version.pk,
        now=now or timezone.now(),
        by=None,
    )


def answer(row: Diagnostic, scores: list[int], now: datetime = NOW) -> None:
    questions = list(Question.objects.filter(section__version=row.version_id).order_by("section__pk", "pk"))
    given = dict(zip([q.pk for q in questions], scores, strict=True))
    actions.answer_diagnostic(diagnostic_id=row.pk, answers=given, finish=True, now=now)


def test_published_version_never_changes(version: QuestionnaireVersion) -> None:
    question = Question.objects.filter(section__version=version).first()
    with pytest.raises(IntegrityError), transaction.atomic():
        Question.objects.filter(pk=question.pk).update(label="autre")
    with pytest.raises(IntegrityError), transaction.atomic():
        Question.objects.filter(pk=question.pk).delete()
    with pytest.raises(actions.PublishedVersion):
        actions.save_section(version_id=version.pk, title="Autre", advice="", by=None)
    question.refresh_from_db()
    assert question.label != "autre"


def test_next_version_is_a_copy_with_its_conditions(version: QuestionnaireVersion) -> None:
    copy = actions.new_version(questionnaire_id=version.questionnaire_id, by=None)
    assert copy.number == 2
    assert copy.sections.count() == 3
    second = Question.objects.get(section__version=copy, label="Marché 2")
    assert second.show_if.section.version == copy
    assert second.show_values == [0, 1]


def test_scores_weigh_and_leave_out_what_is_not_shown(version: QuestionnaireVersion) -> None:
    row = start(version, OrganisationFactory())
    answer(row, [1, 5, 5, 0, 4, 0])  # the second question of a section is shown when the first is 0 or 1
    found = queries.diagnostic_for(user=with_role(row.organisation, "adviser").account, public_id=row.public_id)
    result = queries.result_of(found)
    assert [s.score for s in result.sections] == [40.0, 100.0, 80.0]  # (3 × 20 + 1 × 100) / 4
    assert [p.title for p in result.priorities] == ["Marché"]
    assert found.answers.count() == 4
    assert found.delivered_on == date(2023, 6, 10)


def test_required_questions_that_are_shown_are_asked_for(version: QuestionnaireVersion) -> None:
    row = start(version, OrganisationFactory())
    first = Question.objects.get(section__version=version, label="Marché 1")
    with pytest.raises(actions.MissingAnswers) as refused:
        actions.answer_diagnostic(diagnostic_id=row.pk, answers={first.pk: 0}, finish=True, now=NOW)
    labels = set(Question.objects.filter(pk__in=refused.value.questions).values_list("label", flat=True))
    assert labels == {"Marché 2", "Équipe 1", "Finances 1"}
    assert not row.answers.exists()


def test_next_diagnostic_compares_with_the_one_before(client: Client, version: QuestionnaireVersion) -> None:
    enterprise = OrganisationFactory()
    before = start(version, enterprise, datetime(2022, 6, 1, 15, tzinfo=UTC))
    answer(before, [2, 0, 2, 0, 2, 0], now=datetime(2022, 6, 10, 15, tzinfo=UTC))
    row = start(version, enterprise)
    answer(row, [4, 0, 2, 0, 2, 0])
    page = client.get(reverse("accompaniment:diagnostic", args=[row.public_id])).content.decode()
    assert "+40" in page
    assert "<polygon" in page


def test_enterprise_answers_by_its_link_and_nothing_else(client: Client, version: QuestionnaireVersion) -> None:
    row = start(version, OrganisationFactory())
    client.logout()
    link = reverse("accompaniment:diagnostic_link", args=[queries.token_of(row)])
    questions = list(Question.objects.filter(section__version=version).order_by("section__pk", "pk"))
    data = {f"q{q.pk}": "3" for q in questions}
    assert client.post(link, {"terminer": "1"}).status_code == 422
    client.post(link, {**data, "terminer": "1"})
    row.refresh_from_db()
    assert row.answered_at is not None
    assert "60" in client.get(link).content.decode()
    client.post(link, {f"q{questions[0].pk}": "5", "terminer": "1"})
    assert row.answers.get(question=questions[0]).value == 3
    assert client.get(reverse("accompaniment:diagnostic_link", args=["x" + queries.token_of(row)])).status_code == 404


# --- referrals, financing, canvassing, outcomes ----------------------------------------------


def refer(ours: Organisation, **more: str) -> Referral:
    return actions.refer(
        organisation_id=ours.pk,
        enterprise_id=OrganisationFactory().pk,
        partner_id=OrganisationFactory().pk,
        need="Une traduction",
        now=timezone.now(),
        by=None,
        **{"consented_by": "La direction", "partner_email": "partenaire@exemple.test", **more},
    )


def test_referral_needs_consent(ours: Organisation) -> None:
    with pytest.raises(actions.ConsentMissing):
        refer(ours, consented_by="")
    assert not Referral.objects.exists()


def test_partner_answers_then_tells_the_outcome_by_its_link(client: Client, ours: Organisation) -> None:
    row = refer(ours)
    emails.send_referral(ReferralSent(row.pk))
    link = reverse("accompaniment:referral_link", args=[queries.token_of(row)])
    assert link in mail.outbox[0].body
    client.logout()
    client.post(link, {"reponse": "oui", "answer": "Avec plaisir"})
    client.post(link, {"outcome": "Site traduit"})
    row.refresh_from_db()
    assert (row.state, row.answer, row.outcome) == ("done", "Avec plaisir", "Site traduit")


def test_whether_it_was_a_client_is_frozen(ours: Organisation) -> None:
    enterprise = OrganisationFactory()

    def meet() -> bool:
        return actions.record_meeting(
            organisation_id=ours.pk, met_on=date(2023, 6, 1), enterprise_id=enterprise.pk, now=NOW, by=None
        ).was_client

    assert meet() is False
    actions.open_file(
        organisation_id=ours.pk, enterprise_id=enterprise.pk, adviser_id=None, today=date(2023, 5, 1), by=None
    )
    assert meet() is True
    assert list(queries.meetings_for(user=ours.roles.get().person.account).values_list("was_client", flat=True)) == [
        True,
        False,
    ]


def test_financing_is_positive(ours: Organisation) -> None:
    with pytest.raises(actions.NoAmount):
        actions.record_financing(
            organisation_id=ours.pk,
            enterprise_id=OrganisationFactory().pk,
            kind="loan",
            amount=Decimal(0),
            authorised_on=date(2023, 6, 1),
            authorised_by_network=True,
            now=NOW,
            by=None,
        )


def test_outcome_question_is_asked_once_and_answered_once(client: Client) -> None:
    mandate = MandateFactory(enterprise__email="entreprise@exemple.test")
    move(mandate, "closed")
    later = datetime(2023, 12, 2, 15, tzinfo=UTC)
    assert actions.ask_due_follow_ups(now=NOW) == 0
    assert actions.ask_due_follow_ups(now=later) == 1
    assert actions.ask_due_follow_ups(now=later) == 0
    row = OutcomeFollowUp.objects.get(months=6)
    row.links.update(expires_at=timezone.now() + timedelta(days=1))
    emails.send_follow_up(FollowUpAsked(row.pk))
    link = reverse("accompaniment:follow_up_link", args=[queries.token_of(row)])
    assert link in mail.outbox[0].body
    assert client.post(link, {"jobs_change": "beaucoup"}).status_code == 422
    client.post(link, {"sales": "up", "jobs_change": "2", "helped": "4"})
    client.post(link, {"sales": "down"})
    row.refresh_from_db()
    assert (row.sales, row.jobs_change, row.helped) == ("up", 2, 4)


def test_diagnostic_link_is_not_sent_once_answered(version: QuestionnaireVersion) -> None:
    row = start(version, OrganisationFactory())
    Diagnostic.objects.filter(pk=row.pk).update(email="a@exemple.test")
    emails.send_diagnostic(DiagnosticInvited(row.pk))
    assert len(mail.outbox) == 1
    answer(row, [3, 0, 3, 0, 3, 0], now=timezone.now())
    emails.send_diagnostic(DiagnosticInvited(row.pk))
    assert len(mail.outbox) == 1


def test_every_page_opens(client: Client, ours: Organisation, version: QuestionnaireVersion) -> None:
    mandate = MandateFactory(organisation=ours)
    referral = refer(ours)
    diagnostic = start(version, mandate.enterprise)
    actions.open_file(
        organisation_id=ours.pk, enterprise_id=mandate.enterprise_id, adviser_id=None, today=date(2023, 5, 1), by=None
    )
    lists = (
        "enterprises", "interventions", "intervention_new", "week", "import", "mandates",
        "mandate_new", "questionnaires", "questionnaire_new", "diagnostics", "diagnostic_new", "referrals",
        "referral_new", "financings", "financing_new", "meetings",
    )  # fmt: skip
    pages = [reverse(f"accompaniment:{name}") for name in lists]
    for name, row in (
        ("mandate", mandate),
        ("referral", referral),
        ("diagnostic", diagnostic),
        ("version", version),
        ("enterprise", mandate.enterprise),
    ):
        pages.append(reverse(f"accompaniment:{name}", args=[row.public_id]))
    for page in pages:
        assert client.get(page).status_code == 200, page
    client.force_login(with_role(OrganisationFactory(), "packer").account)
    for page in pages:
        assert client.get(page).status_code == 404, page
