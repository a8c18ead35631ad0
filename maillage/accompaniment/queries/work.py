"""Mandates, diagnostics, questionnaires, referrals, financings and meetings that a person may read; signed links."""

from typing import Any
from uuid import UUID

from django.core import signing
from django.db.models import Prefetch, QuerySet
from django.http import Http404

from maillage.directory.models import Organisation
from maillage.directory.queries import clusters, organisations_where

from ..models import (
    CanvassMeeting,
    Deliverable,
    Diagnostic,
    Document,
    FinancingIntervention,
    Mandate,
    OutcomeFollowUp,
    Question,
    Questionnaire,
    QuestionnaireVersion,
    Referral,
    Section,
)
from ..scoring import result
from ..types import READERS, WORKERS, Result


def _kinds(to_change: bool) -> tuple[str, ...]:
    return WORKERS if to_change else READERS


def _one[M: Any](rows: QuerySet[M], public_id: UUID | str) -> M:
    row = rows.filter(public_id=public_id).first()
    if row is None:
        raise Http404
    return row


def _of(rows: QuerySet[Any], user: Any, *, to_change: bool = False, path: str = "organisation") -> QuerySet[Any]:
    return rows.filter(**{f"{path}__in": organisations_where(user=user, kinds=_kinds(to_change))})


def mandates_for(
    *,
    user: Any,
    enterprise: Organisation | None = None,
    adviser_id: int | None = None,
    over: bool | None = None,
    organisation_ids: list[int] | None = None,
) -> QuerySet[Mandate]:
    """Mandates of the user's organisations; `over`: only those that ended, or only those that last."""
    rows = _of(Mandate.objects.filter(cancelled_at=None), user).select_related(
        "organisation", "enterprise", "stream", "adviser", "edition", "mrc"
    )
    if enterprise is not None:
        rows = rows.filter(enterprise__in=clusters([enterprise.pk])[enterprise.pk])
    if adviser_id:
        rows = rows.filter(adviser=adviser_id)
    if organisation_ids is not None:
        rows = rows.filter(organisation__in=organisation_ids)
    if over is not None:
        rows = (
            rows.filter(stage__in=["closed", "abandoned"]) if over else rows.exclude(stage__in=["closed", "abandoned"])
        )
    return rows.order_by("-during", "pk")


def mandate_for(*, user: Any, public_id: UUID | str, to_change: bool = False) -> Mandate:
    """A mandate with its changes, deliverables, documents and interventions; Http404 otherwise."""
    rows = _of(Mandate.objects.all(), user, to_change=to_change).select_related(
        "organisation", "enterprise", "stream", "adviser", "edition", "agreement", "mrc"
    )
    deliverables = Deliverable.objects.prefetch_related("documents")
    found: Mandate = _one(
        rows.prefetch_related(
            "changes__by", "follow_ups", Prefetch("deliverables", queryset=deliverables), "diagnostics"
        ),
        public_id,
    )
    return found


def document_for(*, user: Any, public_id: UUID | str) -> Document:
    """A document of a mandate of the user's organisations; Http404 otherwise."""
    found: Document = _one(_of(Document.objects.all(), user, path="deliverable__mandate__organisation"), public_id)
    return found


def deliverable_for(*, user: Any, public_id: UUID | str) -> Deliverable:
    """A deliverable that the user may change; Http404 otherwise."""
    rows = _of(Deliverable.objects.select_related("mandate"), user, to_change=True, path="mandate__organisation")
    found: Deliverable = _one(rows, public_id)
    return found


def questionnaires_for(*, user: Any) -> QuerySet[Questionnaire]:
    """Questionnaires of the user's organisations, with their versions."""
    return _of(Questionnaire.objects.all(), user).select_related("organisation", "stream").prefetch_related("versions")


def _with_sections(rows: QuerySet[QuestionnaireVersion]) -> QuerySet[QuestionnaireVersion]:
    sections = Section.objects.prefetch_related(
        Prefetch("questions", queryset=Question.objects.select_related("show_if"))
    )
    return rows.select_related("questionnaire__organisation").prefetch_related(Prefetch("sections", queryset=sections))


def version_for(*, user: Any, public_id: UUID | str, to_change: bool = False) -> QuestionnaireVersion:
    """A version with its sections and questions; Http404 otherwise."""
    rows = _of(QuestionnaireVersion.objects.all(), user, to_change=to_change, path="questionnaire__organisation")
    found: QuestionnaireVersion = _one(_with_sections(rows), public_id)
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


def diagnostics_for(*, user: Any) -> QuerySet[Diagnostic]:
    """Diagnostics of the user's organisations, the latest first."""
    rows = Diagnostic.objects.select_related("enterprise", "adviser", "version__questionnaire")
    return _of(rows.filter(cancelled_at=None), user).order_by("-started_on", "-pk")


def diagnostic_for(*, user: Any, public_id: UUID | str, to_change: bool = False) -> Diagnostic:
    """A diagnostic with its questions and answers; Http404 otherwise."""
    found: Diagnostic = _one(_of(_diagnostics(), user, to_change=to_change), public_id)
    return found


def answers_of(diagnostic: Diagnostic) -> dict[int, Any]:
    """By question's key."""
    return {a.question_id: a.value for a in diagnostic.answers.all()}


def previous_diagnostic(diagnostic: Diagnostic) -> Diagnostic | None:
    """The one finished before, of the same enterprise with the same questionnaire (whatever its version)."""
    rows = _diagnostics().filter(
        organisation=diagnostic.organisation_id,
        enterprise__in=clusters([diagnostic.enterprise_id])[diagnostic.enterprise_id],
        version__questionnaire=diagnostic.version.questionnaire_id,
        delivered_on__isnull=False,
        cancelled_at=None,
        delivered_on__lte=diagnostic.delivered_on or diagnostic.started_on,
    )
    return rows.exclude(pk=diagnostic.pk).order_by("-delivered_on", "-pk").first()


def result_of(diagnostic: Diagnostic, previous: Diagnostic | None = None) -> Result:
    """Scores by section and priorities; beside them the previous diagnostic's, matched by the section's title."""
    before = None
    if previous is not None:
        before = {s.title: s.score for s in result(previous.version.sections.all(), answers_of(previous)).sections}
    return result(diagnostic.version.sections.all(), answers_of(diagnostic), before)


def referrals_for(*, user: Any) -> QuerySet[Referral]:
    """Referrals made by the user's organisations."""
    rows = Referral.objects.select_related("organisation", "enterprise", "partner", "adviser", "stream")
    return _of(rows.filter(cancelled_at=None), user).order_by("-referred_on", "-pk")


def referrals_received(*, user: Any) -> QuerySet[Referral]:
    """Referrals made to the user's organisations, who answer them."""
    rows = Referral.objects.select_related("organisation", "enterprise", "partner")
    return _of(rows.filter(cancelled_at=None), user, path="partner").order_by("-referred_on", "-pk")


def referral_for(*, user: Any, public_id: UUID | str) -> Referral:
    """A referral made by or to the user's organisations; Http404 otherwise."""
    either = referrals_for(user=user) | referrals_received(user=user).select_related("adviser", "stream")
    found: Referral = _one(either, public_id)
    return found


def financings_for(*, user: Any) -> QuerySet[FinancingIntervention]:
    """Financing interventions of the user's organisations."""
    rows = FinancingIntervention.objects.select_related("organisation", "enterprise", "region", "adviser")
    return _of(rows, user).order_by("-authorised_on", "-pk")


def meetings_for(*, user: Any) -> QuerySet[CanvassMeeting]:
    """Canvassing meetings of the user's organisations."""
    rows = CanvassMeeting.objects.select_related("organisation", "enterprise", "region", "mrc", "adviser")
    return _of(rows, user).order_by("-met_on", "-pk")


# --- signed links: they name one row, and open nothing else ----------------------------------

_SALTS = {
    Diagnostic: "accompaniment.diagnostic",
    Referral: "accompaniment.referral",
    OutcomeFollowUp: "accompaniment.follow_up",
}


def token_of(row: Diagnostic | Referral | OutcomeFollowUp) -> str:
    """The end of the address that opens this row without an account."""
    return signing.Signer(salt=_SALTS[type(row)], sep=".").sign(row.public_id.hex)


def _named(model: type[Diagnostic | Referral | OutcomeFollowUp], token: str) -> str:
    try:
        return signing.Signer(salt=_SALTS[model], sep=".").unsign(token)
    except signing.BadSignature as error:
        raise Http404 from error


def diagnostic_by_token(token: str) -> Diagnostic:
    """Http404 for a link that was not made here, or to a cancelled diagnostic."""
    found: Diagnostic = _one(_diagnostics().filter(cancelled_at=None), _named(Diagnostic, token))
    return found


def referral_by_token(token: str) -> Referral:
    """Http404 for a link that was not made here."""
    rows = Referral.objects.filter(cancelled_at=None).select_related("organisation", "enterprise", "partner", "adviser")
    found: Referral = _one(rows, _named(Referral, token))
    return found


def follow_up_by_token(token: str) -> OutcomeFollowUp:
    """Http404 for a link that was not made here."""
    rows = OutcomeFollowUp.objects.filter(mandate__cancelled_at=None)
    found: OutcomeFollowUp = _one(
        rows.select_related("mandate__organisation", "mandate__enterprise", "mandate__adviser"),
        _named(OutcomeFollowUp, token),
    )
    return found
