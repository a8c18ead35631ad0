"""Plans: the board of regions and actions, the priorities with what answers them, the government view."""

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from maillage.directory.types import SignedIn

from .. import access, queries, wording
from ..models import Plan
from ..queries import Standing, Status
from ..queries import plans as plan_queries
from ..types import period_of

STATUS = {
    Status.AHEAD: (gettext_lazy("en avance"), "info", "chevrons-up"),
    Status.ON_TRACK: (gettext_lazy("en voie"), "good", "check"),
    Status.LATE: (gettext_lazy("en retard"), "bad", "clock-alert"),
    Status.MISSING: (gettext_lazy("sans nombre"), "warn", "circle-question-mark"),
    Status.REPORTED: (gettext_lazy("transmis"), "neutral", "dot"),
}


def shown(standing: Standing | None) -> dict[str, Any] | None:
    """A standing with the words, tone and icon of its status."""
    if standing is None:
        return None
    label, tone, icon = STATUS[standing.status]
    share = None if standing.share is None else min(100, round(float(standing.share) * 100))
    return {"standing": standing, "label": label, "tone": tone, "icon": icon, "share": share}


def day_of(request: SignedIn, plan: Plan) -> date:
    """The day that the page speaks of: the one asked, or the last that counts until today."""
    asked = wording.day_of(request.GET.get("au"))
    if asked:
        return asked
    last = max((a.deadline for a in plan.actions.all() if a.deadline), default=period_of(plan.period).start)
    return min(access.today(), last)


@require_GET
def plan(request: SignedIn, public_id: UUID | None = None) -> HttpResponse:
    """The board: every action as a whole, and by region."""
    plans = queries.plans_of(user=request.user)
    if public_id is None and not plans:
        return render(request, "indicators/plan.html", {"plan": None, "edits": _writes_somewhere(request)})
    found = queries.plan_for(user=request.user, public_id=public_id or plans[0].public_id)
    day = day_of(request, found)
    boards = queries.board(plan=found, today=day)
    regions = queries.regions_of(plan=found)
    return render(
        request,
        "indicators/plan.html",
        {
            "plan": found,
            "plans": plans,
            "day": day,
            "period": wording.between(period_of(found.period)),
            "boards": [(b, shown(b.whole)) for b in boards],
            "regions": [(r, [shown(b.regions.get(r.pk)) for b in boards]) for r in regions],
            "priorities": sum(len(r.priorities.all()) for r in regions),
            "statuses": [(label, tone, icon) for label, tone, icon in STATUS.values()],
            "asked": plan_queries.requests_of(plan=found),
            "gaps": sum(len(r.gaps) for r in queries.coverage(plan=found)) + len(queries.unanswered(plan=found)),
            "edits": access.may(user=request.user, organisation_id=found.organisation_id, kinds=access.EDITORS),
        },
    )


def _writes_somewhere(request: SignedIn) -> bool:
    return bool(access.organisations_of(user=request.user, kinds=access.EDITORS))


@require_GET
def plan_priorities(request: SignedIn, public_id: UUID) -> HttpResponse:
    """The priorities by region and by issue, what is stated of each region, and what no action answers."""
    found = queries.plan_for(user=request.user, public_id=public_id)
    issues = list(found.issues.all())
    chosen = next((i for i in issues if i.key == request.GET.get("enjeu")), None)
    counts = plan_queries.priorities_by_issue(plan=found)
    figures, covered = queries.context_of(plan=found), queries.coverage(plan=found)
    regions = []
    for line in covered:
        named = [p for p in line.region.priorities.all() if chosen is None or chosen in p.issues.all()]
        stated = [f for f in figures if f.region_id == line.region.pk]
        if named or (stated and chosen is None):
            regions.append((line.region, named, stated))
    return render(
        request,
        "indicators/plan_priorities.html",
        {
            "plan": found,
            "issues": [(i, counts.get(i.pk, 0)) for i in issues],
            "chosen": chosen,
            "priorities": sum(len(priorities) for _region, priorities, _figures in regions),
            "regions": regions,
            "whole": [f for f in figures if f.region_id is None],
            "coverage": covered,
            "gaps": [(c.region, cell) for c in covered for cell in c.gaps],
            "unanswered": queries.unanswered(plan=found),
            "within": queries.regions_within(plan=found, day=period_of(found.period).start),
            "listed": len(covered),
            "distinct": len(covered) - len(queries.regions_within(plan=found, day=period_of(found.period).start)),
            "edits": access.may(user=request.user, organisation_id=found.organisation_id, kinds=access.EDITORS),
        },
    )


@require_GET
def plan_government(request: SignedIn, public_id: UUID) -> HttpResponse:
    """Actions added up by issue; one included in another is never added twice."""
    found = queries.plan_for(user=request.user, public_id=public_id)
    day = day_of(request, found)
    boards = queries.board(plan=found, today=day)
    units = list(dict.fromkeys(b.action.unit for b in boards if not b.action.is_level))
    return render(
        request,
        "indicators/plan_government.html",
        {
            "plan": found,
            "day": day,
            "groups": queries.roll_up(boards),
            "totals": [(unit, *queries.total_of(boards, unit)) for unit in units],
            "inclusions": [b.action for b in boards if b.action.included_in_id],
        },
    )
