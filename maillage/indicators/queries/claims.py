"""One record, several funders: interventions claimed under agreements that exclude each other."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, StringAgg, Value

from maillage.accompaniment.models import Claim, ClaimRelease
from maillage.core.period import Period
from maillage.funding.models import Agreement


@dataclass(frozen=True)
class DoubleClaim:
    """An intervention accounted for under two agreements that may not pay for the same work."""

    intervention_id: int
    intervention_public_id: str
    done_on: date
    summary: str
    enterprises: str
    first: Agreement
    second: Agreement


def _doubles(organisation_id: int, period: Period | None) -> QuerySet[Any]:
    """The first claim of each pair, with the agreement of the `other`."""
    claims = (
        Claim.objects.filter(intervention__organisation_id=organisation_id, intervention__cancelled_at=None)
        .annotate(other=F("agreement__excludes"))
        .filter(other__isnull=False, agreement_id__lt=F("other"))
        .filter(Exists(Claim.objects.filter(intervention=OuterRef("intervention"), agreement=OuterRef("other"))))
    )
    if period is not None:
        claims = claims.filter(intervention__done_on__gte=period.start)
        if period.end is not None:
            claims = claims.filter(intervention__done_on__lt=period.end)
    return claims


def double_claims(*, organisation_id: int, period: Period | None = None, limit: int = 200) -> list[DoubleClaim]:
    """The latest first. Two queries."""
    claims = _doubles(organisation_id, period)
    named = StringAgg(
        "intervention__parties__enterprise__name",
        delimiter=Value(", "),
        filter=Q(intervention__parties__role="beneficiary"),
        distinct=True,
    )
    rows = list(
        claims.values(
            "agreement_id",
            "other",
            "intervention_id",
            "intervention__public_id",
            "intervention__done_on",
            "intervention__summary",
        )
        .annotate(enterprises=named)
        .order_by("-intervention__done_on", "intervention__public_id")[:limit]
    )
    wanted = {r["agreement_id"] for r in rows} | {r["other"] for r in rows}
    known = Agreement.objects.select_related("funder__organisation").in_bulk(wanted)
    return [
        DoubleClaim(
            intervention_id=r["intervention_id"],
            intervention_public_id=str(r["intervention__public_id"]),
            done_on=r["intervention__done_on"],
            summary=r["intervention__summary"],
            enterprises=r["enterprises"] or "",
            first=known[r["agreement_id"]],
            second=known[r["other"]],
        )
        for r in rows
    ]


def count_double_claims(*, organisation_id: int, period: Period | None = None) -> int:
    """How many choices are to be made. One query."""
    return _doubles(organisation_id, period).count()


def releases_of(*, organisation_id: int, limit: int = 50) -> list[ClaimRelease]:
    """The choices made, the latest first."""
    rows = ClaimRelease.objects.filter(intervention__organisation_id=organisation_id).select_related(
        "intervention",
        "kept__funder__organisation",
        "released__funder__organisation",
        "by__person",
        "undone_by__person",
    )
    return list(rows[:limit])


def agreements_of(*, organisation_id: int) -> list[Agreement]:
    """The agreements of an organisation, with their funder."""
    return list(Agreement.objects.filter(organisation_id=organisation_id).select_related("funder__organisation"))


def funder_year(agreement: Agreement, today: date) -> Period:
    """The year of the funder that contains a day: agreements count on their own fiscal year."""
    year = today.year if today.month >= agreement.fiscal_month else today.year - 1
    return Period.fiscal_year(year, first_month=agreement.fiscal_month)
