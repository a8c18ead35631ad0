"""Interventions, enterprises and MRC: three distinct keys of the *beneficiary* parties of interventions that stand."""

from typing import Any

from django.db.models import Case, CharField, Exists, OuterRef, Value, When
from django.utils.translation import gettext_lazy as _

from maillage.core.facts import (
    Column,
    CountDistinct,
    Dimension,
    Entered,
    Fact,
    FactContext,
    InPeriod,
    RowUrl,
    Sum,
    canonical,
    register,
)
from maillage.programmes.facts import frozen_dims

from ..models import Intensity, Intervention, InterventionParty, Mandate, PartyRole, WorkMode
from .group import GROUP


def served(ctx: FactContext) -> Any:
    """Beneficiaries of interventions that stand."""
    return InterventionParty.objects.filter(
        role=PartyRole.BENEFICIARY, enterprise__isnull=False, intervention__cancelled_at=None
    )


def _intensive(ctx: FactContext) -> Exists:
    """Whether the row's enterprise has an intensive engagement with the same organisation, in the same stream, that
    overlaps the period."""
    mandates = Mandate.objects.filter(
        cancelled_at=None,
        intensity=Intensity.INTENSIVE,
        organisation_id=OuterRef("intervention__organisation_id"),
        stream_id=OuterRef("intervention__stream_id"),
    )
    if ctx.period is not None:
        mandates = mandates.filter(during__overlap=(ctx.period.start, ctx.period.end))
    return Exists(mandates.annotate(_canonical=canonical("enterprise")).filter(_canonical=OuterRef("_enterprise")))


def served_intensively(ctx: FactContext) -> Any:
    """Those served who have an *intensive* engagement in that stream that overlaps the period."""
    return served(ctx).annotate(_enterprise=canonical("enterprise")).filter(_intensive(ctx))


def served_shortly(ctx: FactContext) -> Any:
    """Those served without one: in one stream, intensive and short together are all those served."""
    return served(ctx).annotate(_enterprise=canonical("enterprise")).filter(~_intensive(ctx))


def served_with_intensity(ctx: FactContext) -> Any:
    """Those served, each row saying whether the enterprise is accompanied intensively in that stream and period."""
    intensity = Case(When(_intensive(ctx), then=Value("intensive")), default=Value("short"), output_field=CharField())
    return served(ctx).annotate(_enterprise=canonical("enterprise")).annotate(intensity=intensity)


_PARTY_DIMS = {
    **frozen_dims(),
    "stream": Dimension("intervention__stream_id", _("Volet"), display="intervention__stream__name"),
    "stream_key": Dimension("intervention__stream__key", _("Volet (code)")),
    "topic": Dimension("intervention__topic_id", _("Sujet"), display="intervention__topic__name"),
    "service": Dimension("intervention__service_id", _("Service"), display="intervention__service__name"),
    "service_key": Dimension("intervention__service__key", _("Service (code)")),
    "mode": Dimension("intervention__mode", _("Mode"), choices=WorkMode),
    "adviser": Dimension("intervention__adviser_id", _("Conseil"), display="intervention__adviser__family_name"),
    "edition": Dimension("intervention__edition_id", _("Édition"), display="intervention__edition__title"),
    "programme": Dimension(
        "intervention__edition__programme_id", _("Programme"), display="intervention__edition__programme__title"
    ),
}
_PARTY_COLUMNS = (
    Column("intervention__done_on", _("Date"), kind="date"),
    Column("enterprise__name", _("Entreprise")),
    Column("mrc__name", _("MRC")),
    Column("intervention__stream__name", _("Volet")),
    Column("intervention__topic__name", _("Sujet")),
    Column("intervention__service__name", _("Service")),
    Column("intervention__minutes", _("Minutes"), kind="number"),
)


def party_fact(key: str, label: Any, unit: Any, help: Any, measure: Any, rows: Any = served, **more: Any) -> Fact:
    return register(
        Fact(
            key=key,
            label=label,
            unit=unit,
            group=GROUP,
            help=help,
            rows=rows,
            measure=measure,
            period=InPeriod("intervention__done_on"),
            organisation="intervention__organisation",
            territory="mrc",
            dims={**_PARTY_DIMS, **more},
            row_columns=_PARTY_COLUMNS,
            row_url=RowUrl("accompaniment:intervention", "intervention__public_id"),
            entered=Entered("intervention__created_at", "intervention__created_by"),
        )
    )


_INTENSITY = Dimension("intensity", _("Intensité"), choices=Intensity)
BY_INTERVENTION = CountDistinct("intervention_id", label="intervention__public_id")
BY_ENTERPRISE = CountDistinct("enterprise_id", canonical=True)

INTERVENTIONS = party_fact(
    "interventions",
    _("Interventions"),
    _("interventions"),
    _("Interventions faites dans la période auprès d'au moins une entreprise bénéficiaire."),
    BY_INTERVENTION,
)
ENTERPRISES_SERVED = party_fact(
    "enterprises_served",
    _("Entreprises accompagnées"),
    _("entreprises"),
    _("Entreprises distinctes, bénéficiaires d'une intervention ou plus dans la période."),
    BY_ENTERPRISE,
)
MRC_COVERED = party_fact(
    "mrc_covered",
    _("MRC couvertes"),
    _("MRC"),
    _("MRC distinctes des entreprises accompagnées, telles que notées le jour de l'intervention."),
    CountDistinct("mrc_id", label="mrc__name"),
)
ENTERPRISES_INTENSIVE = party_fact(
    "enterprises_intensive",
    _("Entreprises en accompagnement soutenu"),
    _("entreprises"),
    _("Parmi les entreprises accompagnées, celles dont un mandat soutenu touche la période."),
    BY_ENTERPRISE,
    rows=served_intensively,
)
ENTERPRISES_SHORT = party_fact(
    "enterprises_short",
    _("Entreprises en aide ponctuelle"),
    _("entreprises"),
    _("Parmi les entreprises accompagnées, celles sans mandat soutenu dans la période."),
    BY_ENTERPRISE,
    rows=served_shortly,
)
ENTERPRISES_BY_INTENSITY = party_fact(
    "enterprises_by_intensity",
    _("Entreprises accompagnées, par intensité"),
    _("entreprises"),
    _("Les entreprises accompagnées, chacune soutenue ou ponctuelle selon ses mandats de la période."),
    BY_ENTERPRISE,
    rows=served_with_intensity,
    intensity=_INTENSITY,
)
INTERVENTION_MINUTES = register(
    Fact(
        key="intervention_minutes",
        label=_("Temps d'intervention"),
        unit=_("minutes"),
        group=GROUP,
        help=_("Minutes des interventions de la période, chacune comptée une fois."),
        rows=lambda ctx: Intervention.objects.filter(cancelled_at=None, minutes__isnull=False),
        measure=Sum("minutes"),
        period=InPeriod("done_on"),
        organisation="organisation",
        dims={
            "stream": Dimension("stream_id", _("Volet"), display="stream__name"),
            "stream_key": Dimension("stream__key", _("Volet (code)")),
            "adviser": Dimension("adviser_id", _("Conseil"), display="adviser__family_name"),
            "topic": Dimension("topic_id", _("Sujet"), display="topic__name"),
            "service": Dimension("service_id", _("Service"), display="service__name"),
        },
        row_columns=(
            Column("done_on", _("Date"), kind="date"),
            Column("stream__name", _("Volet")),
            Column("minutes", _("Minutes"), kind="number", adds=True),
        ),
        row_url=RowUrl("accompaniment:intervention", "public_id"),
        entered=Entered("created_at", "created_by"),
    )
)
