"""Mandates, and what they deliver."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from maillage.core.facts import (
    Column,
    Count,
    CountDistinct,
    Dimension,
    Entered,
    Fact,
    InPeriod,
    Overlaps,
    Rollup,
    RowUrl,
    register,
)
from maillage.programmes.facts import frozen_dims

from ..models import Deliverable, DeliverableKind, Intensity, Mandate, Stage
from .group import GROUP

MANDATE_DIMS = {
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
        dims=MANDATE_DIMS,
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
    **{k: d.through("mandate__") for k, d in MANDATE_DIMS.items() if k not in frozen_dims() and k != "stage"},
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
