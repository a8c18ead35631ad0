"""A first set of indicators, so that nobody begins with an empty page."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import translation

from maillage.core.actions import action
from maillage.core.facts import Fact
from maillage.directory.models import Account

from .. import access
from ..models import Indicator, IndicatorVersion
from .definitions import Definition, define


@action(access.team)
def define_usual(
    *, organisation_id: int, facts: Sequence[Fact], by: Account | None, now: datetime
) -> list[IndicatorVersion]:
    """Keep an indicator for each fact, as the context that declares it names it; one that is kept already stays."""
    known = set(Indicator.objects.filter(organisation_id=organisation_id).values_list("key", flat=True))
    return [
        define(organisation_id=organisation_id, definition=_as_declared(fact), by=by, now=now)
        for fact in facts
        if _key(fact) not in known
    ]


def _key(fact: Fact) -> str:
    return fact.key.replace("_", "-")


def _as_declared(fact: Fact) -> Definition:
    with translation.override("en"):
        name_en, unit_en = str(fact.label), str(fact.unit)
    with translation.override("fr"):
        return Definition(
            name=str(fact.label),
            name_en=name_en,
            unit=str(fact.unit),
            unit_en=unit_en,
            fact=fact.key,
            key=_key(fact),
            theme=str(fact.group),
            decimals=fact.decimals,
        )
