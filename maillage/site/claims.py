"""What is claimed under an agreement, for its page: the interventions, the activities and editions that it pays for."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode

from maillage.core import facts
from maillage.core.facts import FactContext
from maillage.core.period import Period
from maillage.directory.queries import organisations_where
from maillage.funding.claimed import Claimed
from maillage.funding.models import Agreement
from maillage.indicators.menu import READS_FIGURES
from maillage.indicators.queries import double_claims

SHOWN = ("claimed_interventions", "claimed_enterprises", "activities", "activity_participants", "cohort_enterprises")


def work(user: Any, agreement: Agreement, period: Period) -> Iterable[Claimed]:
    """The figures of the work that the agreement pays for, each open on its rows for those who read figures. One
    statement for all of them, three more for what is claimed twice."""
    ctx = FactContext((agreement.organisation_id,), period).narrowed(agreement=str(agreement.pk))
    asks = [(facts.get(key), ctx) for key in SHOWN]
    reads = agreement.organisation_id in organisations_where(user=user, kinds=tuple(READS_FIGURES))
    twice = double_claims(organisation_id=agreement.organisation_id, period=period)
    forbidden = sum(1 for c in twice if agreement in (c.first, c.second))
    for (fact, _ctx), value in zip(asks, facts.values(asks), strict=True):
        if value:
            alone = fact.key == "claimed_interventions"
            yield Claimed(
                label=str(fact.label),
                value=int(value),
                href=_rows(fact.key, agreement, period) if reads else "",
                forbidden=forbidden if alone else 0,
                forbidden_href=reverse("indicators:claims") if reads and alone else "",
            )


def _rows(key: str, agreement: Agreement, period: Period) -> str:
    asked: dict[str, str | int] = {
        "debut": period.start.isoformat(),
        "agreement": agreement.pk,
        "organisme": str(agreement.organisation.public_id),
    }
    if period.end is not None:
        asked["fin"] = period.end.isoformat()
    return f"{reverse('indicators:fact', args=[key])}?{urlencode(asked)}"
