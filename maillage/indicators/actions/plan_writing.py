"""Plans written: their regions, issues, priorities, and actions with a target."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Max, ProtectedError
from django.utils.translation import gettext as _

from maillage.core.actions import action, locked
from maillage.core.period import Period
from maillage.directory.models import Account, Territory

from .. import access
from ..models import (
    ActionRegion,
    Indicator,
    Operator,
    Periodicity,
    Plan,
    PlanAction,
    PlanIssue,
    PlanRegion,
    Priority,
)
from .plans import PlanRefused

WORDS = (
    *("label", "measure", "target", "begins", "unit", "operator", "is_level", "deadline", "periodicity"),
    *("issue_id", "indicator_id", "included_in_id"),
)


@dataclass(frozen=True, kw_only=True)
class PlannedAction:
    """What an action says. `indicator_id`: counted from the rows of work; none: people declare.

    `target` in `unit`; `deadline` the last day that counts, needed for what is done once; `regions` by key.
    """

    label: str
    measure: str
    target: Decimal
    begins: date
    unit: str = ""
    operator: str = Operator.AT_LEAST
    is_level: bool = False
    deadline: date | None = None
    periodicity: str = Periodicity.ONCE
    issue_id: int | None = None
    indicator_id: int | None = None
    included_in_id: int | None = None
    region_ids: Collection[int] = ()


@action(access.a_plan)
def write_plan(
    *,
    organisation_id: int,
    name: str,
    period: Period,
    by: Account | None,
    adopted_on: date | None = None,
    source: str = "",
    plan_id: int | None = None,
) -> Plan:
    """A new plan, or another wording of one. Its period ends. Raises PlanRefused."""
    if not name.strip():
        raise PlanRefused(_("Donnez un nom au plan."))
    if period.end is None:
        raise PlanRefused(_("Un plan a une fin."))
    values = {
        "name": name.strip(),
        "period": (period.start, period.end),
        "adopted_on": adopted_on,
        "source": source.strip(),
    }
    if plan_id is None:
        return Plan.objects.create(organisation_id=organisation_id, **values)
    plan = locked(Plan, plan_id)
    for field, value in values.items():
        setattr(plan, field, value)
    plan.save(update_fields=list(values))
    return plan


@action(access.plan)
def add_regions(*, plan_id: int, names: Collection[tuple[str, Territory | None]], by: Account | None) -> int:
    """Regions at the end of the list, those of the same name left out. How many are new."""
    plan = locked(Plan, plan_id)
    known = {name.casefold() for name in plan.regions.values_list("name", flat=True)}
    number = plan.regions.aggregate(last=Max("number"))["last"] or 0
    new = []
    for name, territory in names:
        if name.strip() and name.strip().casefold() not in known:
            known.add(name.strip().casefold())
            number += 1
            new.append(PlanRegion(plan=plan, number=number, name=name.strip()[:120], territory=territory))
    return len(PlanRegion.objects.bulk_create(new))


@action(access.region)
def rename_region(
    *, region_id: int, name: str, note: str, territory: Territory | None, by: Account | None
) -> PlanRegion:
    """Raises PlanRefused without a name."""
    if not name.strip():
        raise PlanRefused(_("Donnez un nom à la région."))
    region = PlanRegion.objects.get(pk=region_id)
    region.name, region.note, region.territory = name.strip(), note.strip(), territory
    region.save(update_fields=["name", "note", "territory"])
    return region


@action(access.region)
def remove_region(*, region_id: int, by: Account | None) -> None:
    """Raises PlanRefused for a region that has priorities, actions or numbers."""
    region = PlanRegion.objects.get(pk=region_id)
    locked(Plan, region.plan_id)
    if region.priorities.exists() or region.action_links.exists() or region.answers.exists():
        raise PlanRefused(
            _("« %(name)s » a des priorités, des actions ou des nombres : retirez-les d'abord.") % {"name": region.name}
        )
    region.delete()


@action(access.plan)
def write_issue(
    *, plan_id: int, label: str, by: Account | None, responses: str = "", issue_id: int | None = None
) -> PlanIssue:
    """A new issue, or another wording of one. Raises PlanRefused for one without a name, or twice."""
    from django.utils.text import slugify

    plan, label = locked(Plan, plan_id), label.strip()
    if not label:
        raise PlanRefused(_("Donnez un nom à l'enjeu."))
    key = slugify(label)[:40] or "enjeu"
    if plan.issues.exclude(pk=issue_id or 0).filter(label__iexact=label).exists():
        raise PlanRefused(_("Cet enjeu est déjà au plan."))
    if issue_id is not None:
        issue = plan.issues.get(pk=issue_id)
        issue.label, issue.responses = label, responses.strip()
        issue.save(update_fields=["label", "responses"])
        return issue
    if plan.issues.filter(key=key).exists():
        key = f"{key[:34]}-{plan.issues.count() + 1}"
    return PlanIssue.objects.create(plan=plan, key=key, label=label, responses=responses.strip())


@action(access.issue)
def remove_issue(*, issue_id: int, by: Account | None) -> None:
    """Priorities lose the issue. Raises PlanRefused while an action answers it."""
    try:
        PlanIssue.objects.get(pk=issue_id).delete()
    except ProtectedError as error:
        raise PlanRefused(_("Une action répond à cet enjeu : changez l'action d'abord.")) from error


@action(access.region)
def write_priority(
    *, region_id: int, label: str, issue_ids: Collection[int], by: Account | None, priority_id: int | None = None
) -> Priority:
    """A priority of a region, last of its list; or another wording of one, which may change region. PlanRefused."""
    region = PlanRegion.objects.get(pk=region_id)
    plan = locked(Plan, region.plan_id)
    if not label.strip():
        raise PlanRefused(_("Dites la priorité."))
    last = region.priorities.aggregate(last=Max("number"))["last"] or 0
    if priority_id is None:
        priority = Priority(region=region, number=last + 1)
    else:
        priority = Priority.objects.get(pk=priority_id, region__plan=plan)
        if priority.region_id != region.pk:
            priority.region, priority.number = region, last + 1
    priority.label = label.strip()
    priority.save()
    priority.issues.set(plan.issues.filter(pk__in=issue_ids))
    return priority


@action(access.priority)
def remove_priority(*, priority_id: int, by: Account | None) -> None:
    Priority.objects.filter(pk=priority_id).delete()


@action(access.plan)
def write_action(
    *, plan_id: int, planned: PlannedAction, by: Account | None, action_id: int | None = None
) -> PlanAction:
    """A new action, or another wording of one; regions keep the target of their own that they had.

    Raises PlanRefused: no name or measure, a deadline before the beginning or missing, an inclusion that circles,
    something of another plan or organisation.
    """
    plan = locked(Plan, plan_id)
    _check_words(planned)
    _check_belongs(plan, planned)
    _check_inclusion(plan, planned, action_id)
    if action_id is None:
        last = plan.actions.aggregate(last=Max("number"))["last"] or 0
        made = PlanAction(plan=plan, number=last + 1)
    else:
        made = plan.actions.get(pk=action_id)
    for field in WORDS:
        setattr(made, field, getattr(planned, field))
    made.save()
    made.region_links.exclude(region_id__in=planned.region_ids).delete()
    links = [ActionRegion(action=made, region_id=pk) for pk in planned.region_ids]
    ActionRegion.objects.bulk_create(links, ignore_conflicts=True)
    return made


def _check_words(planned: PlannedAction) -> None:
    if not planned.label.strip() or not planned.measure.strip():
        raise PlanRefused(_("Dites l'action, et ce qui se mesure."))
    if planned.target < 0:
        raise PlanRefused(_("Une cible est de zéro ou plus."))
    if planned.deadline is not None and planned.deadline < planned.begins:
        raise PlanRefused(_("L'échéance vient après le début."))
    if planned.deadline is None and planned.periodicity == Periodicity.ONCE:
        raise PlanRefused(_("Donnez une échéance, ou choisissez « chaque année »."))


def _check_belongs(plan: Plan, planned: PlannedAction) -> None:
    mine = Indicator.objects.filter(organisation_id=plan.organisation_id)
    checks = [
        planned.issue_id is None or plan.issues.filter(pk=planned.issue_id).exists(),
        planned.indicator_id is None or mine.filter(pk=planned.indicator_id).exists(),
        plan.regions.filter(pk__in=planned.region_ids).count() == len(set(planned.region_ids)),
    ]
    if not all(checks):
        raise PlanRefused(_("Choisissez parmi les enjeux, les régions et les indicateurs de ce plan."))


def _check_inclusion(plan: Plan, planned: PlannedAction, action_id: int | None) -> None:
    """The database refuses a circle too; here, with a sentence."""
    if planned.included_in_id is None:
        return
    above = dict(plan.actions.values_list("pk", "included_in_id"))
    if planned.included_in_id not in above:
        raise PlanRefused(_("Une action n'est comprise que dans une action du même plan."))
    at: int | None = planned.included_in_id
    seen: set[int] = set()
    while at is not None and at not in seen:
        if at == action_id:
            raise PlanRefused(_("Cette action serait comprise en elle-même : l'action choisie en fait déjà partie."))
        seen.add(at)
        at = above.get(at)


@action(access.plan_action)
def remove_action(*, action_id: int, by: Account | None) -> None:
    """Raises PlanRefused once numbers were stated or asked, or while another action is included in it."""
    found = PlanAction.objects.get(pk=action_id)
    locked(Plan, found.plan_id)
    if found.answers.exists() or found.requests.exists():
        raise PlanRefused(_("Des nombres ont été transmis pour cette action : elle reste au plan."))
    if found.includes.exists():
        raise PlanRefused(_("Une autre action est comprise dans celle-ci : changez-la d'abord."))
    found.delete()
