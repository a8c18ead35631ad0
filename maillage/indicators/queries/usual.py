"""The figures that most organisations want first, of the work that they already note here."""

from datetime import date
from decimal import Decimal

from django.urls import reverse

from maillage.core import facts
from maillage.core.facts import Fact
from maillage.core.period import Period
from maillage.directory.types import Organisation

from .. import access
from ..types import FigureData

USUAL = (
    "interventions",
    "enterprises_served",
    "mrc_covered",
    "activities",
    "activity_participants",
    "mandates",
    "financing_amount",
    "watch_enterprises",
    "successions",
    "market_sales",
    "market_orders",
    "market_buyers",
    "market_to_farms",
    "market_producers_selling",
    "market_products_sold",
    "market_cycles",
    "members",
    "new_members",
)
"""Keys of facts, in the order in which they are told. One that no context declares is passed over."""


def usual_facts(*, organisation: Organisation) -> list[Fact]:
    """Those of which the organisation has at least one row, whenever it was."""
    asked = access.scope_of(organisation).asks(None)
    known = facts.registered()
    return [f for f in map(known.get, USUAL) if f is not None and f.rows(asked).order_by().exists()]


def headlines(*, organisation: Organisation, period: Period, today: date, limit: int = 4) -> list[FigureData]:
    """The first usual figures that are not empty in the period, beside those of the year before at the same date
    while the period runs; each with the address of its rows. Two statements a kind of row.
    """
    elapsed = period.so_far(today)
    scope = access.scope_of(organisation, period=elapsed)
    wanted = [fact for fact in map(facts.registered().get, USUAL) if fact is not None]
    now = facts.values([(fact, scope.asks(elapsed)) for fact in wanted])
    told = [(fact, value) for fact, value in zip(wanted, now, strict=True) if value][:limit]
    before = facts.values([(fact, scope.asks(elapsed.a_year_before())) for fact, _value in told])
    query = f"?organisme={organisation.public_id}&debut={elapsed.start}&fin={elapsed.end}"
    return [
        FigureData(
            key=fact.key,
            name=str(fact.label),
            unit=str(fact.unit),
            value=_number(value),
            previous=_number(earlier) or None,
            sentence=str(fact.help),
            decimals=fact.decimals,
            url=reverse("indicators:fact", args=[fact.key]) + query,
        )
        for (fact, value), earlier in zip(told, before, strict=True)
    ]


def _number(value: int | Decimal | None) -> Decimal | None:
    return None if value is None else Decimal(value)
