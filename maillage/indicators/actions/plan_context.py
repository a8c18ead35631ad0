"""What a plan states of its territory with a source, without counting it."""

from decimal import Decimal

from django.utils.translation import gettext as _

from maillage.core.actions import action, locked
from maillage.directory.models import Account

from .. import access
from ..models import ContextFigure, Plan, Precision
from .plans import PlanRefused


@action(access.plan)
def write_context_figure(
    *,
    plan_id: int,
    label: str,
    value: Decimal,
    source: str,
    by: Account | None,
    region_id: int | None = None,
    upper: Decimal | None = None,
    unit: str = "",
    precision: str = Precision.EXACT,
    period: str = "",
    note: str = "",
    figure_id: int | None = None,
) -> ContextFigure:
    """A sourced statement about the territory or a region of the plan; or another wording of one. No sum reads it.

    Raises PlanRefused: no name, no source, a range that ends before it begins, a region of another plan.
    """
    plan = locked(Plan, plan_id)
    if not label.strip() or not source.strip():
        raise PlanRefused(_("Dites ce que le chiffre décrit, et d'où il vient."))
    if upper is not None and upper <= value:
        raise PlanRefused(_("Un intervalle finit après son début."))
    if region_id is not None and not plan.regions.filter(pk=region_id).exists():
        raise PlanRefused(_("Choisissez une région du plan."))
    figure = ContextFigure(plan=plan) if figure_id is None else plan.context_figures.get(pk=figure_id)
    figure.region_id, figure.label, figure.value, figure.upper = region_id, label.strip(), value, upper
    figure.unit, figure.precision, figure.period = unit.strip(), precision, period.strip()
    figure.source, figure.note = source.strip(), note.strip()
    figure.save()
    return figure


@action(access.figure)
def remove_context_figure(*, figure_id: int, by: Account | None) -> None:
    ContextFigure.objects.filter(pk=figure_id).delete()
