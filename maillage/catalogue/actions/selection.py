"""Choosing producers on a market's own criteria: applications, reviews, decisions, supply agreements."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import IO

from django.core.files.base import ContentFile
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core.actions import Refused, action, locked
from maillage.core.events import publish
from maillage.directory.types import Account, Person

from .. import access
from ..models import (
    OPEN_STATES,
    PENDING_STATES,
    TOP_SCORE,
    Answer,
    Application,
    ApplicationState,
    Criterion,
    Decision,
    Evidence,
    Outcome,
    Review,
    Score,
    SupplyAgreement,
)
from ..queries.selection import scorecard
from ..types import ApplicationDecided, ApplicationSubmitted

MAX_BYTES = 10_000_000
MAX_FILES = 10
_SIGNATURES = {
    b"%PDF-": ("application/pdf", ".pdf"),
    b"\xff\xd8\xff": ("image/jpeg", ".jpg"),
    b"\x89PNG\r\n": ("image/png", ".png"),
}


class WrongState(Refused):
    """The application is not at the stage that this needs."""


class AlreadyApplied(Refused):
    """The producer has an open application there, or is accepted already."""


class Incomplete(Refused):
    """A required criterion has no answer, or no score."""


class BadEvidence(Refused):
    """Not a PDF or a picture, too heavy, or too many of them."""


class ConflictOfInterest(Refused):
    """The reviewer belongs to the producer."""


class CriterionNotMet(Refused):
    """A required criterion has a mean score under 2 of 4."""


class ReasonMissing(Refused):
    """A decision is told with its reason."""


@action(access.market)
def save_criteria(*, organisation_id: int, criteria: list[Criterion], by: Account | None) -> None:
    """Write the criteria in the given order; those of the organisation that are not named are retired, not deleted."""
    kept = []
    for position, criterion in enumerate(criteria):
        criterion.organisation_id, criterion.position, criterion.is_active = organisation_id, position, True
        criterion.save()
        kept.append(criterion.pk)
    Criterion.objects.filter(organisation_id=organisation_id).exclude(pk__in=kept).update(is_active=False)


@action(access.applicant)
def start_application(*, organisation_id: int, producer_id: int, today: date, by: Account | None) -> Application:
    """The draft of a producer for a market's organisation; the open one if there is one. Raises AlreadyApplied."""
    known = Application.objects.filter(
        organisation_id=organisation_id, producer_id=producer_id, state__in=OPEN_STATES
    ).first()
    if known is not None:
        return known
    agreements = SupplyAgreement.objects.filter(organisation_id=organisation_id, producer_id=producer_id)
    if agreements.filter(until=None).exists() or agreements.filter(until__gt=today).exists():
        raise AlreadyApplied(_("Ce marché vend déjà vos produits."))
    return Application.objects.create(organisation_id=organisation_id, producer_id=producer_id, created_by=by)


def _locked(application_id: int, *states: str) -> Application:
    application = locked(Application, application_id)
    if application.state not in states:
        raise WrongState(
            _("La candidature est « %s » : cette étape est passée.") % ApplicationState(application.state).label
        )
    return application


@action(access.application)
def save_draft(
    *, application_id: int, presentation: str, answers: Mapping[int, str], by: Account | None
) -> Application:
    """Keep a draft: `answers` by criterion key, of the market's active criteria. Raises WrongState."""
    application = _locked(application_id, ApplicationState.DRAFT)
    application.presentation = presentation
    application.save()
    criteria = Criterion.objects.filter(organisation_id=application.organisation_id, pk__in=answers)
    Answer.objects.bulk_create(
        [Answer(application=application, criterion=c, text=answers[c.pk]) for c in criteria],
        update_conflicts=True,
        unique_fields=["application", "criterion"],
        update_fields=["text"],
    )
    return application


@action(access.application)
def add_evidence(*, application_id: int, file: IO[bytes], name: str, by: Account | None) -> Evidence:
    """Join a PDF, JPEG or PNG of at most 10 MB to a draft, ten at most. Raises BadEvidence, WrongState."""
    application = _locked(application_id, ApplicationState.DRAFT)
    raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise BadEvidence(_("Le document « %s » dépasse 10 Mo.") % name)
    kind = next((kind for mark, kind in _SIGNATURES.items() if raw.startswith(mark)), None)
    if kind is None:
        raise BadEvidence(_("Le document « %s » n'est pas un PDF, un JPEG ou un PNG.") % name)
    if application.evidence.count() >= MAX_FILES:
        raise BadEvidence(_("Dix documents au plus peuvent être joints."))
    evidence = Evidence(application=application, name=name[-160:], content_type=kind[0], size=len(raw))
    evidence.file.save(f"{evidence.public_id}{kind[1]}", ContentFile(raw), save=True)
    return evidence


@action(access.application)
def remove_evidence(*, application_id: int, evidence_id: int, by: Account | None) -> None:
    """Take a document out of a draft. Raises WrongState."""
    _locked(application_id, ApplicationState.DRAFT)
    for evidence in Evidence.objects.filter(pk=evidence_id, application_id=application_id):
        evidence.file.delete(save=False)
        evidence.delete()


@action(access.application)
def submit_application(*, application_id: int, now: datetime, by: Account | None) -> Application:
    """Send a draft to the market, whose coordinators hear of it. Raises Incomplete, WrongState."""
    application = _locked(application_id, ApplicationState.DRAFT)
    answered = set(application.answers.exclude(text="").values_list("criterion_id", flat=True))
    for criterion in Criterion.objects.filter(organisation_id=application.organisation_id, is_active=True):
        if criterion.is_required and criterion.pk not in answered:
            raise Incomplete(_("Répondez au critère exigé « %s », puis déposez.") % criterion)
    if not application.presentation.strip():
        raise Incomplete(_("Présentez votre entreprise en quelques phrases, puis déposez."))
    application.state, application.submitted_at = ApplicationState.SUBMITTED, now
    application.save()
    publish(ApplicationSubmitted(application_id=application.pk))
    return application


@action(access.application)
def withdraw_application(*, application_id: int, by: Account | None) -> Application:
    """The producer takes an open application back. Raises WrongState."""
    application = _locked(application_id, *OPEN_STATES)
    application.state = ApplicationState.WITHDRAWN
    application.save()
    return application


@action(access.review)
def review_application(
    *,
    application_id: int,
    reviewer: Person,
    scores: Mapping[int, int],
    comment: str,
    has_conflict: bool,
    now: datetime,
    by: Account | None,
) -> Review:
    """Write or rewrite one's review: scores 0 to 4 by criterion key, all of them, or a declared conflict of interest.

    A first review puts the application under study. Raises Incomplete, ConflictOfInterest, WrongState.
    """
    application = _locked(application_id, *PENDING_STATES)
    belongs = reviewer.roles.filter(
        organisation_id=application.producer_id, during__contains=timezone.localdate(now)
    ).exists()
    if belongs and not has_conflict:
        raise ConflictOfInterest(_("Vous avez un rôle chez ce producteur : déclarez votre conflit d'intérêts."))
    criteria = Criterion.objects.filter(organisation_id=application.organisation_id, is_active=True)
    if not has_conflict:
        missing = next((c for c in criteria if scores.get(c.pk) not in range(TOP_SCORE + 1)), None)
        if missing is not None:
            raise Incomplete(_("Donnez une note de 0 à 4 au critère « %s ».") % missing)
    review, _made = Review.objects.update_or_create(
        application=application,
        reviewer=reviewer,
        defaults={"comment": comment, "has_conflict": has_conflict, "reviewed_at": now},
    )
    review.scores.all().delete()
    if not has_conflict:
        Score.objects.bulk_create(Score(review=review, criterion=c, value=scores[c.pk]) for c in criteria)
    if application.state == ApplicationState.SUBMITTED:
        application.state = ApplicationState.IN_REVIEW
        application.save()
    return review


@action(access.decision)
def decide_application(
    *, application_id: int, outcome: str, reason: str, since: date, now: datetime, by: Account | None
) -> Decision:
    """Accept (the supply agreement begins on `since`) or refuse; the producer is told by e-mail, with the reason.

    Raises ReasonMissing, CriterionNotMet, WrongState.
    """
    application = _locked(application_id, *PENDING_STATES)
    if not reason.strip():
        raise ReasonMissing(_("Écrivez la raison de la décision : le producteur la lira."))
    card = scorecard(application)
    accepted = outcome == Outcome.ACCEPTED
    if accepted and card.unmet:
        raise CriterionNotMet(
            _("Le critère exigé « %s » n'a pas la note moyenne de 2 sur 4 : la candidature ne peut pas être acceptée.")
            % card.unmet[0]
        )
    decision = Decision.objects.create(
        application=application, outcome=outcome, reason=reason.strip(), score=card.total, decided_by=by, decided_at=now
    )
    application.state = ApplicationState.ACCEPTED if accepted else ApplicationState.REFUSED
    application.save()
    if accepted:
        agree(
            organisation_id=application.organisation_id,
            producer_id=application.producer_id,
            since=since,
            application_id=application.pk,
            by=by,
        )
    publish(ApplicationDecided(application_id=application.pk))
    return decision


@action(access.market)
def agree(
    *, organisation_id: int, producer_id: int, since: date, application_id: int | None = None, by: Account | None
) -> SupplyAgreement:
    """The market of the organisation sells the producer's products from `since`; a standing agreement is returned."""
    standing = SupplyAgreement.objects.filter(organisation_id=organisation_id, producer_id=producer_id, until=None)
    known = standing.first()
    if known is not None:
        return known
    return SupplyAgreement.objects.create(
        organisation_id=organisation_id, producer_id=producer_id, since=since, application_id=application_id
    )


@action(access.agreement)
def end_agreement(*, agreement_id: int, until: date, reason: str, by: Account | None) -> SupplyAgreement:
    """Stop selling a producer's products from `until` (excluded); past offers stay. Raises Refused."""
    agreement = locked(SupplyAgreement, agreement_id)
    if until < agreement.since:
        raise Refused(_("La fin ne peut pas précéder le début de l'entente (%s).") % agreement.since)
    if not reason.strip():
        raise ReasonMissing(_("Écrivez pourquoi l'entente prend fin."))
    agreement.until, agreement.end_reason = until, reason.strip()
    agreement.save()
    return agreement
