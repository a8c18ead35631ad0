"""What accompaniment is counted by. The base is the *beneficiary* party of an intervention that stands:
interventions, enterprises and MRC are three distinct keys of the same rows.

MRC, region, sector and size are those frozen on the row; duplicates of an enterprise count once; notes are never read.
"""

from typing import Any

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, Value, When
from django.utils.translation import gettext_lazy as _

from maillage.core.facts import (
    Column,
    Count,
    CountDistinct,
    Dimension,
    Entered,
    Fact,
    FactContext,
    InPeriod,
    Overlaps,
    Ratio,
    Rollup,
    RowUrl,
    Sum,
    canonical,
    register,
)
from maillage.programmes.facts import frozen_dims

from .models import (
    CanvassMeeting,
    Deliverable,
    DeliverableKind,
    Diagnostic,
    FinancingIntervention,
    FinancingKind,
    Intensity,
    Intervention,
    InterventionParty,
    Mandate,
    OutcomeFollowUp,
    PartyRole,
    Referral,
    ReferralState,
    Stage,
    Trend,
    WorkMode,
)

GROUP = _("Accompagnement")


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


def _party_fact(key: str, label: Any, unit: Any, help: Any, measure: Any, rows: Any = served, **more: Any) -> Fact:
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
_BY_INTERVENTION = CountDistinct("intervention_id", label="intervention__public_id")
_BY_ENTERPRISE = CountDistinct("enterprise_id", canonical=True)

INTERVENTIONS = _party_fact(
    "interventions",
    _("Interventions"),
    _("interventions"),
    _("Interventions faites dans la période auprès d'au moins une entreprise bénéficiaire."),
    _BY_INTERVENTION,
)
ENTERPRISES_SERVED = _party_fact(
    "enterprises_served",
    _("Entreprises accompagnées"),
    _("entreprises"),
    _("Entreprises distinctes, bénéficiaires d'une intervention ou plus dans la période."),
    _BY_ENTERPRISE,
)
MRC_COVERED = _party_fact(
    "mrc_covered",
    _("MRC couvertes"),
    _("MRC"),
    _("MRC distinctes des entreprises accompagnées, telles que notées le jour de l'intervention."),
    CountDistinct("mrc_id", label="mrc__name"),
)
ENTERPRISES_INTENSIVE = _party_fact(
    "enterprises_intensive",
    _("Entreprises en accompagnement soutenu"),
    _("entreprises"),
    _("Parmi les entreprises accompagnées, celles dont un mandat soutenu touche la période."),
    _BY_ENTERPRISE,
    rows=served_intensively,
)
ENTERPRISES_SHORT = _party_fact(
    "enterprises_short",
    _("Entreprises en aide ponctuelle"),
    _("entreprises"),
    _("Parmi les entreprises accompagnées, celles sans mandat soutenu dans la période."),
    _BY_ENTERPRISE,
    rows=served_shortly,
)
ENTERPRISES_BY_INTENSITY = _party_fact(
    "enterprises_by_intensity",
    _("Entreprises accompagnées, par intensité"),
    _("entreprises"),
    _("Les entreprises accompagnées, chacune soutenue ou ponctuelle selon ses mandats de la période."),
    _BY_ENTERPRISE,
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


# --- by agreement: one row for each agreement under which the intervention is claimed ---------


def claimed(ctx: FactContext) -> Any:
    """Those served, once for each agreement that the intervention is claimed under."""
    return (
        served(ctx)
        .filter(intervention__claims__isnull=False)
        .annotate(
            agreement_id=F("intervention__claims__agreement_id"),
            agreement_title=F("intervention__claims__agreement__title"),
            funder_id=F("intervention__claims__agreement__funder_id"),
            funder_name=F("intervention__claims__agreement__funder__organisation__name"),
        )
    )


_CLAIM_DIMS = {
    "agreement": Dimension("agreement_id", _("Entente"), display="agreement_title"),
    "funder": Dimension("funder_id", _("Bailleur de fonds"), display="funder_name"),
}
CLAIMED_INTERVENTIONS = _party_fact(
    "claimed_interventions",
    _("Interventions déclarées à un bailleur"),
    _("interventions"),
    _("Interventions rattachées à une entente; par entente, une intervention peut compter sous plusieurs."),
    _BY_INTERVENTION,
    rows=claimed,
    **_CLAIM_DIMS,
)
CLAIMED_ENTERPRISES = _party_fact(
    "claimed_enterprises",
    _("Entreprises déclarées à un bailleur"),
    _("entreprises"),
    _("Entreprises distinctes bénéficiaires d'une intervention rattachée à une entente."),
    _BY_ENTERPRISE,
    rows=claimed,
    **_CLAIM_DIMS,
)


# --- mandates and what they deliver ----------------------------------------------------------

_MANDATE_DIMS = {
    **frozen_dims(),
    "stream": Dimension("stream_id", _("Volet"), display="stream__name"),
    "stream_key": Dimension("stream__key", _("Volet (code)")),
    "intensity": Dimension("intensity", _("Intensité"), choices=Intensity),
    "stage": Dimension("stage", _("Étape"), choices=Stage),
    "adviser": Dimension("adviser_id", _("Conseil"), display="adviser__family_name"),
    "edition": Dimension("edition_id", _("Édition"), display="edition__title"),
    "programme": Dimension("edition__programme_id", _("Programme"), display="edition__programme__title"),
    "agreement": Dimension("agreement_id", _("Entente"), display="agreement__title"),
    "funder": Dimension("agreement__funder__organisation_id", _("Bailleur de fonds"), organisation=True),
}

MANDATES = register(
    Fact(
        key="mandates",
        label=_("Mandats en cours"),
        unit=_("mandats"),
        group=GROUP,
        help=_("Mandats dont la durée touche la période."),
        rows=lambda ctx: Mandate.objects.filter(cancelled_at=None),
        measure=Count(rollup=Rollup.RECOMPUTE),
        period=Overlaps("during"),
        organisation="organisation",
        territory="mrc",
        dims=_MANDATE_DIMS,
        row_columns=(
            Column("enterprise__name", _("Entreprise")),
            Column("mrc__name", _("MRC")),
            Column("stream__name", _("Volet")),
            Column("intensity", _("Intensité"), kind="choice", choices=Intensity),
            Column("stage", _("Étape"), kind="choice", choices=Stage),
        ),
        row_url=RowUrl("accompaniment:mandate", "public_id"),
        entered=Entered(),
    )
)

_DELIVERABLE_DIMS = {
    **frozen_dims("mandate__enterprise_id"),
    **{
        k: Dimension(
            f"mandate__{d.path}",
            d.label,
            display=d.display and f"mandate__{d.display}",
            choices=d.choices,
            organisation=d.organisation,
        )
        for k, d in _MANDATE_DIMS.items()
        if k not in frozen_dims() and k != "stage"
    },
    "kind": Dimension("kind", _("Livrable"), choices=DeliverableKind),
}


def _deliverable_fact(key: str, label: Any, unit: Any, help: Any, kinds: tuple[str, ...], measure: Any = None) -> Fact:
    return register(
        Fact(
            key=key,
            label=label,
            unit=unit,
            group=GROUP,
            help=help,
            rows=lambda ctx: Deliverable.objects.filter(
                mandate__cancelled_at=None,
                removed_at=None,
                delivered_on__isnull=False,
                **({"kind__in": kinds} if kinds else {}),
            ),
            measure=measure or Count(),
            period=InPeriod("delivered_on"),
            organisation="mandate__organisation",
            territory="mrc",
            dims=_DELIVERABLE_DIMS,
            row_columns=(
                Column("delivered_on", _("Livré le"), kind="date"),
                Column("mandate__enterprise__name", _("Entreprise")),
                Column("mrc__name", _("MRC")),
                Column("kind", _("Livrable"), kind="choice", choices=DeliverableKind),
                Column("title", _("Titre")),
            ),
            row_url=RowUrl("accompaniment:mandate", "mandate__public_id"),
            entered=Entered(),
        )
    )


DELIVERABLES = _deliverable_fact(
    "deliverables", _("Livrables remis"), _("livrables"), _("Livrables de mandats remis dans la période."), ()
)
PLANS_DELIVERED = _deliverable_fact(
    "plans_delivered",
    _("Plans d'affaires remis"),
    _("plans"),
    _("Plans d'affaires remis dans la période."),
    (DeliverableKind.PLAN,),
)
DIAGNOSTICS_DELIVERED = _deliverable_fact(
    "diagnostics_delivered",
    _("Diagnostics remis"),
    _("diagnostics"),
    _("Diagnostics remis comme livrables de mandats dans la période."),
    (DeliverableKind.DIAGNOSTIC,),
)
PREDIAGNOSTICS_DELIVERED = _deliverable_fact(
    "prediagnostics_delivered",
    _("Entreprises avec un prédiagnostic"),
    _("entreprises"),
    _("Entreprises distinctes qui ont reçu un prédiagnostic dans la période."),
    (DeliverableKind.PREDIAGNOSTIC,),
    CountDistinct("mandate__enterprise_id", canonical=True),
)

QUESTIONNAIRES_ANSWERED = register(
    Fact(
        key="questionnaires_answered",
        label=_("Questionnaires de diagnostic remplis"),
        unit=_("questionnaires"),
        group=GROUP,
        help=_("Diagnostics remplis en ligne dans la période."),
        rows=lambda ctx: Diagnostic.objects.filter(cancelled_at=None, delivered_on__isnull=False),
        measure=Count(),
        period=InPeriod("delivered_on"),
        organisation="organisation",
        territory="mrc",
        dims={
            **frozen_dims(),
            "adviser": Dimension("adviser_id", _("Conseil"), display="adviser__family_name"),
            "questionnaire": Dimension(
                "version__questionnaire_id", _("Questionnaire"), display="version__questionnaire__title"
            ),
            "stream": Dimension(
                "version__questionnaire__stream_id", _("Volet"), display="version__questionnaire__stream__name"
            ),
            "stream_key": Dimension("version__questionnaire__stream__key", _("Volet (code)")),
        },
        row_columns=(
            Column("delivered_on", _("Date"), kind="date"),
            Column("enterprise__name", _("Entreprise")),
            Column("mrc__name", _("MRC")),
            Column("version__questionnaire__title", _("Questionnaire")),
        ),
        row_url=RowUrl("accompaniment:diagnostic", "public_id"),
        entered=Entered(),
    )
)

# --- referrals, financing, canvassing, outcomes ----------------------------------------------

REFERRALS = register(
    Fact(
        key="referrals",
        label=_("Références à un partenaire"),
        unit=_("références"),
        group=GROUP,
        help=_("Références faites dans la période avec le consentement de l'entreprise."),
        rows=lambda ctx: Referral.objects.filter(cancelled_at=None),
        measure=Count(),
        period=InPeriod("referred_on"),
        organisation="organisation",
        territory="mrc",
        dims={
            **frozen_dims(),
            "stream": Dimension("stream_id", _("Volet"), display="stream__name"),
            "stream_key": Dimension("stream__key", _("Volet (code)")),
            "state": Dimension("state", _("État"), choices=ReferralState),
            "partner": Dimension("partner_id", _("Partenaire"), organisation=True),
            "adviser": Dimension("adviser_id", _("Conseil"), display="adviser__family_name"),
        },
        row_columns=(
            Column("referred_on", _("Date"), kind="date"),
            Column("enterprise__name", _("Entreprise")),
            Column("partner__name", _("Partenaire")),
            Column("state", _("État"), kind="choice", choices=ReferralState),
        ),
        row_url=RowUrl("accompaniment:referral", "public_id"),
        entered=Entered(),
    )
)


def _financing(**conditions: Any) -> Any:
    return lambda ctx: FinancingIntervention.objects.filter(cancelled_at=None, **conditions)


def _financing_fact(key: str, label: Any, unit: Any, help: Any, measure: Any, **conditions: Any) -> Fact:
    return register(
        Fact(
            key=key,
            label=label,
            unit=unit,
            group=_("Financement des entreprises"),
            help=help,
            rows=_financing(**conditions),
            measure=measure,
            period=InPeriod("authorised_on"),
            organisation="organisation",
            territory="mrc",
            dims={
                **frozen_dims(),
                "kind": Dimension("kind", _("Type"), choices=FinancingKind),
                "innovative": Dimension("is_innovative", _("Projet innovant")),
                "manufacturing": Dimension("is_manufacturing", _("Projet manufacturier")),
                "social_economy": Dimension("is_social_economy", _("Économie sociale")),
                "by_network": Dimension("authorised_by_network", _("Autorisée par le réseau régional")),
                "stream": Dimension("stream_id", _("Volet"), display="stream__name"),
                "agreement": Dimension("agreement_id", _("Entente"), display="agreement__title"),
                "edition": Dimension("edition_id", _("Édition"), display="edition__title"),
            },
            row_columns=(
                Column("authorised_on", _("Date"), kind="date"),
                Column("enterprise__name", _("Entreprise")),
                Column("region__name", _("Région")),
                Column("kind", _("Type"), kind="choice", choices=FinancingKind),
                Column("amount", _("Montant"), kind="money", adds=True),
            ),
            row_url=RowUrl("accompaniment:financing_one", "public_id"),
            entered=Entered(),
            decimals=2 if isinstance(measure, Sum) else None,
        )
    )


FINANCING_AMOUNT = _financing_fact(
    "financing_amount",
    _("Valeur des interventions financières autorisées"),
    _("$"),
    _("Somme des montants autorisés dans la période."),
    Sum("amount", decimals=2),
)
FINANCING_COUNT = _financing_fact(
    "financing_count",
    _("Interventions financières autorisées"),
    _("interventions"),
    _("Nombre de financements autorisés dans la période."),
    Count(),
)
FINANCING_BY_NETWORK_SHARE = _financing_fact(
    "financing_by_network_share",
    _("Part autorisée par le réseau régional"),
    _("part"),
    _("Financements autorisés par le réseau régional, sur tous les financements autorisés dans la période."),
    Ratio(Count(), Count(), where=Q(authorised_by_network=True)),
)
FINANCING_MANUFACTURING_AMOUNT = _financing_fact(
    "financing_manufacturing_innovative_amount",
    _("Valeur des interventions pour projets manufacturiers innovants"),
    _("$"),
    _("Les montants autorisés des projets à la fois manufacturiers et innovants; inclus dans la valeur totale."),
    Sum("amount", decimals=2),
    is_manufacturing=True,
    is_innovative=True,
)
FINANCING_SOCIAL_COUNT = _financing_fact(
    "financing_social_economy_count",
    _("Interventions financières en économie sociale"),
    _("interventions"),
    _("Nombre de financements autorisés dans la période à des projets d'économie sociale."),
    Count(),
    is_social_economy=True,
)


def _meeting_fact(key: str, label: Any, help: Any, **conditions: Any) -> Fact:
    return register(
        Fact(
            key=key,
            label=label,
            unit=_("rencontres"),
            group=GROUP,
            help=help,
            rows=lambda ctx: CanvassMeeting.objects.filter(cancelled_at=None, **conditions),
            measure=Count(),
            period=InPeriod("met_on"),
            organisation="organisation",
            territory="mrc",
            dims={
                **frozen_dims(),
                "was_client": Dimension("was_client", _("Déjà cliente")),
                "adviser": Dimension("adviser_id", _("Conseil"), display="adviser__family_name"),
            },
            row_columns=(
                Column("met_on", _("Date"), kind="date"),
                Column("company_name", _("Entreprise")),
                Column("region__name", _("Région")),
            ),
            row_url=RowUrl("accompaniment:meeting", "public_id"),
            entered=Entered(),
        )
    )


MEETINGS = _meeting_fact(
    "canvass_meetings", _("Rencontres de démarchage"), _("Toutes les rencontres de démarchage de la période.")
)
MEETINGS_NON_CLIENTS = _meeting_fact(
    "canvass_meetings_non_clients",
    _("Rencontres d'entreprises non clientes"),
    _("Rencontres avec des entreprises qui n'étaient pas suivies ce jour-là."),
    was_client=False,
)

OUTCOMES_ANSWERED = register(
    Fact(
        key="outcomes_answered",
        label=_("Réponses aux questions de suivi"),
        unit=_("réponses"),
        group=GROUP,
        help=_("Réponses reçues des entreprises 6, 12 ou 24 mois après la fin d'un mandat."),
        rows=lambda ctx: OutcomeFollowUp.objects.filter(answered_at__isnull=False, mandate__cancelled_at=None),
        measure=Count(),
        period=InPeriod("answered_at", at=True),
        organisation="mandate__organisation",
        territory="mandate__mrc",
        dims={
            "months": Dimension("months", _("Mois après la fin")),
            "sales": Dimension("sales", _("Ventes"), choices=Trend),
            "stream": Dimension("mandate__stream_id", _("Volet"), display="mandate__stream__name"),
        },
        row_columns=(
            Column("answered_at", _("Date"), kind="date"),
            Column("mandate__enterprise__name", _("Entreprise")),
            Column("months", _("Mois"), kind="number"),
            Column("sales", _("Ventes"), kind="choice", choices=Trend),
        ),
        row_url=RowUrl("accompaniment:mandate", "mandate__public_id"),
        entered=Entered("answered_at"),
    )
)
