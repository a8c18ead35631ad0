"""Financing interventions: their number, their value, those that the regional network authorised."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from maillage.core.facts import Column, Count, Dimension, Entered, Fact, InPeriod, Ratio, RowUrl, Sum, register
from maillage.programmes.facts import frozen_dims

from ..models import FinancingIntervention, FinancingKind


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
