"""What a plan says of its regions beside its actions: priorities without action, regions within regions, statements."""

from dataclasses import dataclass
from datetime import date

from maillage.directory.models import TerritoryKind, TerritoryParent

from ..models import ContextFigure, Plan, PlanAction, PlanIssue, PlanRegion


@dataclass(frozen=True)
class Coverage:
    """One issue in one region: the priorities that name it, the actions on it that concern the region.

    `orphan`: a priority names the issue, and no action on it concerns the region. `unasked`: an action on chosen
    regions concerns this one, and none of its priorities names the issue.
    """

    issue: PlanIssue
    priorities: int
    actions: list[PlanAction]
    orphan: bool
    unasked: bool


@dataclass(frozen=True)
class RegionCoverage:
    region: PlanRegion
    cells: list[Coverage]

    @property
    def gaps(self) -> list[Coverage]:
        return [c for c in self.cells if c.orphan or c.unasked]


def coverage(*, plan: Plan) -> list[RegionCoverage]:
    """Every region by every issue. An issue without any action at all is told once (`unanswered`), not region by
    region; an action that concerns every region is everyone's, and asks for no priority. Five queries.
    """
    regions = list(plan.regions.prefetch_related("priorities__issues").order_by("number"))
    actions = list(plan.actions.prefetch_related("region_links").order_by("number"))
    concerned = {a.pk: {link.region_id for link in a.region_links.all()} for a in actions}
    issues = list(plan.issues.all())
    return [
        RegionCoverage(region, [_cell(region, issue, actions, concerned, len(regions)) for issue in issues])
        for region in regions
    ]


def _cell(
    region: PlanRegion, issue: PlanIssue, actions: list[PlanAction], concerned: dict[int, set[int]], count: int
) -> Coverage:
    named = sum(1 for p in region.priorities.all() if issue in p.issues.all())
    answering = [a for a in actions if a.issue_id == issue.pk]
    here = [a for a in answering if region.pk in concerned[a.pk]]
    chosen = [a for a in here if len(concerned[a.pk]) < count]
    return Coverage(
        issue=issue,
        priorities=named,
        actions=here,
        orphan=bool(named and answering and not here),
        unasked=bool(chosen and not named),
    )


def unanswered(*, plan: Plan) -> list[PlanIssue]:
    """Issues that priorities name and that no action answers."""
    return list(plan.issues.filter(actions=None, priorities__isnull=False).distinct())


def regions_within(*, plan: Plan, day: date) -> list[tuple[PlanRegion, PlanRegion]]:
    """Pairs (part, whole): a region of the plan that lies in another one, as the directory has them that day."""
    regions = [r for r in plan.regions.select_related("territory") if r.territory_id]
    by_territory = {r.territory_id: r for r in regions}
    parts = [r.territory_id for r in regions if r.territory is not None and r.territory.kind == TerritoryKind.MRC]
    links = TerritoryParent.objects.filter(
        child_id__in=parts, parent_id__in=list(by_territory), kind="administrative", during__contains=day
    ).values_list("child_id", "parent_id")
    return [(by_territory[child], by_territory[parent]) for child, parent in links]


def context_of(*, plan: Plan) -> list[ContextFigure]:
    """The sourced statements of a plan: those of the whole territory first, then by region."""
    figures = list(plan.context_figures.select_related("region"))
    return sorted(figures, key=lambda f: (f.region.number if f.region else 0, f.pk))
