"""Plans: where each action stands, in each region, what the pace announces, and the view that a government asks for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import Count
from django.http import Http404
from django.utils.translation import gettext as _

from maillage.core.dates import say
from maillage.core.facts import FactContext
from maillage.core.period import Period, after
from maillage.directory.models import TerritoryKind

from .. import compute
from ..access import EDITORS, READERS, may, scope_of
from ..models import (
    ActionRegion,
    Answer,
    AnswerRequest,
    IndicatorVersion,
    Operator,
    Periodicity,
    Plan,
    PlanAction,
    PlanIssue,
    PlanRegion,
)
from .figures import current_versions, said
from .plan_context import regions_within

MARGIN = Decimal("0.05")


class Status(StrEnum):
    AHEAD = "ahead"
    ON_TRACK = "on_track"
    LATE = "late"
    MISSING = "missing"
    REPORTED = "reported"  # a number, without a target of its own to compare with
    OUTSIDE = "outside"  # the action does not concern the region


@dataclass(frozen=True)
class Standing:
    """What was reached, what the pace announces at the deadline, and the status that follows.

    `observed`: counted from the rows of work; otherwise stated by people.
    """

    status: Status
    value: Decimal | None
    as_of: date | None
    target: Decimal | None
    forecast: Decimal | None
    explanation: str
    observed: bool = False

    @property
    def share(self) -> Decimal | None:
        return self.value / self.target if self.value is not None and self.target else None


@dataclass(frozen=True)
class ActionBoard:
    action: PlanAction
    whole: Standing
    regions: dict[int, Standing]


@dataclass(frozen=True)
class RollUp:
    """One issue and one unit of the government view. `left_out`: already counted inside another action of the group;
    `elsewhere`: counted here, and left out of the total because an action of another issue includes it.
    """

    issue: PlanIssue | None
    unit: str
    target: Decimal
    value: Decimal
    actions: list[PlanAction]
    left_out: list[PlanAction]
    elsewhere: list[PlanAction]
    missing: int

    @property
    def share(self) -> Decimal | None:
        return self.value / self.target if self.target else None


def plans_of(*, user: Any) -> list[Plan]:
    from maillage.directory import queries as directory

    plans = Plan.objects.select_related("organisation")
    if getattr(user, "is_platform_admin", False):
        return list(plans)
    return list(plans.filter(organisation_id__in=directory.organisations_where(user=user, kinds=READERS)))


def has_plan(*, user: Any) -> bool:
    """Whether there is a plan to see."""
    from maillage.directory import queries as directory

    ids = directory.organisations_where(user=user, kinds=READERS)
    return bool(ids) and Plan.objects.filter(organisation_id__in=ids).exists()


def plan_for(*, user: Any, public_id: UUID, kinds: Sequence[str] = READERS) -> Plan:
    """Http404."""
    found = Plan.objects.select_related("organisation").filter(public_id=public_id).first()
    if found is None or not may(user=user, organisation_id=found.organisation_id, kinds=tuple(kinds)):
        raise Http404
    return found


def action_for(*, user: Any, public_id: UUID, kinds: Sequence[str] = READERS) -> PlanAction:
    """Http404."""
    found = (
        PlanAction.objects.select_related("plan__organisation", "issue", "included_in", "indicator")
        .filter(public_id=public_id)
        .first()
    )
    if found is None or not may(user=user, organisation_id=found.plan.organisation_id, kinds=tuple(kinds)):
        raise Http404
    return found


def request_by_token(*, token: str) -> AnswerRequest:
    """Http404."""
    found = AnswerRequest.objects.select_related("action__plan__organisation", "region").filter(token=token).first()
    if found is None:
        raise Http404
    return found


def request_for(*, user: Any, public_id: UUID) -> AnswerRequest:
    """A number asked, for those who direct the plan. Http404."""
    found = AnswerRequest.objects.select_related("action__plan").filter(public_id=public_id).first()
    if found is None or not may(user=user, organisation_id=found.action.plan.organisation_id, kinds=EDITORS):
        raise Http404
    return found


def answer_before(*, asked: AnswerRequest) -> Answer | None:
    """The number known before the one that is asked, for the same place: what the person goes on from."""
    known = Answer.objects.filter(action=asked.action_id, region=asked.region_id, as_of__lt=asked.as_of)
    return known.order_by("as_of", "pk").last()


def last_asked(*, action: PlanAction) -> list[AnswerRequest]:
    """The last person asked for each region (and for the whole)."""
    found = {r.region_id: r for r in action.requests.select_related("region").order_by("as_of", "pk")}
    return sorted(found.values(), key=lambda r: r.region.number if r.region else 0)


def regions_of(*, plan: Plan) -> list[PlanRegion]:
    """The regions with their priorities and the issues of each. Three queries."""
    return list(plan.regions.select_related("territory").prefetch_related("priorities__issues").order_by("number"))


def priorities_by_issue(*, plan: Plan) -> dict[int, int]:
    """How many priorities touch each issue (one priority may touch several)."""
    counted = plan.issues.annotate(n=Count("priorities")).values_list("pk", "n")
    return dict(counted)


# --- the board -------------------------------------------------------------------------------


def board(*, plan: Plan, today: date) -> list[ActionBoard]:
    """Every action, as a whole and by region, as known on `today`."""
    actions = list(
        plan.actions.select_related("issue", "included_in", "indicator")
        .prefetch_related("region_links")
        .order_by("number")
    )
    answers = list(Answer.objects.filter(action__plan=plan, as_of__lte=today).order_by("as_of", "pk"))
    regions = list(plan.regions.all())
    observed = _observed(plan, actions, regions, today)
    return [_action_board(a, [x for x in answers if x.action_id == a.pk], observed.get(a.pk), today) for a in actions]


def _observed(
    plan: Plan, actions: Iterable[PlanAction], regions: list[PlanRegion], today: date
) -> dict[int, tuple[Decimal | None, dict[int, Decimal]]]:
    """For actions tied to an indicator: the figure of the whole and by region, from the rows of work."""
    tied = [a for a in actions if a.indicator_id]
    if not tied:
        return {}
    versions = {v.indicator_id: v for v in current_versions(organisation_id=plan.organisation_id)}
    by_territory = {r.territory_id: r.pk for r in regions if r.territory_id}
    mrcs = any(r.territory is not None and r.territory.kind == TerritoryKind.MRC for r in regions)
    scope = scope_of(plan.organisation)
    within = _remainders(plan, today) if mrcs else {}
    found: dict[int, tuple[Decimal | None, dict[int, Decimal]]] = {}
    for action in tied:
        version = versions.get(action.indicator_id or 0)
        if version is None:
            continue
        cycle = cycle_of(action, today)
        asked = scope.asks(Period(cycle.start, min(cycle.end or date.max, today + timedelta(days=1))))
        dims = [d for d in ("region", "territory") if d in compute.splits(version) and (d == "region" or mrcs)]
        parts = [part for d in dims for part in compute.parts(version, asked, d)]
        values = {by_territory[p.key]: p.value for p in parts if p.key in by_territory and p.value is not None}
        found[action.pk] = (compute.value(version, asked), values | _without_parts(version, asked, within))
    return found


def _without_parts(
    version: IndicatorVersion, asked: FactContext, within: dict[int, tuple[int, ...]]
) -> dict[int, Decimal]:
    """The figure of regions that hold another region of the plan, counted again without it."""
    if "territory" not in compute.splits(version):
        return {}
    counted = {pk: compute.value(version, replace(asked, territory_ids=mrcs)) for pk, mrcs in within.items() if mrcs}
    return {pk: value for pk, value in counted.items() if value is not None}


def _remainders(plan: Plan, day: date) -> dict[int, tuple[int, ...]]:
    """By key of a region that holds others of the plan: the MRCs that are left to it."""
    from maillage.directory.queries import mrcs_of

    held: dict[PlanRegion, set[int]] = {}
    for part, whole in regions_within(plan=plan, day=day):
        held.setdefault(whole, set()).add(part.territory_id or 0)
    return {
        whole.pk: tuple(mrcs_of(whole.territory, day).exclude(pk__in=parts).values_list("pk", flat=True))
        for whole, parts in held.items()
        if whole.territory is not None
    }


def cycle_of(action: PlanAction, today: date) -> Period:
    """The dates that count on `today`: the whole of a single action, or the current year of a yearly one."""
    last = action.deadline
    if action.periodicity == Periodicity.ONCE:
        return Period(action.begins, last + timedelta(days=1) if last else None)
    day = min(today, last) if last else today
    passed = day.year - action.begins.year
    year = max(0, passed - (day < after(action.begins, years=passed)))
    return Period(after(action.begins, years=year), after(action.begins, years=year + 1))


def _action_board(
    action: PlanAction,
    answers: list[Answer],
    observed: tuple[Decimal | None, dict[int, Decimal]] | None,
    today: date,
) -> ActionBoard:
    cycle = cycle_of(action, today)
    current = [a for a in answers if a.as_of in cycle]
    latest = {a.region_id: a for a in current}
    until = min(today, cycle.end - timedelta(days=1)) if cycle.end else today
    regional = {
        link.region_id: _regional(action, link, latest.get(link.region_id), observed, cycle, until)
        for link in action.region_links.all()
    }
    if observed is not None:
        whole = standing(action, observed[0], until, action.target, cycle, observed=True)
    else:
        value, as_of = whole_of(action, latest)
        whole = standing(action, value, as_of, action.target, cycle)
    return ActionBoard(action, whole, regional)


def _regional(
    action: PlanAction,
    link: ActionRegion,
    answer: Answer | None,
    observed: tuple[Decimal | None, dict[int, Decimal]] | None,
    cycle: Period,
    until: date,
) -> Standing:
    goal = action.target if action.is_level else link.target
    if observed is not None:
        return standing(action, observed[1].get(link.region_id), until, goal, cycle, observed=True)
    return standing(action, answer.value if answer else None, answer.as_of if answer else None, goal, cycle)


def whole_of(action: PlanAction, latest: dict[int | None, Answer]) -> tuple[Decimal | None, date | None]:
    """The figure of the whole: what was stated for it, or the regions added up (a level: their mean)."""
    if None in latest:
        return latest[None].value, latest[None].as_of
    if not latest:
        return None, None
    values = [a.value for a in latest.values()]
    total = sum(values, Decimal(0))
    return (total / len(values) if action.is_level else total), max(a.as_of for a in latest.values())


def standing(
    action: PlanAction,
    value: Decimal | None,
    as_of: date | None,
    target: Decimal | None,
    cycle: Period,
    *,
    observed: bool = False,
) -> Standing:
    """Status and linear forecast of one value against one target. A level is compared as it is."""
    if value is None or as_of is None:
        return Standing(
            Status.MISSING, None, None, target, None, _("Aucun nombre n'a été transmis pour cette période."), observed
        )
    if target is None:
        explanation = _("%(value)s au %(day)s. Aucune cible propre à la région.") % {
            "value": _with_unit(value, action),
            "day": say(as_of, "j F Y"),
        }
        return Standing(Status.REPORTED, value, as_of, None, None, explanation, observed)
    forecast, explanation = _forecast(action, value, as_of, target, cycle)
    over = cycle.end is not None and as_of >= cycle.end - timedelta(days=1)
    status = _status(action, forecast, target, over=over)
    return Standing(status, value, as_of, target, forecast, explanation, observed)


def _forecast(action: PlanAction, value: Decimal, as_of: date, target: Decimal, cycle: Period) -> tuple[Decimal, str]:
    words = {
        "value": _with_unit(value, action),
        "day": say(as_of, "j F Y"),
        "target": _with_unit(target, action),
    }
    if action.is_level or cycle.end is None:
        return value, _("%(value)s au %(day)s, pour une cible de %(target)s.") % words
    days = (cycle.end - cycle.start).days
    passed = min(days, (as_of - cycle.start).days + 1)
    if passed == days:
        return value, _("%(value)s au %(day)s, dernier jour qui compte, pour une cible de %(target)s.") % words
    forecast = (value * days / max(1, passed)).quantize(Decimal("0.01"))
    last = cycle.end - timedelta(days=1)
    explanation = _(
        "%(value)s en %(passed)s jours sur %(days)s : au même rythme, %(forecast)s au %(last)s, "
        "pour une cible de %(target)s."
    )
    words |= {"forecast": _with_unit(forecast, action), "last": say(last, "j F Y")}
    explanation = explanation % {**words, "passed": passed, "days": days}
    return forecast, explanation


def _with_unit(value: Decimal, action: PlanAction) -> str:
    return f"{said(value, 0 if value == value.to_integral_value() else 1)} {action.unit}".strip()


def _status(action: PlanAction, forecast: Decimal, target: Decimal, *, over: bool) -> Status:
    """The rule that the board states: 5 % either side of the target while it runs; at the last day, met or not."""
    if action.operator == Operator.AT_MOST:
        forecast, target = target, forecast
    if forecast >= target * (1 + MARGIN):
        return Status.AHEAD
    if action.is_level or over:
        return Status.ON_TRACK if forecast >= target else Status.LATE
    return Status.ON_TRACK if forecast >= target * (1 - MARGIN) else Status.LATE


# --- the government view ---------------------------------------------------------------------


def roll_up(boards: list[ActionBoard]) -> list[RollUp]:
    """Actions added up by issue and unit. In a group, one included in another is never added; levels stand alone."""
    groups: dict[tuple[int | None, str], list[ActionBoard]] = {}
    for line in boards:
        unit = f"{line.action.unit} ({line.action.number})" if line.action.is_level else line.action.unit
        groups.setdefault((line.action.issue_id, unit), []).append(line)
    return [_group(lines) for lines in groups.values()]


def _group(lines: list[ActionBoard]) -> RollUp:
    here = {x.action.pk for x in lines}
    counted = [x for x in lines if x.action.included_in_id not in here]
    values = [x.whole.value for x in counted if x.whole.value is not None]
    return RollUp(
        issue=lines[0].action.issue,
        unit=lines[0].action.unit,
        target=sum((x.action.target for x in counted), Decimal(0)),
        value=sum(values, Decimal(0)),
        actions=[x.action for x in counted],
        left_out=[x.action for x in lines if x.action.included_in_id in here],
        elsewhere=[x.action for x in counted if x.action.included_in_id is not None],
        missing=len(counted) - len(values),
    )


def total_of(boards: list[ActionBoard], unit: str) -> tuple[Decimal, Decimal]:
    """Target and value of all actions in a unit, included ones left out: 1 182 M$, not 1 311 M$."""
    counted = [x for x in boards if x.action.unit == unit and x.action.included_in_id is None and not x.action.is_level]
    target = sum((x.action.target for x in counted), Decimal(0))
    return target, sum((x.whole.value for x in counted if x.whole.value is not None), Decimal(0))


def requests_of(*, plan: Plan) -> list[AnswerRequest]:
    """Numbers asked and not yet given, the oldest first, even when their link has expired."""
    open_ = AnswerRequest.objects.filter(action__plan=plan, answered_at=None)
    return list(open_.select_related("action", "region").order_by("created_at"))
