"""Succession cases that a person may read: those of the organisations where they work, and no other's."""

from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from maillage.directory.models import Organisation
from maillage.directory.queries import clusters

from ..models import SuccessionBuyer, SuccessionCase
from .search import matching
from .work import one, within


def _every(user: Any, *, to_change: bool = False) -> QuerySet[SuccessionCase]:
    rows = SuccessionCase.objects.select_related(
        "organisation", "enterprise", "adviser", "stream", "agreement", "mrc"
    ).annotate(candidates=Count("buyers", filter=Q(buyers__removed_at=None) & ~Q(buyers__state="gone")))
    return within(rows, user, to_change=to_change)


def cases_for(
    *,
    user: Any,
    over: bool | None = None,
    text: str = "",
    enterprise: Organisation | None = None,
    organisation_ids: list[int] | None = None,
) -> QuerySet[SuccessionCase]:
    """Cases that stand; `over`: only those that ended, or only those that last. `candidates`: buyers still there."""
    rows = _every(user).filter(cancelled_at=None)
    if organisation_ids is not None:
        rows = rows.filter(organisation__in=organisation_ids)
    if over is not None:
        rows = rows.filter(ended_on__isnull=not over)
    if enterprise is not None:
        rows = rows.filter(enterprise__in=clusters([enterprise.pk])[enterprise.pk])
    if text.strip():
        rows = rows.filter(enterprise__in=matching(Organisation.objects.all(), text).values("pk"))
    return rows.order_by("-opened_on", "-pk")


def case_for(*, user: Any, public_id: UUID | str, to_change: bool = False) -> SuccessionCase:
    """A case with its changes and buyers; Http404 otherwise."""
    rows = _every(user, to_change=to_change).prefetch_related("changes__by", "buyers__enterprise")
    found: SuccessionCase = one(rows, public_id)
    return found


def buyer_for(*, user: Any, public_id: UUID | str) -> SuccessionBuyer:
    """A buyer of a case that the user may change; Http404 otherwise."""
    rows = within(SuccessionBuyer.objects.select_related("case"), user, to_change=True, path="case__organisation")
    found: SuccessionBuyer = one(rows, public_id)
    return found
