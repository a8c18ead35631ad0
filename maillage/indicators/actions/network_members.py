"""Who is a member of a network, and whether what it notes on the platform is counted: its direction decides."""

from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from maillage.core.actions import action, locked
from maillage.core.events import publish
from maillage.directory.models import Account

from .. import access
from ..access import EDITORS, may
from ..models import NetworkMember
from ..types import CountingSaid
from .network import DeclarationRefused


@action(access.network)
def enrol_member(
    *,
    network_id: int,
    member_id: int,
    since: date,
    by: Account | None,
    observed: bool = False,
    contact_email: str = "",
) -> NetworkMember:
    """`member` belongs to the network since a day, without an end. Raises DeclarationRefused for itself or twice."""
    if observed and by is not None and not may(user=by, organisation_id=member_id, kinds=EDITORS):
        raise DeclarationRefused(
            _("Seule la direction de l'organisme peut laisser compter son travail. Inscrivez-le comme déclarant.")
        )
    if network_id == member_id:
        raise DeclarationRefused(_("Un réseau n'est pas membre de lui-même."))
    if NetworkMember.objects.filter(network_id=network_id, member_id=member_id, during__contains=since).exists():
        raise DeclarationRefused(_("Cet organisme est déjà membre."))
    return NetworkMember.objects.create(
        network_id=network_id, member_id=member_id, during=(since, None), observed=observed, contact_email=contact_email
    )


@action(access.member_link)
def end_member(*, link_id: int, on: date, by: Account | None) -> NetworkMember:
    """`on` is its last day as a member; a day before its first is refused. Raises DeclarationRefused."""
    link = locked(NetworkMember, link_id)
    if on < link.during.lower:
        raise DeclarationRefused(_("L'organisme n'était pas encore membre à cette date."))
    link.during = (link.during.lower, on + timedelta(days=1))
    link.save(update_fields=["during"])
    return link


@action(access.member_link)
def ask_to_count(*, link_id: int, by: Account | None, now: datetime) -> NetworkMember:
    """Ask the member's direction to let the network count what it notes here. DeclarationRefused when it does."""
    link = locked(NetworkMember, link_id)
    if link.observed:
        raise DeclarationRefused(_("Le travail de cet organisme est déjà compté."))
    link.asked_at = now
    link.save(update_fields=["asked_at"])
    publish(CountingSaid(link.pk, "asked"))
    return link


@action(access.member_side)
def let_count(*, link_id: int, since: date, by: Account | None) -> NetworkMember:
    """The member's direction agrees: its work counts since that day; before it, its declarations stand.

    Raises DeclarationRefused for a day outside the membership, or for someone who does not direct the member.
    """
    return _switch(link_id, since, by, observed=True)


@action(access.either_side)
def stop_counting(*, link_id: int, since: date, by: Account | None) -> NetworkMember:
    """The member's direction takes its consent back: from that day it declares its numbers. DeclarationRefused."""
    return _switch(link_id, since, by, observed=False)


@action(access.member_side)
def decline_to_count(*, link_id: int, by: Account | None) -> NetworkMember:
    """The member's direction says no: it keeps declaring. DeclarationRefused."""
    link = locked(NetworkMember, link_id)
    _check_direction(link, by)
    link.asked_at = None
    link.save(update_fields=["asked_at"])
    publish(CountingSaid(link.pk, "declined"))
    return link


def _check_direction(link: NetworkMember, by: Account | None) -> None:
    if by is not None and not may(user=by, organisation_id=link.member_id, kinds=EDITORS):
        raise DeclarationRefused(_("Seule la direction de l'organisme membre peut en décider."))


def _switch(link_id: int, since: date, by: Account | None, *, observed: bool) -> NetworkMember:
    """The membership goes on from `since`, counted otherwise; what came before stays as it was."""
    link = locked(NetworkMember, link_id)
    _check_direction(link, by)
    if link.observed == observed:
        raise DeclarationRefused(_("C'est déjà le cas."))
    last = link.during.upper
    if last is not None and since >= last:
        raise DeclarationRefused(_("L'organisme n'était plus membre à cette date."))
    if since > link.during.lower:
        link.during = (link.during.lower, since)
        link.asked_at = None
        link.save(update_fields=["during", "asked_at"])
        link = NetworkMember(
            network_id=link.network_id,
            member_id=link.member_id,
            during=(since, last),
            contact_email=link.contact_email,
        )
    link.observed, link.asked_at = observed, None
    link.save()
    publish(CountingSaid(link.pk, "counted" if observed else "stopped"))
    return link
