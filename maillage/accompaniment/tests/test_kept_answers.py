from datetime import UTC, datetime

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from maillage.accompaniment import actions, emails, queries
from maillage.accompaniment.models import Diagnostic
from maillage.accompaniment.types import DiagnosticInvited
from maillage.directory.models import Person
from maillage.directory.tests.factories import OrganisationFactory, with_role

from .factories import QuestionFactory, QuestionnaireFactory, SectionFactory, VersionFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2023, 6, 10, 15, tzinfo=UTC)


@pytest.fixture
def adviser(client: Client) -> Person:
    person = with_role(OrganisationFactory(), "adviser")
    client.force_login(person.account)
    return person


def version(adviser: Person):
    organisation = adviser.roles.get().organisation
    row = VersionFactory(questionnaire=QuestionnaireFactory(organisation=organisation))
    QuestionFactory(section=SectionFactory(version=row, title="Marché"), label="Vos marchés ?")
    return row


def started(adviser: Person, email: str = "") -> Diagnostic:
    row = version(adviser)
    actions.publish_version(version_id=row.pk, now=NOW, by=None)
    return actions.start_diagnostic(
        organisation_id=row.questionnaire.organisation_id,
        enterprise_id=OrganisationFactory().pk,
        version_id=row.pk,
        now=timezone.now(),
        email=email,
        by=None,
    )


def test_answers_of_a_link_are_kept_as_one_goes(adviser: Person) -> None:
    row, visitor = started(adviser), Client()
    question = row.version.sections.get().questions.get()
    link = reverse("accompaniment:diagnostic_link", args=[queries.token_of(row)])
    said = visitor.post(link, {f"q{question.pk}": "4"}, headers={"HX-Request": "true"})
    assert "Réponses gardées à" in said.text
    assert queries.answers_of(row) == {question.pk: 4}
    row.refresh_from_db()
    assert row.answered_at is None
    visitor.post(link, {f"q{question.pk}": "3", "terminer": "1"})
    late = visitor.post(link, {f"q{question.pk}": "0"}, headers={"HX-Request": "true"})
    assert late.status_code == 200
    row.refresh_from_db()
    assert row.answers.get().value == 3


def test_a_question_of_a_draft_is_corrected_in_place(client: Client, adviser: Person) -> None:
    row = version(adviser)
    question = row.sections.get().questions.get()
    address = reverse("accompaniment:version", args=[row.public_id])
    assert f"question-{question.pk}" in client.get(address, {"question": question.pk}).text
    change = reverse("accompaniment:version_change", args=[row.public_id])
    data = {"verbe": "corriger-question", "question": question.pk, "label": "Vos clients ?", "kind": "scale"}
    assert client.post(change, {**data, "label": "", "weight": 1}).status_code == 422
    client.post(change, {**data, "weight": 3, "required": "on"})
    question.refresh_from_db()
    assert (question.label, question.weight) == ("Vos clients ?", 3)
    actions.publish_version(version_id=row.pk, now=NOW, by=None)
    client.post(change, {**data, "weight": 9})
    question.refresh_from_db()
    assert question.weight == 3


def test_mail_is_in_the_language_of_the_person(adviser: Person) -> None:
    reader = with_role(OrganisationFactory(), "producer", language="en")
    row = started(adviser, email=reader.account.email)
    reader.account.language = "en"
    reader.account.save()
    emails.send_diagnostic(DiagnosticInvited(diagnostic_id=row.pk))
    assert "invites you to" in mail.outbox[-1].body
    Diagnostic.objects.update(email="inconnue@exemple.org")
    emails.send_diagnostic(DiagnosticInvited(diagnostic_id=row.pk))
    assert "vous invite" in mail.outbox[-1].body
