"""The comparison of target markets of a mandate, its ranking, and the export plan of a deliverable."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404

from ..models import POINTS, ExportPlan, MarketCriterion, MarketScore, MarketStudy, TargetMarket
from .work import within


@dataclass(frozen=True)
class Ranked:
    """A market with its points by criterion (None: not scored yet), its score (0 to 100, of what is scored) and its
    rank among those that are complete; None while a criterion misses."""

    market: TargetMarket
    points: dict[int, int | None]
    score: float | None
    complete: bool
    rank: int | None = None


def study_of(mandate: Any) -> MarketStudy | None:
    """The mandate's comparison, with its criteria and markets; the mandate was read by who may."""
    return MarketStudy.objects.filter(mandate=mandate).prefetch_related("criteria", "markets").first()


def ranking(study: MarketStudy) -> list[Ranked]:
    """The markets of the study, the best first; those that miss a score last. A score is the weighted mean of the
    points given, brought to 100."""
    criteria = list(study.criteria.all())
    given: dict[tuple[int, int], int] = {
        (s.market_id, s.criterion_id): s.points for s in MarketScore.objects.filter(criterion__study=study)
    }
    rows = [_scored(market, criteria, given) for market in study.markets.all()]
    rows.sort(key=lambda r: (not r.complete, -(r.score or 0), r.market.order))
    ranks: list[Ranked] = []
    for n, row in enumerate(rows):
        same = ranks and ranks[-1].score == row.score
        rank = (ranks[-1].rank if same else n + 1) if row.complete else None
        ranks.append(Ranked(row.market, row.points, row.score, row.complete, rank))
    return ranks


def _scored(market: TargetMarket, criteria: Iterable[MarketCriterion], given: dict[tuple[int, int], int]) -> Ranked:
    points = {c.pk: given.get((market.pk, c.pk)) for c in criteria}
    known = [(c.weight, p) for c in criteria if (p := points[c.pk]) is not None]
    weight = sum(w for w, _p in known)
    score = round(100 * sum(w * p for w, p in known) / (weight * POINTS), 1) if weight else None
    return Ranked(market, points, score, bool(points) and len(known) == len(points))


def plan_for(*, user: Any, deliverable_id: UUID | str, to_change: bool = False) -> ExportPlan:
    """The plan of a deliverable of the user's organisations, with its sections and steps; Http404 otherwise."""
    rows = ExportPlan.objects.select_related(
        "deliverable__mandate__organisation", "deliverable__mandate__enterprise", "deliverable__mandate__adviser"
    ).prefetch_related("sections", "steps")
    rows = within(rows, user, to_change=to_change, path="deliverable__mandate__organisation")
    found = rows.filter(deliverable__public_id=deliverable_id).first()
    if found is None:
        raise Http404
    return found
