"""Questionnaires built in the application, and their versions."""

from datetime import datetime
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from maillage.core.actions import Refused, action, check_ours, locked
from maillage.directory.types import Account
from maillage.funding.models import Stream

from .. import access
from ..models import Question, QuestionKind, Questionnaire, QuestionnaireVersion, Section


class PublishedVersion(Refused):
    """A published version does not change: make a new one."""


class EmptyQuestionnaire(Refused):
    """A version needs a section with a question that scores."""


@action(access.team)
def create_questionnaire(
    *, organisation_id: int, title: str, introduction: str, stream_id: int | None, by: Account | None
) -> Questionnaire:
    """A questionnaire with its first version, a draft. Raises NotOurs."""
    check_ours(organisation_id, stream=(Stream, stream_id))
    row = Questionnaire.objects.create(
        organisation_id=organisation_id, title=title, introduction=introduction, stream_id=stream_id
    )
    QuestionnaireVersion.objects.create(questionnaire=row, number=1)
    return row


def _draft(version_id: int) -> QuestionnaireVersion:
    version = locked(QuestionnaireVersion, version_id)
    if version.published_at is not None:
        raise PublishedVersion(_("Une version publiée ne change plus. Préparez une nouvelle version."))
    return version


class ConditionAhead(Refused):
    """A condition looks at a question that stands before."""


@action(access.version)
def move_section(*, version_id: int, row_id: int, step: int, by: Account | None) -> None:
    """One place up (-1) or down (+1). Raises PublishedVersion, ConditionAhead."""
    version = _draft(version_id)
    _swap(list(version.sections.order_by("order", "pk")), row_id, step)
    _check_conditions(version)


@action(access.version)
def move_question(*, version_id: int, row_id: int, step: int, by: Account | None) -> None:
    """One place up (-1) or down (+1) in its section. Raises PublishedVersion, ConditionAhead."""
    version = _draft(version_id)
    question = Question.objects.filter(pk=row_id, section__version=version).first()
    if question is not None:
        _swap(list(question.section.questions.order_by("order", "pk")), row_id, step)
        _check_conditions(version)


def _swap(rows: list[Any], row_id: int, step: int) -> None:
    place = next((n for n, row in enumerate(rows) if row.pk == row_id), None)
    if place is None or not 0 <= place + step < len(rows):
        return
    rows[place], rows[place + step] = rows[place + step], rows[place]
    for order, row in enumerate(rows, start=1):
        if row.order != order:
            row.order = order
            row.save()


def _check_conditions(version: QuestionnaireVersion) -> None:
    met: set[int] = set()
    for question in Question.objects.filter(section__version=version).order_by("section__order", "order", "pk"):
        if question.show_if_id is not None and question.show_if_id not in met:
            raise ConditionAhead(
                _("« %(label)s » dépend d'une question qui viendrait après elle.") % {"label": question.label}
            )
        met.add(question.pk)


@action(access.version)
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


@action(access.version)
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


@action(access.version)
def delete_question(*, version_id: int, question_id: int, by: Account | None) -> None:
    """Take a question out of a draft. Raises PublishedVersion."""
    version = _draft(version_id)
    Question.objects.filter(show_if=question_id, section__version=version).update(show_if=None, show_values=[])
    Question.objects.filter(pk=question_id, section__version=version).delete()


@action(access.version)
def delete_section(*, version_id: int, section_id: int, by: Account | None) -> None:
    """Take a section and its questions out of a draft. Raises PublishedVersion."""
    version = _draft(version_id)
    inside = Question.objects.filter(section=section_id, section__version=version)
    Question.objects.filter(show_if__in=inside).update(show_if=None, show_values=[])
    inside.delete()
    version.sections.filter(pk=section_id).delete()


@action(access.version)
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


@action(access.questionnaire)
def new_version(*, questionnaire_id: int, by: Account | None) -> QuestionnaireVersion:
    """A draft copied from the latest version; the draft that exists already, if any."""
    questionnaire = locked(Questionnaire, questionnaire_id)
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
