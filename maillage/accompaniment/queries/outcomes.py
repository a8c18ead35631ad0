"""Outcome questions that a person may read, and what the answers say together."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Avg, Count, Q, QuerySet, Sum

from ..models import OutcomeFollowUp, Trend
from .work import one, within

STATES = ("attendues", "repondues", "a-venir", "sans-adresse")


def _every(user: Any, *, to_change: bool = False) -> QuerySet[OutcomeFollowUp]:
    rows = OutcomeFollowUp.objects.filter(mandate__cancelled_at=None).select_related(
        "mandate__organisation", "mandate__enterprise", "mandate__stream", "mandate__adviser"
    )
    return within(rows, user, to_change=to_change, path="mandate__organisation")


def follow_ups_for(
    *, user: Any, today: date, state: str = "", months: int | None = None, organisation_ids: list[int] | None = None
) -> QuerySet[OutcomeFollowUp]:
    """Outcome questions of the user's organisations. `state`: "attendues" (asked, no answer), "repondues", "a-venir",
    "sans-adresse" (asked or due, of an enterprise without an e-mail: to be answered by telephone)."""
    rows = _every(user)
    if organisation_ids is not None:
        rows = rows.filter(mandate__organisation__in=organisation_ids)
    if state == "attendues":
        rows = rows.filter(asked_at__isnull=False, answered_at=None)
    elif state == "repondues":
        rows = rows.filter(answered_at__isnull=False)
    elif state == "a-venir":
        rows = rows.filter(asked_at=None, answered_at=None)
    elif state == "sans-adresse":
        rows = rows.filter(answered_at=None, due_on__lte=today, mandate__enterprise__email="")
    if months:
        rows = rows.filter(months=months)
    return rows.order_by("answered_at" if state == "" else "due_on", "-due_on", "pk")


def follow_up_for(*, user: Any, public_id: UUID | str, to_change: bool = True) -> OutcomeFollowUp:
    """An outcome question that the user may answer for the enterprise, or have sent again; Http404 otherwise."""
    found: OutcomeFollowUp = one(_every(user, to_change=to_change), public_id)
    return found


@dataclass(frozen=True)
class Outcomes:
    """What the answers say: how many were asked and answered, the trend of sales, jobs gained less lost, how much the
    help counted (1 to 4, mean)."""

    months: int | None
    asked: int
    answered: int
    up: int
    same: int
    down: int
    jobs: int
    helped: float | None

    @property
    def rate(self) -> float | None:
        """Answers out of the questions asked, in percent."""
        return 100 * self.answered / self.asked if self.asked else None


def outcomes(rows: QuerySet[OutcomeFollowUp]) -> list[Outcomes]:
    """All of them, then by months after the mandate. One statement for each of the two."""
    measures: dict[str, Any] = {
        "asked": Count("pk", filter=Q(asked_at__isnull=False) | Q(answered_at__isnull=False)),
        "answered": Count("pk", filter=Q(answered_at__isnull=False)),
        "up": Count("pk", filter=Q(sales=Trend.UP)),
        "same": Count("pk", filter=Q(sales=Trend.SAME)),
        "down": Count("pk", filter=Q(sales=Trend.DOWN)),
        "jobs": Sum("jobs_change"),
        "helped": Avg("helped"),
    }
    plain: Any = rows.order_by()
    whole = plain.aggregate(**{f"{k}_": v for k, v in measures.items()})
    parts = plain.values("months").annotate(**{f"{k}_": v for k, v in measures.items()}).order_by("months")
    return [_outcomes(None, whole), *(_outcomes(p["months"], p) for p in parts if p["asked_"])]


def _outcomes(months: int | None, row: dict[str, Any]) -> Outcomes:
    return Outcomes(
        months=months,
        jobs=row["jobs_"] or 0,
        helped=row["helped_"],
        **{k: row[f"{k}_"] for k in ("asked", "answered", "up", "same", "down")},
    )
