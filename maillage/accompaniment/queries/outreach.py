"""Referrals, financings and canvassing meetings that a person may read."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from maillage.core.text import fold
from maillage.core.typed import search_text
from maillage.directory.models import Organisation

from ..models import CanvassMeeting, ClientFile, FinancingIntervention, FinancingKind, Referral, ReferralState
from .search import matching
from .work import one, within


def referrals_for(*, user: Any, state: str = "", text: str = "") -> QuerySet[Referral]:
    """Referrals made by the user's organisations."""
    rows = Referral.objects.select_related("organisation", "enterprise", "partner", "adviser", "stream")
    if state in ReferralState.values:
        rows = rows.filter(state=state)
    if text.strip():
        named = matching(Organisation.objects.all(), text).values("pk")
        rows = rows.filter(Q(enterprise__in=named) | Q(partner__in=named))
    return within(rows.filter(cancelled_at=None), user).order_by("-referred_on", "-pk")


def referrals_received(*, user: Any) -> QuerySet[Referral]:
    """Referrals made to the user's organisations, who answer them."""
    rows = Referral.objects.select_related("organisation", "enterprise", "partner")
    return within(rows.filter(cancelled_at=None), user, path="partner").order_by("-referred_on", "-pk")


def referral_for(*, user: Any, public_id: UUID | str) -> Referral:
    """A referral made by the user's organisations (withdrawn or not), or made to them; Http404 otherwise."""
    rows = Referral.objects.select_related("organisation", "enterprise", "partner", "adviser", "stream")
    made = within(rows, user)
    received = within(rows.filter(cancelled_at=None), user, path="partner")
    found: Referral = one(made | received, public_id)
    return found


def every_financing(*, user: Any) -> QuerySet[FinancingIntervention]:
    """Financing interventions of the user's organisations, cancelled or not."""
    rows = FinancingIntervention.objects.select_related(
        "organisation", "enterprise", "region", "adviser", "stream", "edition", "agreement"
    )
    return within(rows, user).order_by("-authorised_on", "-pk")


def financings_for(
    *, user: Any, text: str = "", kind: str = "", flag: str = "", cancelled: bool = False
) -> QuerySet[FinancingIntervention]:
    """Those that stand (or those cancelled), as filtered. `flag`: the name of a yes-or-no field that is yes."""
    rows = every_financing(user=user).filter(cancelled_at__isnull=not cancelled)
    if kind in FinancingKind.values:
        rows = rows.filter(kind=kind)
    if flag:
        rows = rows.filter(**{flag: True})
    if text.strip():
        named = matching(Organisation.objects.all(), text).values("pk")
        rows = rows.filter(Q(enterprise__in=named) | Q(project__unaccent__icontains=fold(search_text(text))))
    return rows


@dataclass(frozen=True)
class FinancingSums:
    """Dollars and rows, in all and authorised by the regional network."""

    count: int
    amount: Decimal
    network_count: int
    network_amount: Decimal

    @property
    def share(self) -> float | None:
        """The part of the financings that the network authorised, in percent."""
        return 100 * self.network_count / self.count if self.count else None


def financing_sums(rows: QuerySet[FinancingIntervention]) -> FinancingSums:
    """One statement."""
    network = Q(authorised_by_network=True)
    found = rows.order_by().aggregate(
        n=Count("pk"), total=Sum("amount"), m=Count("pk", filter=network), part=Sum("amount", filter=network)
    )
    return FinancingSums(found["n"], found["total"] or Decimal(0), found["m"], found["part"] or Decimal(0))


def every_meeting(*, user: Any) -> QuerySet[CanvassMeeting]:
    """Canvassing meetings of the user's organisations, taken out or not; `is_client`: whether the enterprise has a file
    today."""
    rows = CanvassMeeting.objects.select_related("organisation", "enterprise", "region", "mrc", "adviser")
    files = ClientFile.objects.filter(
        organisation=OuterRef("organisation"), enterprise=OuterRef("enterprise"), closed_on=None
    )
    found: QuerySet[CanvassMeeting] = within(rows, user).annotate(is_client=Exists(files)).order_by("-met_on", "-pk")
    return found


def meetings_for(*, user: Any, text: str = "", which: str = "") -> QuerySet[CanvassMeeting]:
    """Those that count. `which`: "nouvelles" (not clients that day), "devenues" (clients since), "retirees"."""
    rows: Any = every_meeting(user=user).filter(cancelled_at__isnull=which != "retirees")
    if which == "nouvelles":
        rows = rows.filter(was_client=False)
    elif which == "devenues":
        rows = rows.filter(was_client=False, is_client=True)
    if text.strip():
        rows = matching(rows, text, name="company_name")
    found: QuerySet[CanvassMeeting] = rows
    return found
