"""Strategic watch: enterprises that receive signals, signals found, signals received."""

from typing import Any

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
    Rollup,
    RowUrl,
    register,
)
from maillage.programmes.facts import frozen_dims

from ..models import WatchDelivery, WatchSignal, WatchSubscription, Weight

GROUP = _("Veille")


def _topic_dims(prefix: str = "") -> dict[str, Dimension]:
    return {
        "topic": Dimension(f"{prefix}topic_id", _("Sujet de veille"), display=f"{prefix}topic__title"),
        "stream": Dimension(f"{prefix}topic__stream_id", _("Volet"), display=f"{prefix}topic__stream__name"),
        "stream_key": Dimension(f"{prefix}topic__stream__key", _("Volet (code)")),
    }


def _running(ctx: FactContext) -> Any:
    """Subscriptions; in a period, without those that the enterprise stopped before it began."""
    rows = WatchSubscription.objects.all()
    return rows if ctx.period is None else rows.exclude(stopped_at__date__lt=ctx.period.start)


def _subscriptions(key: str, label: Any, unit: Any, help: Any, measure: Any) -> Fact:
    return register(
        Fact(
            key=key,
            label=label,
            unit=unit,
            group=GROUP,
            help=help,
            rows=_running,
            measure=measure,
            period=Overlaps("during"),
            organisation="topic__organisation",
            territory="mrc",
            dims={
                **frozen_dims(),
                **_topic_dims(),
                "adviser": Dimension("adviser_id", _("Conseil"), display="adviser__family_name"),
            },
            row_columns=(
                Column("during__startswith", _("Depuis"), kind="date"),
                Column("during__endswith", _("Jusqu'au"), kind="date"),
                Column("enterprise__name", _("Entreprise")),
                Column("mrc__name", _("MRC")),
                Column("topic__title", _("Sujet de veille")),
            ),
            row_url=RowUrl("accompaniment:watch_topic", "topic__public_id"),
            entered=Entered(),
        )
    )


WATCH_ENTERPRISES = _subscriptions(
    "watch_enterprises",
    _("Entreprises en veille"),
    _("entreprises"),
    _("Entreprises distinctes abonnées à un sujet de veille au moins un jour de la période."),
    CountDistinct("enterprise_id", canonical=True),
)
WATCH_SUBSCRIPTIONS = _subscriptions(
    "watch_subscriptions",
    _("Abonnements à la veille"),
    _("abonnements"),
    _("Abonnements à un sujet de veille qui durent au moins un jour de la période."),
    Count(rollup=Rollup.RECOMPUTE),
)

WATCH_SIGNALS = register(
    Fact(
        key="watch_signals",
        label=_("Signaux de veille"),
        unit=_("signaux"),
        group=GROUP,
        help=_("Signaux trouvés et notés dans la période, envoyés ou non."),
        rows=lambda ctx: WatchSignal.objects.filter(removed_at=None),
        measure=Count(),
        period=InPeriod("noted_on"),
        organisation="topic__organisation",
        dims={
            **_topic_dims(),
            "weight": Dimension("weight", _("Importance"), choices=Weight),
            "adviser": Dimension("adviser_id", _("Conseil"), display="adviser__family_name"),
        },
        row_columns=(
            Column("noted_on", _("Date"), kind="date"),
            Column("topic__title", _("Sujet de veille")),
            Column("title", _("Signal")),
            Column("weight", _("Importance"), kind="choice", choices=Weight),
        ),
        row_url=RowUrl("accompaniment:watch_topic", "topic__public_id"),
        entered=Entered(at="noted_on"),
    )
)

WATCH_DELIVERIES = register(
    Fact(
        key="watch_deliveries",
        label=_("Signaux reçus par les entreprises"),
        unit=_("envois"),
        group=GROUP,
        help=_("Un envoi par signal et par entreprise abonnée, au jour de l'envoi."),
        rows=lambda ctx: WatchDelivery.objects.filter(signal__removed_at=None),
        measure=Count(),
        period=InPeriod("at", at=True),
        organisation="subscription__topic__organisation",
        territory="subscription__mrc",
        dims={
            **{k: d.through("subscription__") for k, d in frozen_dims().items()},
            **_topic_dims("subscription__"),
            "weight": Dimension("signal__weight", _("Importance"), choices=Weight),
        },
        row_columns=(
            Column("at", _("Date"), kind="date"),
            Column("signal__title", _("Signal")),
            Column("subscription__enterprise__name", _("Entreprise")),
            Column("subscription__mrc__name", _("MRC")),
        ),
        row_url=RowUrl("accompaniment:watch_topic", "subscription__topic__public_id"),
        entered=Entered(at="at"),
    )
)
