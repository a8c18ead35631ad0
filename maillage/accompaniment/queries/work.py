"""Mandates, diagnostics and questionnaires that a person may read; what a signed link opens."""

from typing import Any, cast
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.http import Http404

from maillage.directory.models import Organisation
from maillage.directory.queries import clusters, organisations_where

from ..models import (
    Deliverable,
    Diagnostic,
    Document,
    Intensity,
    Mandate,
    OutcomeFollowUp,
    Question,
    Questionnaire,
    QuestionnaireVersion,
    Referral,
    Section,
    SignedLink,
)
from ..scoring import result
from ..types import READERS, WORKERS, Result
from .search import matching


def _kinds(to_change: bool) -> tuple[str, ...]:
    return WORKERS if to_change else READERS


def one[M: Any](rows: QuerySet[M], public_id: UUID | str) -> M:
    """The row of that public id; Http404 otherwise."""
    row = rows.filter(public_id=public_id).first()
    if row is None:
        raise Http404
    return row


def within(rows: QuerySet[Any], user: Any, *, to_change: bool = False, path: str = "organisation") -> QuerySet[Any]:
    return rows.filter(**{f"{path}__in": organisations_where(user=user, kinds=_kinds(to_change))})


def mandates_for(
    *,
    user: Any,
    enterprise: Organisation | None = None,
    adviser_id: int | None = None,
    over: bool | None = None,
    cancelled: bool = False,
    text: str = "",
    intensity: str = "",
    organisation_ids: list[int] | None = None,
) -> QuerySet[Mandate]:
    """Mandates of the user's organisations; `over`: only those that ended, or only those that last; those cancelled
    instead, if asked."""
    rows = within(Mandate.objects.filter(cancelled_at__isnull=not cancelled), user).select_related(
        "organisation", "enterprise", "stream", "adviser", "edition", "mrc"
    )
    if enterprise is not None:
        rows = rows.filter(enterprise__in=clusters([enterprise.pk])[enterprise.pk])
    if adviser_id:
        rows = rows.filter(adviser=adviser_id)
    if organisation_ids is not None:
        rows = rows.filter(organisation__in=organisation_ids)
    if intensity in Intensity.values:
        rows = rows.filter(intensity=intensity)
    if text.strip():
        rows = rows.filter(enterprise__in=matching(Organisation.objects.all(), text).values("pk"))
    if over is not None:
        rows = (
            rows.filter(stage__in=["closed", "abandoned"]) if over else rows.exclude(stage__in=["closed", "abandoned"])
        )
    return rows.order_by("-during", "pk")


def mandate_for(*, user: Any, public_id: UUID | str, to_change: bool = False) -> Mandate:
    """A mandate with its changes, deliverables, documents and interventions; Http404 otherwise."""
    rows = within(Mandate.objects.all(), user, to_change=to_change).select_related(
        "organisation", "enterprise", "stream", "adviser", "edition", "agreement", "mrc"
    )
    deliverables = Deliverable.objects.select_related("plan").prefetch_related("documents")
    found: Mandate = one(
        rows.prefetch_related(
            "changes__by__person", "follow_ups", Prefetch("deliverables", queryset=deliverables), "diagnostics"
        ),
        public_id,
    )
    return found


def document_for(*, user: Any, public_id: UUID | str, to_change: bool = False) -> Document:
    """A document of a mandate of the user's organisations, taken out or not for who may change it; Http404
    otherwise."""
    rows = Document.objects.select_related("deliverable__mandate")
    rows = within(rows, user, to_change=to_change, path="deliverable__mandate__organisation")
    found: Document = one(rows if to_change else rows.filter(removed_at=None), public_id)
    return found


def deliverable_for(*, user: Any, public_id: UUID | str) -> Deliverable:
    """A deliverable that the user may change; Http404 otherwise."""
    rows = within(Deliverable.objects.select_related("mandate"), user, to_change=True, path="mandate__organisation")
    found: Deliverable = one(rows, public_id)
    return found


def questionnaires_for(*, user: Any) -> QuerySet[Questionnaire]:
    """Questionnaires of the user's organisations, with their versions."""
    return (
        within(Questionnaire.objects.all(), user).select_related("organisation", "stream").prefetch_related("versions")
    )


def _with_sections(rows: QuerySet[QuestionnaireVersion]) -> QuerySet[QuestionnaireVersion]:
    sections = Section.objects.prefetch_related(
        Prefetch("questions", queryset=Question.objects.select_related("show_if"))
    )
    return rows.select_related("questionnaire__organisation").prefetch_related(Prefetch("sections", queryset=sections))


def version_for(*, user: Any, public_id: UUID | str, to_change: bool = False) -> QuestionnaireVersion:
    """A version with its sections and questions; Http404 otherwise."""
    rows = within(QuestionnaireVersion.objects.all(), user, to_change=to_change, path="questionnaire__organisation")
    found: QuestionnaireVersion = one(_with_sections(rows), public_id)
    return found


def published_versions(*, organisation_id: int) -> list[QuestionnaireVersion]:
    """The latest published version of each questionnaire."""
    rows = QuestionnaireVersion.objects.filter(
        questionnaire__organisation=organisation_id, published_at__isnull=False
    ).select_related("questionnaire")
    latest: dict[int, QuestionnaireVersion] = {}
    for row in rows.order_by("-number"):
        latest.setdefault(row.questionnaire_id, row)
    return sorted(latest.values(), key=lambda v: v.questionnaire.title)


def _diagnostics() -> QuerySet[Diagnostic]:
    versions = _with_sections(QuestionnaireVersion.objects.all())
    return Diagnostic.objects.select_related("organisation", "enterprise", "adviser", "mandate").prefetch_related(
        "answers", Prefetch("version", queryset=versions)
    )


def diagnostics_for(*, user: Any, text: str = "", which: str = "") -> QuerySet[Diagnostic]:
    """Diagnostics of the user's organisations, the latest first. `which`: "attente", "finis" or "retires"."""
    rows = Diagnostic.objects.select_related("enterprise", "adviser", "version__questionnaire")
    rows = rows.filter(cancelled_at__isnull=which != "retires")
    if which in ("attente", "finis"):
        rows = rows.filter(answered_at__isnull=which == "attente")
    if text.strip():
        rows = rows.filter(enterprise__in=matching(Organisation.objects.all(), text).values("pk"))
    return within(rows, user).order_by("-started_on", "-pk")


def diagnostic_for(*, user: Any, public_id: UUID | str, to_change: bool = False) -> Diagnostic:
    """A diagnostic with its questions and answers; Http404 otherwise."""
    found: Diagnostic = one(within(_diagnostics(), user, to_change=to_change), public_id)
    return found


def answers_of(diagnostic: Diagnostic) -> dict[int, Any]:
    """By question's key."""
    return {a.question_id: a.value for a in diagnostic.answers.all()}


def diagnostics_before(diagnostic: Diagnostic, limit: int = 6) -> list[Diagnostic]:
    """Those finished before, of the same enterprise with the same questionnaire (whatever its version), the latest
    first."""
    rows = _diagnostics().filter(
        organisation=diagnostic.organisation_id,
        enterprise__in=clusters([diagnostic.enterprise_id])[diagnostic.enterprise_id],
        version__questionnaire=diagnostic.version.questionnaire_id,
        delivered_on__isnull=False,
        cancelled_at=None,
        delivered_on__lte=diagnostic.delivered_on or diagnostic.started_on,
    )
    return list(rows.exclude(pk=diagnostic.pk).order_by("-delivered_on", "-pk")[:limit])


def result_of(diagnostic: Diagnostic, previous: Diagnostic | None = None) -> Result:
    """Scores by section and priorities; beside them the previous diagnostic's, matched by the section's title."""
    before = None
    if previous is not None:
        before = {s.title: s.score for s in result(previous.version.sections.all(), answers_of(previous)).sections}
    return result(diagnostic.version.sections.all(), answers_of(diagnostic), before)


# --- what a signed link opens ----------------------------------------------------------------


def diagnostic_of_link(link: SignedLink) -> Diagnostic:
    """The diagnostic that the link opens, with its questions; Http404 once it is withdrawn."""
    return cast(Diagnostic, _by_key(_diagnostics().filter(cancelled_at=None), link.diagnostic_id))


def referral_of_link(link: SignedLink) -> Referral:
    """The referral that the link opens; Http404 once it is withdrawn."""
    rows = Referral.objects.filter(cancelled_at=None).select_related("organisation", "enterprise", "partner", "adviser")
    return cast(Referral, _by_key(rows, link.referral_id))


def follow_up_of_link(link: SignedLink) -> OutcomeFollowUp:
    """The outcome question that the link opens; Http404 once its mandate is cancelled."""
    rows = OutcomeFollowUp.objects.filter(mandate__cancelled_at=None).select_related(
        "mandate__organisation", "mandate__enterprise", "mandate__adviser"
    )
    return cast(OutcomeFollowUp, _by_key(rows, link.follow_up_id))


def _by_key(rows: QuerySet[Any], key: int | None) -> Any:
    row = rows.filter(pk=key).first()
    if row is None:
        raise Http404
    return row
