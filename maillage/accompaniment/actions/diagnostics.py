"""Diagnostics: started with an enterprise, answered with it or by it, withdrawn."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core.actions import Refused, action, locked
from maillage.directory.models import Organisation
from maillage.directory.models.frozen import snapshot
from maillage.directory.queries import canonical_ids
from maillage.directory.types import Account

from .. import access
from ..models import Answer, ClientFile, Closing, Diagnostic, Question, QuestionKind, QuestionnaireVersion
from ..scoring import SCALE, shown
from .links import RESULT_LASTS, announce, close_link, extend_link, make_link


class NotPublished(Refused):
    """Only a published version is answered."""


class AlreadyAnswered(Refused):
    """The diagnostic is finished."""


class MissingAnswers(Refused):
    """Required questions have no answer. `questions` are their keys."""

    def __init__(self, message: str, questions: list[int]) -> None:
        super().__init__(message)
        self.questions = questions


@action(access.team)
def start_diagnostic(
    *,
    organisation_id: int,
    enterprise_id: int,
    version_id: int,
    now: datetime,
    by: Account | None,
    adviser_id: int | None = None,
    mandate_id: int | None = None,
    email: str = "",
    is_demo: bool = False,
) -> Diagnostic:
    """Begin a diagnostic, with a link to answer it without an account; the enterprise receives it at `email`, if given.

    Raises NotPublished.
    """
    today = timezone.localdate(now)
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
    make_link(row, now=now, by=by, sent_to=email)
    if email:
        announce(row)
    return row


@action(access.diagnostic)
def answer_diagnostic(
    *, diagnostic_id: int, answers: Mapping[int, Any], finish: bool, now: datetime, by: Account | None = None
) -> Diagnostic:
    """Keep answers (question's key → value), those of questions that are not shown left out; `finish` closes the
    diagnostic: the day counts as its delivery, and MRC, sector and size are copied.

    Raises AlreadyAnswered, MissingAnswers (what was answered is not kept then: the form still holds it).
    """
    row = locked(Diagnostic, diagnostic_id)
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
    extend_link(row, until=now + RESULT_LASTS)


@action(access.diagnostic)
def withdraw_diagnostic(*, diagnostic_id: int, now: datetime, by: Account | None) -> None:
    """Started by mistake, or not to be answered any more: it stays, counts for nothing, and its link opens nothing."""
    row = locked(Diagnostic, diagnostic_id)
    if row.cancelled_at is None:
        row.cancelled_at = now
        row.save()
        close_link(row, now=now, because=Closing.WITHDRAWN)


@action(access.diagnostic)
def restore_diagnostic(*, diagnostic_id: int, now: datetime, by: Account | None) -> None:
    """Undo a withdrawal; a fresh link is made, and not sent."""
    row = locked(Diagnostic, diagnostic_id)
    if row.cancelled_at is not None:
        row.cancelled_at = None
        row.save()
        make_link(row, now=now, by=by)
