"""Questionnaires built in the application, their versions, and diagnostics made with them."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core.actions import Refused, action
from maillage.core.events import publish
from maillage.directory.models import Organisation
from maillage.directory.models.frozen import snapshot
from maillage.directory.queries import canonical_ids
from maillage.directory.types import Account

from ..models import (
    Answer,
    ClientFile,
    Diagnostic,
    Question,
    QuestionKind,
    Questionnaire,
    QuestionnaireVersion,
    Section,
)
from ..scoring import SCALE, shown
from ..types import DiagnosticInvited


class PublishedVersion(Refused):
    """A published version does not change: make a new one."""


class EmptyQuestionnaire(Refused):
    """A version needs a section with a question that scores."""


class NotPublished(Refused):
    """Only a published version is answered."""


class AlreadyAnswered(Refused):
    """The diagnostic is finished."""


class MissingAnswers(Refused):
    """Required questions have no answer. `questions` are their keys."""

    def __init__(self, message: str, questions: list[int]) -> None:
        super().__init__(message)
        self.questions = questions


@action
def create_questionnaire(
    *, organisation_id: int, title: str, introduction: str, stream_id: int | None, by: Account | None
) -> Questionnaire:
    """A questionnaire with its first version, a draft."""
    row = Questionnaire.objects.create(
        organisation_id=organisation_id, title=title, introduction=introduction, stream_id=stream_id
    )
    QuestionnaireVersion.objects.create(questionnaire=row, number=1)
    return row


def _draft(version_id: int) -> QuestionnaireVersion:
    version = QuestionnaireVersion.objects.select_for_update(of=("self",), no_key=True).get(pk=version_id)
    if version.published_at is not None:
        raise PublishedVersion(_("Une version publiée ne change plus. Préparez une nouvelle version."))
    return version


@action
def save_section(
    *, version_id: int, title: str, advice: str, by: Account | None, section_id: int | None = None
) -> Section:
    """Add a section at the end, or change one. Raises PublishedVersion."""
    version = _draft(version_id)
    if section_id is not None:
        section = version.sections.get(pk=section_id)
        section.title, section.advice = title, advice
        section.save()
        return section
    last = version.sections.aggregate(last=Max("order"))["last"] or 0
    return Section.objects.create(version=version, title=title, advice=advice, order=last + 1)


@action
def save_question(
    *, version_id: int, section_id: int, values: dict[str, Any], by: Account | None, question_id: int | None = None
) -> Question:
    """Add a question at the end of a section, or change one. A condition looks at an earlier question of the version.

    Raises PublishedVersion.
    """
    version = _draft(version_id)
    section = version.sections.get(pk=section_id)
    parent = values.get("show_if")
    if parent is not None and parent.section.version_id != version.pk:
        values = {**values, "show_if": None, "show_values": []}
    if question_id is not None:
        question = Question.objects.get(pk=question_id, section__version=version)
        for name, value in values.items():
            setattr(question, name, value)
        question.save()
        return question
    last = section.questions.aggregate(last=Max("order"))["last"] or 0
    return Question.objects.create(section=section, order=last + 1, **values)


@action
def delete_question(*, version_id: int, question_id: int, by: Account | None) -> None:
    """Take a question out of a draft. Raises PublishedVersion."""
    version = _draft(version_id)
    Question.objects.filter(show_if=question_id, section__version=version).update(show_if=None, show_values=[])
    Question.objects.filter(pk=question_id, section__version=version).delete()


@action
def delete_section(*, version_id: int, section_id: int, by: Account | None) -> None:
    """Take a section and its questions out of a draft. Raises PublishedVersion."""
    version = _draft(version_id)
    inside = Question.objects.filter(section=section_id, section__version=version)
    Question.objects.filter(show_if__in=inside).update(show_if=None, show_values=[])
    inside.delete()
    version.sections.filter(pk=section_id).delete()


@action
def publish_version(*, version_id: int, now: datetime, by: Account | None) -> QuestionnaireVersion:
    """From now on the version is used and does not change (the base refuses it). Raises PublishedVersion,
    EmptyQuestionnaire."""
    version = _draft(version_id)
    scored = Question.objects.filter(
        section__version=version, kind__in=[QuestionKind.SCALE, QuestionKind.CHOICE], weight__gt=0
    )
    if not scored.exists():
        raise EmptyQuestionnaire(_("Ajoutez au moins une question d'échelle ou de choix avant de publier."))
    version.published_at = now
    version.save()
    return version


@action
def new_version(*, questionnaire_id: int, by: Account | None) -> QuestionnaireVersion:
    """A draft copied from the latest version; the draft that exists already, if any."""
    questionnaire = Questionnaire.objects.select_for_update(of=("self",), no_key=True).get(pk=questionnaire_id)
    latest = questionnaire.versions.order_by("-number").prefetch_related("sections__questions").first()
    if latest is None:
        return QuestionnaireVersion.objects.create(questionnaire=questionnaire, number=1)
    if latest.published_at is None:
        return latest
    version = QuestionnaireVersion.objects.create(questionnaire=questionnaire, number=latest.number + 1)
    copies: dict[int, Question] = {}
    for section in latest.sections.all():
        twin = Section.objects.create(version=version, title=section.title, advice=section.advice, order=section.order)
        for question in section.questions.all():
            copies[question.pk] = _copy(question, twin)
    for question in Question.objects.filter(pk__in=copies, show_if__isnull=False):
        copy, parent = copies[question.pk], copies.get(question.show_if_id or 0)
        copy.show_if, copy.show_values = parent, question.show_values if parent else []
        copy.save()
    return version


def _copy(question: Question, section: Section) -> Question:
    kept = ("order", "kind", "label", "help", "options", "weight", "required")
    return Question.objects.create(section=section, **{name: getattr(question, name) for name in kept})


@action
def start_diagnostic(
    *,
    organisation_id: int,
    enterprise_id: int,
    version_id: int,
    today: date,
    by: Account | None,
    adviser_id: int | None = None,
    mandate_id: int | None = None,
    email: str = "",
    is_demo: bool = False,
) -> Diagnostic:
    """Begin a diagnostic; with `email`, the enterprise receives a link to answer it, without an account.

    Raises NotPublished.
    """
    version = QuestionnaireVersion.objects.select_related("questionnaire").get(pk=version_id)
    if version.published_at is None or version.questionnaire.organisation_id != organisation_id:
        raise NotPublished(_("Publiez le questionnaire avant de vous en servir."))
    enterprise = Organisation.objects.get(pk=canonical_ids([enterprise_id])[enterprise_id])
    row = Diagnostic.objects.create(
        organisation_id=organisation_id,
        enterprise=enterprise,
        version=version,
        adviser_id=adviser_id,
        mandate_id=mandate_id,
        email=email,
        started_on=today,
        is_demo=is_demo,
        **snapshot(enterprise, today),
    )
    ClientFile.objects.get_or_create(
        organisation_id=organisation_id,
        enterprise=enterprise,
        defaults={"adviser_id": adviser_id, "opened_on": today},
    )
    if email:
        publish(DiagnosticInvited(diagnostic_id=row.pk))
    return row


@action
def answer_diagnostic(
    *, diagnostic_id: int, answers: Mapping[int, Any], finish: bool, now: datetime, by: Account | None = None
) -> Diagnostic:
    """Keep answers (question's key → value), those of questions that are not shown left out; `finish` closes the
    diagnostic: the day counts as its delivery, and MRC, sector and size are copied.

    Raises AlreadyAnswered, MissingAnswers (what was answered is not kept then: the form still holds it).
    """
    row = Diagnostic.objects.select_for_update(of=("self",), no_key=True).get(pk=diagnostic_id)
    if row.answered_at is not None:
        raise AlreadyAnswered(_("Ce diagnostic est terminé ; ses réponses ne changent plus."))
    questions = {q.pk: q for q in Question.objects.filter(section__version=row.version_id)}
    asked = {pk: q for pk, q in questions.items() if shown(q, answers, questions)}
    kept = {pk: answers[pk] for pk, q in asked.items() if _answered(q, answers.get(pk))}
    if finish:
        missing = [pk for pk, q in asked.items() if q.required and pk not in kept]
        if missing:
            raise MissingAnswers(_("Il reste des questions sans réponse."), missing)
    row.answers.all().delete()
    Answer.objects.bulk_create([Answer(diagnostic=row, question_id=pk, value=value) for pk, value in kept.items()])
    if finish:
        _finish(row, now)
    return row


def _answered(question: Question, value: Any) -> bool:
    if value is None or value == "":
        return False
    if question.kind == QuestionKind.SCALE:
        return isinstance(value, int) and 0 <= value <= SCALE
    if question.kind == QuestionKind.CHOICE:
        return isinstance(value, int) and 0 <= value < len(question.options)
    return True


def _finish(row: Diagnostic, now: datetime) -> None:
    enterprise = Organisation.objects.get(pk=canonical_ids([row.enterprise_id])[row.enterprise_id])
    row.answered_at, row.delivered_on = now, timezone.localdate(now)
    for name, value in snapshot(enterprise, row.delivered_on).items():
        setattr(row, name, value)
    row.save()
