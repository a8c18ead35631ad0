"""Reading criteria, applications, their scores and agreements."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import Http404

from maillage.core.text import Sorting
from maillage.directory import queries as directory
from maillage.directory.models import Organisation, Person, Role, RoleKind

from ..models import (
    TOP_SCORE,
    Application,
    ApplicationState,
    Criterion,
    Evidence,
    Product,
    Review,
    Score,
    SupplyAgreement,
)

DECIDERS = (RoleKind.COORDINATOR.value, RoleKind.DIRECTOR.value)
REVIEWERS = (*DECIDERS, RoleKind.JUROR.value, RoleKind.BOARD.value)
APPLICANTS = (RoleKind.PRODUCER.value, RoleKind.DIRECTOR.value)
LEAST = Decimal(2)
"""Mean score (of 4) that a required criterion needs."""


@dataclass(frozen=True)
class Mark:
    """A criterion with the mean of its scores (0 to 4; None while nobody scored)."""

    criterion: Criterion
    mean: Decimal | None
    answer: str = ""

    @property
    def is_met(self) -> bool:
        return not self.criterion.is_required or (self.mean is not None and self.mean >= LEAST)

    @property
    def level(self) -> int:
        """The nearest whole score, for a five-step scale."""
        return round(self.mean) if self.mean is not None else 0


@dataclass(frozen=True)
class Scorecard:
    """One application: its marks, its weighted score as a fraction of one, and who has not reviewed it."""

    application: Application
    marks: list[Mark]
    waiting: list[Person]
    reviews: int
    conflicts: int

    @property
    def total(self) -> Decimal | None:
        scored = [m for m in self.marks if m.mean is not None]
        weight = sum(m.criterion.weight for m in scored)
        if not weight:
            return None
        whole = sum(((m.mean or Decimal(0)) * m.criterion.weight for m in scored), Decimal(0))
        return (whole / (weight * TOP_SCORE)).quantize(Decimal("0.00001"))

    @property
    def unmet(self) -> list[Criterion]:
        return [m.criterion for m in self.marks if not m.is_met]


def criteria_of(organisation_id: int) -> list[Criterion]:
    """The active criteria of a market's organisation, in order."""
    return list(Criterion.objects.filter(organisation_id=organisation_id, is_active=True))


def market_organisation(slug: str) -> Organisation:
    """An organisation that publishes criteria; Http404 for any other."""
    found = Organisation.objects.filter(slug=slug, merged_into=None).first()
    if found is None or not Criterion.objects.filter(organisation=found, is_active=True).exists():
        raise Http404
    return found


def selecting_organisation(*, user: Any, slug: str, kinds: tuple[str, ...] = DECIDERS) -> Organisation:
    """The organisation where `user` chooses producers; Http404 otherwise."""
    found = Organisation.objects.filter(slug=slug).first()
    if found is None or not directory.holds(user=user, organisation_id=found.pk, kinds=kinds):
        raise Http404
    return found


def reviewers_of(organisation_id: int, today: date) -> list[Person]:
    """Who reviews: the jurors of the organisation, or its coordinators when there is no juror."""
    roles = Role.objects.filter(
        organisation_id=organisation_id,
        during__contains=today,
        kind__in=(RoleKind.JUROR, RoleKind.COORDINATOR),
    ).select_related("person")
    people: dict[str, list[Person]] = defaultdict(list)
    for role in roles.order_by(Sorting("person__family_name"), Sorting("person__given_name")):
        people[role.kind].append(role.person)
    return people[RoleKind.JUROR] or people[RoleKind.COORDINATOR]


def applications_to(organisation_id: int) -> QuerySet[Application]:
    """Applications that the market's organisation received; drafts are the producer's own."""
    return Application.objects.filter(organisation_id=organisation_id).exclude(
        Q(state=ApplicationState.DRAFT) | Q(submitted_at=None)
    )


def applications_by(*, user: Any) -> QuerySet[Application]:
    """The applications of the producers for whom `user` acts."""
    keys = directory.organisations_where(user=user, kinds=APPLICANTS)
    return (
        Application.objects.filter(producer_id__in=keys)
        .select_related("organisation", "producer", "decision")
        .order_by("-created_at")
    )


def application_for(*, user: Any, public_id: UUID | str) -> Application:
    """One application, for its producer, or once submitted for the market's selection team; Http404 otherwise."""
    found = (
        Application.objects.select_related("organisation", "producer", "decision").filter(public_id=public_id).first()
    )
    if found is None or not (is_applicant(user=user, application=found) or is_reviewer(user=user, application=found)):
        raise Http404
    return found


def is_applicant(*, user: Any, application: Application) -> bool:
    return directory.holds(user=user, organisation_id=application.producer_id, kinds=APPLICANTS)


def is_reviewer(*, user: Any, application: Application) -> bool:
    received = application.submitted_at is not None
    return received and directory.holds(user=user, organisation_id=application.organisation_id, kinds=REVIEWERS)


def is_decider(*, user: Any, application: Application) -> bool:
    return directory.holds(user=user, organisation_id=application.organisation_id, kinds=DECIDERS)


def evidence_for(*, user: Any, public_id: UUID | str) -> Evidence:
    """A document joined to an application that `user` may read; Http404 otherwise."""
    found = Evidence.objects.select_related("application").filter(public_id=public_id).first()
    if found is None:
        raise Http404
    application_for(user=user, public_id=found.application.public_id)
    return found


def scorecard(application: Application, *, today: date | None = None) -> Scorecard:
    """The scorecard of one application."""
    return scorecards([application], today=today)[0]


def scorecards(applications: Iterable[Application], *, today: date | None = None) -> list[Scorecard]:
    """Applications of one organisation compared, in their order; a constant number of queries.

    Reviews with a conflict of interest count for nothing. `today` None leaves out who has not reviewed.
    """
    rows = list(applications)
    if not rows:
        return []
    criteria = criteria_of(rows[0].organisation_id)
    keys = [a.pk for a in rows]
    scores: dict[tuple[int, int], list[int]] = defaultdict(list)
    found = Score.objects.filter(review__application_id__in=keys, review__has_conflict=False)
    for application, criterion, value in found.values_list("review__application_id", "criterion_id", "value"):
        scores[application, criterion].append(value)
    reviews: dict[int, list[Review]] = defaultdict(list)
    for review in Review.objects.filter(application_id__in=keys):
        reviews[review.application_id].append(review)
    people = reviewers_of(rows[0].organisation_id, today) if today else []
    answers = _answers(rows) if len(rows) == 1 else {}
    return [
        Scorecard(
            application,
            [Mark(c, _mean(scores[application.pk, c.pk]), answers.get(c.pk, "")) for c in criteria],
            [p for p in people if p.pk not in {r.reviewer_id for r in reviews[application.pk]}],
            sum(not r.has_conflict for r in reviews[application.pk]),
            sum(r.has_conflict for r in reviews[application.pk]),
        )
        for application in rows
    ]


def _answers(applications: list[Application]) -> dict[int, str]:
    return dict(applications[0].answers.values_list("criterion_id", "text"))


def _mean(values: list[int]) -> Decimal | None:
    return Decimal(sum(values)) / len(values) if values else None


def reviews_of(application: Application) -> list[Review]:
    """Reviews with their reviewer and scores, in two queries."""
    scores = Prefetch("scores", Score.objects.select_related("criterion").order_by("criterion__position"))
    return list(application.reviews.select_related("reviewer").prefetch_related(scores))


def agreements_of(organisation_id: int, *, today: date) -> list[SupplyAgreement]:
    """Agreements in force, by producer, each with `products` (how many are on sale); one query."""
    standing = SupplyAgreement.objects.filter(Q(until=None) | Q(until__gt=today), organisation_id=organisation_id)
    found = list(standing.select_related("producer").order_by(Sorting("producer__name")))
    counted = Product.objects.filter(producer_id__in=[a.producer_id for a in found], is_active=True)
    products = dict(counted.values_list("producer_id").annotate(n=Count("pk")).order_by())
    for agreement in found:
        agreement.products = products.get(agreement.producer_id, 0)  # type: ignore[attr-defined]
    return found


def agreement_for(*, user: Any, public_id: UUID | str) -> SupplyAgreement:
    """An agreement of an organisation where `user` chooses producers; Http404 otherwise."""
    found = SupplyAgreement.objects.select_related("organisation", "producer").filter(public_id=public_id).first()
    if found is None or not directory.holds(user=user, organisation_id=found.organisation_id, kinds=DECIDERS):
        raise Http404
    return found
