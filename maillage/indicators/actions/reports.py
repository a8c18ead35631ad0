"""Reports: written on an outline, published once, frozen with their rows, shared by links that end."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from maillage.core.actions import Refused, action, locked, of_one_moment
from maillage.core.period import Period
from maillage.directory.models import Account

from .. import access, compute, outline
from ..models import FrozenFigure, IndicatorVersion, Report, ReportLink, ReportState, ReportTemplate
from ..queries.figures import figure, previous_context
from ..queries.reports import asked_of, versions_by_key
from ..types import Part, period_of

MAX_DAYS = 730


class ReportRefused(Refused):
    """What was asked of a report cannot be done in its state."""


@action(access.team)
def create_report(
    *,
    organisation_id: int,
    title: str,
    period: Period,
    by: Account | None,
    lead: str = "",
    sections: outline.Outline | None = None,
    template: ReportTemplate | None = None,
    is_demo: bool = False,
) -> Report:
    """A draft, on the outline given or on a template's. Raises ReportRefused, OutlineRefused."""
    if not title.strip():
        raise ReportRefused(_("Donnez un titre au rapport."))
    if period.end is None:
        raise ReportRefused(_("La période d'un rapport a une fin."))
    begun = sections if sections is not None else template.outline if template else []
    check_outline(organisation_id, begun)
    return Report.objects.create(
        organisation_id=organisation_id,
        title=title.strip(),
        lead=lead,
        period=(period.start, period.end),
        outline=begun,
        is_demo=is_demo,
    )


def check_outline(organisation_id: int, sections: Any) -> None:
    """Raises OutlineRefused when a block names what the organisation does not have."""
    known = versions_by_key(organisation_id=organisation_id)
    outline.check(sections, known=known.keys(), dims=lambda key: compute.splits(known[key]))


@action(access.report)
def save_outline(
    *, report_id: int, title: str, lead: str, sections: outline.Outline, by: Account | None, seen: str = ""
) -> Report:
    """Change a draft. `seen`: the print of the outline that the change was made on (`outline.print_of`).

    Raises ReportRefused (also when someone changed it meanwhile), OutlineRefused.
    """
    report = locked(Report, report_id, "organisation")
    if report.state != ReportState.DRAFT:
        raise ReportRefused(_("Ce rapport est publié : il ne change plus."))
    if seen and seen != outline.print_of(report.outline):
        raise ReportRefused(
            _("Quelqu'un d'autre vient de modifier ce rapport. Relisez-le, puis refaites votre changement.")
        )
    if not title.strip():
        raise ReportRefused(_("Donnez un titre au rapport."))
    check_outline(report.organisation_id, sections)
    report.title, report.lead, report.outline = title.strip(), lead, sections
    report.save(update_fields=["title", "lead", "outline"])
    return report


@action(access.report)
def new_edition(*, report_id: int, by: Account | None) -> Report:
    """A draft of the next edition of a published report, counted on today's rows; the one under way if there is one.

    The edition before stays as it was published, and says that another took its place. Raises ReportRefused.
    """
    report = locked(Report, report_id, "organisation")
    if report.state != ReportState.PUBLISHED:
        raise ReportRefused(_("Ce rapport n'est pas publié : modifiez-le, tout simplement."))
    known = Report.objects.filter(replaces=report).first()
    if known is not None:
        return known
    period = period_of(report.period)
    return Report.objects.create(
        organisation_id=report.organisation_id,
        title=report.title,
        lead=report.lead,
        period=(period.start, period.end),
        outline=report.outline,
        edition=report.edition + 1,
        replaces=report,
        is_demo=report.is_demo,
    )


@action(access.report)
def discard_draft(*, report_id: int, by: Account | None) -> None:
    """Throw a draft away. Raises ReportRefused for a published report, which stays."""
    report = locked(Report, report_id, "organisation")
    if report.state != ReportState.DRAFT:
        raise ReportRefused(_("Ce rapport est publié : il ne peut plus être retiré."))
    report.delete()


@action(access.report)
def keep_as_template(*, report_id: int, name: str, by: Account | None) -> ReportTemplate:
    """Keep the outline of a report for the years to come. Raises ReportRefused."""
    report = Report.objects.get(pk=report_id)
    if not 0 < len(name.strip()) <= 120:
        raise ReportRefused(_("Donnez au modèle un nom de 120 caractères au plus."))
    return ReportTemplate.objects.create(
        organisation_id=report.organisation_id, name=name.strip(), outline=report.outline
    )


@action(access.report)
@of_one_moment
def publish(*, report_id: int, by: Account | None, now: datetime) -> Report:
    """Freeze every figure of the report with its rows, its parts and the period before; then nothing changes.

    Raises ReportRefused for a report that shows no figure, or that is already published.
    """
    report = locked(Report, report_id, "organisation")
    if report.state == ReportState.PUBLISHED:
        raise ReportRefused(_("Ce rapport est déjà publié."))
    keys = outline.keys(report.outline)
    if not keys:
        raise ReportRefused(_("Ajoutez au moins un chiffre avant de publier."))
    known = versions_by_key(organisation_id=report.organisation_id)
    missing = [key for key in keys if key not in known]
    if missing:
        raise ReportRefused(_("Ces indicateurs n'existent plus : %(keys)s.") % {"keys": ", ".join(missing)})
    FrozenFigure.objects.bulk_create(_freeze(report, key, known[key], now) for key in keys)
    report.state, report.published_at, report.published_by = ReportState.PUBLISHED, now, by
    report.save(update_fields=["state", "published_at", "published_by"])
    return report


def _freeze(report: Report, key: str, version: IndicatorVersion, now: datetime) -> FrozenFigure:
    _scope, asked = asked_of(report)
    drawn = outline.dimensions(report.outline, key)
    dims = list(dict.fromkeys([*drawn, *version.breakdowns]))
    data = figure(version, asked, dims=dims, previous=previous_context(version, asked) is not None)
    ids, values = compute.snapshot(version, asked)
    below = compute.denominator_rows(version, asked)
    return FrozenFigure(
        report=report,
        slot=key,
        version=version,
        value=_four(data.value),
        previous=_four(data.previous),
        parts={"now": _plain(data.parts), "before": _plain(data.previous_parts)},
        row_ids=ids,
        row_values=values,
        denominator_ids=[] if below is None else list(below.order_by().values_list("pk", flat=True)),
        frozen_at=now,
    )


def _four(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(Decimal("0.0001"))


def _plain(parts: dict[str, list[Part]]) -> dict[str, list[list[Any]]]:
    return {
        name: [[p.key, p.label, None if p.value is None else str(p.value)] for p in found]
        for name, found in parts.items()
    }


@action(access.report)
def share(
    *,
    report_id: int,
    label: str,
    by: Account | None,
    now: datetime,
    days: int = 90,
    shows_rows: bool = False,
    funder_id: int | None = None,
) -> ReportLink:
    """A read-only link to a published report, for `days` (1 to 730). Raises ReportRefused."""
    report = Report.objects.get(pk=report_id)
    if report.state != ReportState.PUBLISHED:
        raise ReportRefused(_("Publiez le rapport avant de le partager."))
    if not label.strip():
        raise ReportRefused(_("Indiquez à qui le lien est destiné."))
    if not 1 <= days <= MAX_DAYS:
        raise ReportRefused(_("Un lien dure de 1 à 730 jours."))
    return ReportLink.objects.create(
        report=report,
        label=label.strip(),
        funder_id=funder_id,
        shows_rows=shows_rows,
        expires_at=now + timedelta(days=days),
        created_by=by,
    )


@action(access.link)
def revoke_link(*, link_id: int, by: Account | None, now: datetime) -> None:
    """The link opens nothing any more. Idempotent."""
    ReportLink.objects.filter(pk=link_id, revoked_at=None).update(revoked_at=now)
