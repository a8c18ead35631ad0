"""What a member sees of the networks that it belongs to: what they count of its work, and the forms that it owes."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import Http404

from maillage.core.facts import FactContext
from maillage.core.period import Period
from maillage.core.text import Sorting
from maillage.directory import queries as directory

from .. import compute
from ..access import EDITORS, NETWORK_READERS, may
from ..models import Declaration, IndicatorVersion, NetworkMember
from .figures import current_versions


@dataclass(frozen=True)
class Membership:
    """One member in one network on a day; `counted` is what its work makes of the network's figures in a period."""

    link: NetworkMember
    declarations: list[Declaration]
    counted: list[tuple[IndicatorVersion, Decimal | None]]
    decides: bool


def has_network(*, user: Any) -> bool:
    """Whether there is a network to see: one that the user directs, or that an organisation of theirs belongs to."""
    ids = directory.organisations_where(user=user, kinds=NETWORK_READERS)
    links = NetworkMember.objects.filter(network_id__in=ids) | NetworkMember.objects.filter(member_id__in=ids)
    return bool(ids) and links.exists()


def memberships_of(*, user: Any, today: date, period: Period) -> list[Membership]:
    """The networks of the organisations that `user` directs, manages or sits on the board of."""
    ids = directory.organisations_where(user=user, kinds=NETWORK_READERS)
    links = NetworkMember.objects.filter(member_id__in=ids, during__contains=today)
    found = list(links.select_related("network", "member").order_by(Sorting("network__name"), Sorting("member__name")))
    forms = Declaration.objects.filter(
        network_id__in={link.network_id for link in found}, member_id__in={link.member_id for link in found}
    ).order_by("-period")
    by_pair: dict[tuple[int, int], list[Declaration]] = {}
    for form in forms:
        by_pair.setdefault((form.network_id, form.member_id), []).append(form)
    return [
        Membership(
            link,
            by_pair.get((link.network_id, link.member_id), []),
            _counted(link, period),
            may(user=user, organisation_id=link.member_id, kinds=EDITORS),
        )
        for link in found
    ]


def _counted(link: NetworkMember, period: Period) -> list[tuple[IndicatorVersion, Decimal | None]]:
    if not link.observed:
        return []
    asked = FactContext(organisation_ids=(link.member_id,), period=period)
    versions = current_versions(organisation_id=link.network_id)
    return list(zip(versions, compute.values([(v, asked) for v in versions]), strict=True))


def membership_for(*, user: Any, public_id: UUID) -> NetworkMember:
    """The membership of an organisation whose direction `user` belongs to. Http404."""
    link = NetworkMember.objects.select_related("network", "member").filter(public_id=public_id).first()
    if link is None or not may(user=user, organisation_id=link.member_id, kinds=EDITORS):
        raise Http404
    return link
