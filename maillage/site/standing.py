"""Where a person's organisations stand this year: a few figures, each of which opens on its rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from maillage.core.period import Period
from maillage.core.templatetags.maillage import day, number
from maillage.core.text import Sorting
from maillage.directory.models import Organisation
from maillage.directory.queries import organisations_where
from maillage.indicators import queries
from maillage.indicators.access import READERS
from maillage.indicators.types import FigureData

MOST = 2


@dataclass(frozen=True)
class Tile:
    """A figure as the home page says it."""

    label: str
    value: str
    unit: str
    href: str
    previous: str
    trend: str


@dataclass(frozen=True)
class Standing:
    """An organisation's year so far."""

    organisation: Organisation
    since: str
    tiles: Sequence[Tile]
    href: str


def standings(*, user: Any, today: date) -> list[Standing]:
    """The year so far of the organisations whose figures `user` reads; those without any work noted are left out."""
    keys = organisations_where(user=user, kinds=READERS)
    period = Period.fiscal_year(today.year if today.month >= 4 else today.year - 1)
    found = [
        _standing(organisation, period, today)
        for organisation in Organisation.objects.filter(pk__in=keys).order_by(Sorting("name"))[:MOST]
    ]
    return [standing for standing in found if standing.tiles]


def reads_figures(*, user: Any) -> bool:
    return bool(organisations_where(user=user, kinds=READERS))


def _standing(organisation: Organisation, period: Period, today: date) -> Standing:
    figures = queries.headlines(organisation=organisation, period=period, today=today)
    return Standing(
        organisation=organisation,
        since=_("Depuis le %(day)s") % {"day": day(period.start)},
        tiles=[_tile(figure) for figure in figures],
        href=reverse("indicators:figures") + f"?organisme={organisation.public_id}",
    )


def _tile(figure: FigureData) -> Tile:
    money = figure.unit == "$"
    decimals = 0 if money else figure.decimals
    before = figure.previous
    trend = "" if before is None or figure.value is None else _trend(figure.value - before)
    return Tile(
        label=figure.name,
        value=number(figure.value, decimals),
        unit="$" if money else "",
        href=figure.url,
        previous="" if before is None else number(before, decimals) + ("\N{NO-BREAK SPACE}$" if money else ""),
        trend=trend,
    )


def _trend(change: Any) -> str:
    return "up" if change > 0 else "down" if change < 0 else "flat"
