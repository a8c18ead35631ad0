"""Referrals: sent with the enterprise's consent, answered by the partner, who later tells what came of it."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core.actions import Refused, action, check_ours, locked
from maillage.directory.models import Organisation
from maillage.directory.models.frozen import snapshot
from maillage.directory.queries import canonical_ids
from maillage.directory.types import Account
from maillage.funding.models import Stream

from .. import access
from ..models import Closing, Referral, ReferralState
from .clients import ConsentMissing
from .links import OUTCOME_LASTS, address_of, announce, close_link, extend_link, make_link


class NotWaiting(Refused):
    """The referral was answered."""


class NoOutcome(Refused):
    """The outcome says something."""


@action(access.team)
def refer(
    *,
    organisation_id: int,
    enterprise_id: int,
    partner_id: int,
    need: str,
    consented_by: str,
    now: datetime,
    by: Account | None,
    adviser_id: int | None = None,
    stream_id: int | None = None,
    partner_email: str = "",
    is_demo: bool = False,
) -> Referral:
    """Send an enterprise to a partner, who receives a link to answer. Without the enterprise's consent:
    ConsentMissing. Raises NotOurs."""
    if not consented_by.strip():
        raise ConsentMissing(_("Écrivez le nom de la personne de l'entreprise qui a consenti."))
    check_ours(organisation_id, stream=(Stream, stream_id))
    today = timezone.localdate(now)
    enterprise = Organisation.objects.get(pk=canonical_ids([enterprise_id])[enterprise_id])
    row = Referral.objects.create(
        organisation_id=organisation_id,
        enterprise=enterprise,
        partner_id=partner_id,
        partner_email=partner_email,
        stream_id=stream_id,
        adviser_id=adviser_id,
        need=need,
        referred_on=today,
        consented_on=today,
        consented_by=consented_by.strip()[:160],
        is_demo=is_demo,
        **snapshot(enterprise, today),
    )
    to = address_of(row)
    make_link(row, now=now, by=by, sent_to=to)
    if to and not is_demo:
        announce(row)
    return row


@action(access.referral)
def answer_referral(
    *, referral_id: int, accepted: bool, answer: str, now: datetime, by: Account | None = None
) -> Referral:
    """The partner takes the enterprise or not. Raises NotWaiting."""
    row = locked(Referral, referral_id)
    if row.state != ReferralState.SENT:
        raise NotWaiting(_("Cette référence a déjà sa réponse."))
    row.state = ReferralState.ACCEPTED if accepted else ReferralState.DECLINED
    row.answer, row.answered_at = answer.strip(), now
    row.save()
    if accepted:
        extend_link(row, until=now + OUTCOME_LASTS)
    else:
        close_link(row, now=now, because=Closing.ANSWERED)
    return row


@action(access.referral)
def close_referral(*, referral_id: int, outcome: str, now: datetime, by: Account | None = None) -> Referral:
    """What came of an accepted referral. Raises NotWaiting for another, NoOutcome."""
    row = locked(Referral, referral_id)
    if row.state not in (ReferralState.ACCEPTED, ReferralState.DONE):
        raise NotWaiting(_("Le partenaire n'a pas accepté cette référence."))
    if not outcome.strip():
        raise NoOutcome(_("Écrivez ce que cela a donné."))
    row.state, row.outcome, row.outcome_at = ReferralState.DONE, outcome.strip(), now
    row.save()
    close_link(row, now=now, because=Closing.ANSWERED)
    return row


@action(access.referral)
def withdraw_referral(*, referral_id: int, now: datetime, by: Account | None) -> None:
    """The enterprise takes its consent back, or it was a mistake: it counts for nothing, its link opens nothing."""
    row = locked(Referral, referral_id)
    if row.cancelled_at is None:
        row.cancelled_at = now
        row.save()
        close_link(row, now=now, because=Closing.WITHDRAWN)


@action(access.referral)
def restore_referral(*, referral_id: int, now: datetime, by: Account | None) -> None:
    """Undo a withdrawal; a fresh link is made where something is awaited, and not sent."""
    row = locked(Referral, referral_id)
    if row.cancelled_at is not None:
        row.cancelled_at = None
        row.save()
        if row.state in (ReferralState.SENT, ReferralState.ACCEPTED):
            make_link(row, now=now, by=by)
