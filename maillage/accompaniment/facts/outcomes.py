"""What enterprises say 6, 12 and 24 months after a mandate: questions asked, answers, what they tell.

A question counts at the day when it was asked, an answer at the day when it came; the share that answered is that of
the questions asked in the period. MRC, sector and size are those of the mandate; what an enterprise wrote is not read.
"""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from maillage.core.facts import (
    Column,
    Count,
    CountDistinct,
    Dimension,
    Entered,
    Fact,
    InPeriod,
    Ratio,
    RowUrl,
    Sum,
    register,
)

from ..models import OutcomeFollowUp, Trend
from .mandates import MANDATE_DIMS

GROUP = _("Suites de l'accompagnement")
DELAYS = [(6, _("6 mois après")), (12, _("12 mois après")), (24, _("24 mois après"))]
_DIMS = {
    "months": Dimension("months", _("Délai"), choices=DELAYS),
    "sales": Dimension("sales", _("Ventes"), choices=Trend),
    "helped": Dimension("helped", _("Utilité, de 1 à 5")),
    **{k: d.through("mandate__") for k, d in MANDATE_DIMS.items()},
}


def _outcome_fact(
    key: str, label: Any, unit: Any, help: Any, measure: Any, day: str = "answered_at", **kept: Any
) -> Fact:
    return register(
        Fact(
            key=key,
            label=label,
            unit=unit,
            group=GROUP,
            help=help,
            rows=lambda ctx: OutcomeFollowUp.objects.filter(
                mandate__cancelled_at=None, **{f"{day}__isnull": False}, **kept
            ),
            measure=measure,
            period=InPeriod(day, at=True),
            organisation="mandate__organisation",
            territory="mandate__mrc",
            dims=_DIMS,
            row_columns=(
                Column(day, _("Date"), kind="date"),
                Column("mandate__enterprise__name", _("Entreprise")),
                Column("mandate__mrc__name", _("MRC")),
                Column("months", _("Délai"), kind="choice", choices=DELAYS),
                Column("sales", _("Ventes"), kind="choice", choices=Trend),
                Column("jobs_change", _("Emplois, en plus ou en moins"), kind="number", adds=True),
            ),
            row_url=RowUrl("accompaniment:follow_up", "public_id"),
            entered=Entered(day),
        )
    )


OUTCOMES_ASKED = _outcome_fact(
    "outcomes_asked",
    _("Questions de suivi envoyées"),
    _("questions"),
    _("Questions envoyées aux entreprises 6, 12 ou 24 mois après la fin d'un mandat."),
    Count(),
    "asked_at",
)
OUTCOMES_ANSWERED = _outcome_fact(
    "outcomes_answered",
    _("Réponses aux questions de suivi"),
    _("réponses"),
    _("Réponses reçues des entreprises 6, 12 ou 24 mois après la fin d'un mandat."),
    Count(),
)
OUTCOMES_ENTERPRISES = _outcome_fact(
    "outcomes_enterprises",
    _("Entreprises qui ont répondu au suivi"),
    _("entreprises"),
    _("Entreprises distinctes dont une réponse est venue dans la période."),
    CountDistinct("mandate__enterprise_id", canonical=True),
)
OUTCOMES_RESPONSE_RATE = _outcome_fact(
    "outcomes_response_rate",
    _("Taux de réponse au suivi"),
    "%",
    _("Questions qui ont une réponse aujourd'hui, sur celles qui ont été envoyées dans la période."),
    Ratio(Count(), Count(), where=Q(answered_at__isnull=False), percent=True, decimals=0),
    "asked_at",
)
OUTCOMES_SALES_UP = _outcome_fact(
    "outcomes_sales_up",
    _("Part des réponses : ventes en hausse"),
    "%",
    _("Parmi les réponses qui parlent des ventes, celles où elles sont en hausse."),
    Ratio(Count(), Count(), where=Q(sales=Trend.UP), percent=True, decimals=0),
    sales__in=Trend.values,
)
OUTCOMES_JOBS = _outcome_fact(
    "outcomes_jobs",
    _("Emplois en plus ou en moins, selon les entreprises"),
    _("emplois"),
    _("Somme des emplois gagnés et perdus que disent les réponses ; un mandat peut répondre à chaque délai."),
    Sum("jobs_change"),
    jobs_change__isnull=False,
)
OUTCOMES_HELPED = _outcome_fact(
    "outcomes_helped",
    _("Utilité de l'accompagnement, de 1 à 5"),
    _("sur 5"),
    _("Moyenne de ce que les entreprises répondent, de 1 (pas du tout) à 5 (beaucoup)."),
    Ratio(Sum("helped"), Count(), decimals=1),
    helped__isnull=False,
)
