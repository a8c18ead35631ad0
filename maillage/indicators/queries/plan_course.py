"""How an action's figure grew over the dates that count, to draw beside its forecast."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from maillage.core.facts import Rollup
from maillage.core.period import Period, after

from .. import compute
from ..access import scope_of
from ..models import Answer, PlanAction
from .figures import current_versions
from .plans import Standing, cycle_of, whole_of

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Course:
    """Points (day, value reached since the beginning), and where the pace leads at the last day."""

    points: list[tuple[date, Decimal]]
    first: date
    last: date | None
    target: Decimal
    forecast: Decimal | None


def course_of(*, action: PlanAction, whole: Standing, today: date) -> Course | None:
    """What was known month after month, until `today`; None while nothing is, or for a figure that does not add up."""
    cycle = cycle_of(action, today)
    points = _observed(action, cycle, today) if whole.observed else _stated(action, cycle, today)
    if whole.value is None or whole.as_of is None or len(points) < 2:
        return None
    last = cycle.end - DAY if cycle.end else None
    ahead = last is not None and whole.as_of < last and not action.is_level
    return Course(points, cycle.start, last, action.target, whole.forecast if ahead else None)


def _observed(action: PlanAction, cycle: Period, today: date) -> list[tuple[date, Decimal]]:
    """The figure added up month by month. Only what adds up: a distinct count or a ratio has no such course."""
    versions = current_versions(organisation_id=action.plan.organisation_id)
    version = next((v for v in versions if v.indicator_id == action.indicator_id), None)
    if version is None or version.denominator_fact or compute.fact_of(version).rollup != Rollup.SUM:
        return []
    if "month" not in compute.splits(version):
        return []
    until = min(cycle.end or date.max, today + DAY)
    asked = scope_of(action.plan.organisation).asks(Period(cycle.start, until))
    reached, points = Decimal(0), [(cycle.start, Decimal(0))]
    for part in sorted(compute.parts(version, asked, "month"), key=lambda p: str(p.key)):
        reached += part.value or 0
        month = date.fromisoformat(part.key)
        points.append((min(after(month, months=1) - DAY, until - DAY), reached))
    return points


def _stated(action: PlanAction, cycle: Period, today: date) -> list[tuple[date, Decimal]]:
    """The figure as it was known after each number stated."""
    latest: dict[int | None, Answer] = {}
    known: dict[date, Decimal] = {} if action.is_level else {cycle.start: Decimal(0)}
    for answer in action.answers.filter(as_of__lte=today).order_by("as_of", "pk"):
        if answer.as_of in cycle:
            latest[answer.region_id] = answer
            value, _as_of = whole_of(action, latest)
            known[answer.as_of] = value or Decimal(0)
    return list(known.items())
