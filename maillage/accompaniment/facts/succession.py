"""Business succession: cases followed, opened, ended by a transfer, people who may take over.

That an enterprise is to be handed over is known to those who follow it alone: rows say where and what, never which;
they open on the case for those who may read it.
"""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from maillage.core.facts import (
    Column,
    Count,
    Dimension,
    Entered,
    Fact,
    InPeriod,
    Lasting,
    Ratio,
    Rollup,
    RowUrl,
    Sum,
    register,
)
from maillage.programmes.facts import frozen_dims

from ..models import BuyerState, SuccessionBuyer, SuccessionCase, SuccessionKind, SuccessionStage

GROUP = _("Relève d'entreprises")
_DIMS = {
    **{k: d for k, d in frozen_dims().items() if k != "enterprise"},
    "kind": Dimension("kind", _("Genre de relève"), choices=SuccessionKind),
    "stage": Dimension("stage", _("Étape"), choices=SuccessionStage),
    "stream": Dimension("stream_id", _("Volet"), display="stream__name"),
    "stream_key": Dimension("stream__key", _("Volet (code)")),
    "agreement": Dimension("agreement_id", _("Entente"), display="agreement__title"),
    "funder": Dimension("agreement__funder__organisation_id", _("Bailleur de fonds"), organisation=True),
    "adviser": Dimension("adviser_id", _("Conseil"), display="adviser__family_name"),
}


def _case_fact(key: str, label: Any, unit: Any, help: Any, measure: Any, period: Any, **kept: Any) -> Fact:
    return register(
        Fact(
            key=key,
            label=label,
            unit=unit,
            group=GROUP,
            help=help,
            rows=lambda ctx: SuccessionCase.objects.filter(cancelled_at=None, **kept),
            measure=measure,
            period=period,
            organisation="organisation",
            territory="mrc",
            dims=_DIMS,
            row_columns=(
                Column("opened_on", _("Ouvert le"), kind="date"),
                Column("ended_on", _("Fermé le"), kind="date"),
                Column("mrc__name", _("MRC")),
                Column("sector__name", _("Secteur")),
                Column("kind", _("Genre de relève"), kind="choice", choices=SuccessionKind),
                Column("stage", _("Étape"), kind="choice", choices=SuccessionStage),
                Column("jobs", _("Emplois"), kind="number", adds=True),
            ),
            row_url=RowUrl("accompaniment:succession", "public_id"),
            entered=Entered(),
        )
    )


SUCCESSIONS = _case_fact(
    "successions",
    _("Dossiers de relève suivis"),
    _("dossiers"),
    _("Dossiers de relève ouverts au moins un jour de la période."),
    Count(rollup=Rollup.RECOMPUTE),
    Lasting("opened_on", "ended_on"),
)
SUCCESSIONS_OPENED = _case_fact(
    "successions_opened",
    _("Dossiers de relève ouverts"),
    _("dossiers"),
    _("Dossiers de relève dont le suivi a commencé dans la période."),
    Count(),
    InPeriod("opened_on"),
)
SUCCESSIONS_TRANSFERRED = _case_fact(
    "successions_transferred",
    _("Entreprises transférées"),
    _("entreprises"),
    _("Dossiers de relève qui ont abouti à un transfert dans la période."),
    Count(),
    InPeriod("ended_on"),
    stage=SuccessionStage.TRANSFERRED,
)
SUCCESSION_JOBS_KEPT = _case_fact(
    "succession_jobs_kept",
    _("Emplois des entreprises transférées"),
    _("emplois"),
    _("Emplois en jeu des dossiers de relève qui ont abouti à un transfert dans la période."),
    Sum("jobs"),
    InPeriod("ended_on"),
    stage=SuccessionStage.TRANSFERRED,
)
SUCCESSIONS_COLLECTIVE_SHARE = _case_fact(
    "successions_collective_share",
    _("Part des transferts collectifs"),
    "%",
    _("Parmi les transferts de la période, ceux qui vont à des employés ou à une coopérative."),
    Ratio(
        Count(), Count(), where=Q(kind__in=[SuccessionKind.EMPLOYEES, SuccessionKind.COOP]), percent=True, decimals=0
    ),
    InPeriod("ended_on"),
    stage=SuccessionStage.TRANSFERRED,
)

SUCCESSION_BUYERS = register(
    Fact(
        key="succession_buyers",
        label=_("Personnes qui pourraient reprendre"),
        unit=_("personnes"),
        group=GROUP,
        help=_("Repreneurs possibles, notés aux dossiers de relève dans la période."),
        rows=lambda ctx: SuccessionBuyer.objects.filter(removed_at=None, case__cancelled_at=None),
        measure=Count(),
        period=InPeriod("added_on"),
        organisation="case__organisation",
        territory="case__mrc",
        dims={
            **{k: d.through("case__") for k, d in _DIMS.items()},
            "buyer_state": Dimension("state", _("Où il en est"), choices=BuyerState),
        },
        row_columns=(
            Column("added_on", _("Date"), kind="date"),
            Column("case__mrc__name", _("MRC")),
            Column("case__kind", _("Genre de relève"), kind="choice", choices=SuccessionKind),
            Column("state", _("Où il en est"), kind="choice", choices=BuyerState),
        ),
        row_url=RowUrl("accompaniment:succession", "case__public_id"),
        entered=Entered(at="added_on"),
    )
)
