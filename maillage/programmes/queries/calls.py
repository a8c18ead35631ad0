"""Calls and applications: what the public, a reviewer and a manager may see."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from maillage.directory.models import Person
from maillage.directory.queries import organisations_where

from ..models import Application, ApplicationState, Call, Conflict, Review, Reviewer
from ..types import WORKERS, Ranked


def _full(rows: QuerySet[Call]) -> QuerySet[Call]:
    return rows.select_related("edition__programme", "edition__organisation").prefetch_related(
        "fields", "criteria", "reviewers__person"
    )


def call_for(*, user: Any, public_id: UUID | str) -> Call:
    """A call of the user's organisations, to manage; Http404 otherwise."""
    ours = organisations_where(user=user, kinds=WORKERS)
    row = _full(Call.objects.filter(edition__organisation__in=ours)).filter(public_id=public_id).first()
    if row is None:
        raise Http404
    return row


def public_call(*, public_id: UUID | str) -> Call:
    """A published call; Http404 otherwise."""
    row = _full(Call.objects.filter(published_at__isnull=False)).filter(public_id=public_id).first()
    if row is None:
        raise Http404
    return row


def reviewer_for(*, person: Person | None, public_id: UUID | str) -> Reviewer:
    """The person's place in the jury of a call; Http404 otherwise."""
    rows = Reviewer.objects.select_related("call__edition__organisation").prefetch_related(
        "call__fields", "call__criteria"
    )
    row = rows.filter(person=person, call__public_id=public_id).first() if person else None
    if row is None:
        raise Http404
    return row


def calls_to_review(*, person: Person | None) -> QuerySet[Reviewer]:
    """The juries that the person sits on, decisions not yet told."""
    rows = Reviewer.objects.filter(person=person, call__decided_at=None) if person else Reviewer.objects.none()
    return rows.select_related("call__edition__organisation")


def unread_of(*, user: Any, now: datetime) -> list[tuple[Call, int]]:
    """The calls whose jury the user sits on, and how many applications await their opinion. One query."""
    calls = Reviewer.objects.filter(person__account=user).values("call_id")
    given = Review.objects.filter(
        application=OuterRef("pk"), reviewer__person__account=user, submitted_at__isnull=False
    )
    avoided = Conflict.objects.filter(application=OuterRef("pk"), reviewer__person__account=user)
    waiting = Application.objects.filter(
        ~Exists(given), ~Exists(avoided), call__in=calls, call__decided_at=None, call__opens_at__lte=now
    ).exclude(state=ApplicationState.WITHDRAWN)
    found: dict[int, tuple[Call, int]] = {}
    for row in waiting.select_related("call__edition").order_by("call__closes_at", "pk"):
        found[row.call_id] = (row.call, found.get(row.call_id, (row.call, 0))[1] + 1)
    return list(found.values())


def applications_for_reviewer(reviewer: Reviewer) -> QuerySet[Application]:
    """Those that the reviewer may see: none in which they declared a conflict. Their own review is in `mine`."""
    own = Review.objects.filter(reviewer=reviewer).prefetch_related("scores")
    rows = Application.objects.filter(call=reviewer.call_id).exclude(state=ApplicationState.WITHDRAWN)
    return rows.exclude(conflicts__reviewer=reviewer).prefetch_related(
        Prefetch("reviews", queryset=own, to_attr="mine")
    )


def named_for_jury(reviewer: Reviewer) -> list[Application]:
    """Those that the reviewer may see, each with `shown`: its enterprise's name, or « Candidature 3 » (by the order of
    arrival in the whole call) while the call hides names and its decisions are not told."""
    rows = list(applications_for_reviewer(reviewer))
    call = reviewer.call
    hidden = call.hides_names and call.decided_at is None
    order = list(call.applications.order_by("submitted_at", "pk").values_list("pk", flat=True)) if hidden else []
    for row in rows:
        row.shown = (  # type: ignore[attr-defined]
            _("Candidature %(n)s") % {"n": order.index(row.pk) + 1} if hidden else row.enterprise_name
        )
    return rows


def application_for_reviewer(reviewer: Reviewer, public_id: UUID | str) -> Application:
    """Http404 for one in conflict."""
    row = applications_for_reviewer(reviewer).filter(public_id=public_id).first()
    if row is None:
        raise Http404
    return row


def reviews_seen(*, application: Application, reviewer: Reviewer | None) -> list[Review]:
    """Reviews of others that are submitted; a reviewer sees them once their own is. `reviewer` None: a manager."""
    if reviewer is not None:
        own = Review.objects.filter(application=application, reviewer=reviewer, submitted_at__isnull=False)
        if not own.exists():
            return []
    rows = Review.objects.filter(application=application, submitted_at__isnull=False)
    return list(rows.select_related("reviewer__person").prefetch_related("scores__criterion"))


def score_of(review: Review) -> float | None:
    """0 to 100: each criterion's share of its maximum, by weight; None without scores. Needs `scores__criterion`."""
    scores = list(review.scores.all())
    weight = sum(s.criterion.weight for s in scores)
    if not weight:
        return None
    return sum(s.criterion.weight * s.points / s.criterion.maximum for s in scores) * 100 / weight


def ranking(call: Call) -> list[Ranked]:
    """Applications by mean score of the submitted reviews, the best first; those without a review last. Four
    statements."""
    sealed = Review.objects.filter(submitted_at__isnull=False).prefetch_related("scores__criterion")
    rows = call.applications.exclude(state=ApplicationState.WITHDRAWN).prefetch_related(
        Prefetch("reviews", queryset=sealed, to_attr="sealed"), "conflicts"
    )
    jury = len(call.reviewers.all())
    ranked = []
    for row in rows:
        scores = [s for r in row.sealed if (s := score_of(r)) is not None]
        mean = round(sum(scores) / len(scores), 1) if scores else None
        ranked.append(Ranked(row, mean, len(scores), jury - len(row.conflicts.all())))
    return sorted(ranked, key=lambda r: (r.score is None, -(r.score or 0)))


def application_for(*, user: Any, public_id: UUID | str) -> Application:
    """An application to a call of the user's organisations; Http404 otherwise."""
    ours = organisations_where(user=user, kinds=WORKERS)
    rows = Application.objects.filter(call__edition__organisation__in=ours).select_related("call", "enterprise")
    row = rows.filter(public_id=public_id).first()
    if row is None:
        raise Http404
    return row


def answers_shown(application: Application) -> list[tuple[str, str]]:
    """(question, answer) in the order of the form."""
    shown = []
    for field in application.call.fields.all():
        value = application.answers.get(str(field.pk))
        text = ", ".join(value) if isinstance(value, list) else "✓" if value is True else str(value or "")
        shown.append((field.label, text))
    return shown
