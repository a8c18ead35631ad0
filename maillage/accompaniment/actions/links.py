"""Signed links: made, sent again, taken back. A link ends by itself; who holds an ended one can ask for another."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from maillage.core.actions import Refused, action, locked
from maillage.core.events import publish
from maillage.directory.types import Account

from .. import access
from ..models import Closing, Diagnostic, OutcomeFollowUp, Referral, SignedLink
from ..types import DiagnosticInvited, FollowUpAsked, ReferralSent

LASTS = {
    Diagnostic: timedelta(days=60),
    Referral: timedelta(days=45),
    OutcomeFollowUp: timedelta(days=60),
}
"""How long a link may be used."""
RESULT_LASTS = timedelta(days=30)
"""How long the enterprise reads its result once it answered a questionnaire."""
OUTCOME_LASTS = timedelta(days=180)
"""How long the partner may tell the outcome once it accepted a referral."""
FIELDS: dict[type[Any], str] = {Diagnostic: "diagnostic", Referral: "referral", OutcomeFollowUp: "follow_up"}


class NothingToOpen(Refused):
    """The row is answered or withdrawn: a link to it would open nothing."""


class NotOver(Refused):
    """The link still works."""


type Linked = Diagnostic | Referral | OutcomeFollowUp


def _of(row: Linked) -> Any:
    return SignedLink.objects.filter(**{FIELDS[type(row)]: row})


def make_link(row: Linked, *, now: datetime, by: Account | None, sent_to: str = "") -> SignedLink:
    """A fresh link to the row; the one before, if any, opens nothing more. Inside an action."""
    close_link(row, now=now, because=Closing.REPLACED)
    lasts = LASTS[type(row)]
    if isinstance(row, Referral) and row.state == "accepted":
        lasts = OUTCOME_LASTS
    elif isinstance(row, Diagnostic) and row.answered_at is not None:
        lasts = RESULT_LASTS
    return SignedLink.objects.create(
        **{FIELDS[type(row)]: row}, sent_to=sent_to, made_at=now, made_by=by, expires_at=now + lasts
    )


def close_link(row: Linked, *, now: datetime, because: str) -> None:
    """The row's link opens nothing more. Inside an action."""
    _of(row).filter(closed_at=None).update(closed_at=now, closed_because=because)


def extend_link(row: Linked, *, until: datetime) -> None:
    """The row's link ends at `until`. Inside an action."""
    _of(row).filter(closed_at=None).update(expires_at=until)


def awaits(row: Linked) -> bool:
    """Whether a link to the row is of use: something to answer, or a result to read."""
    if isinstance(row, Referral):
        return row.cancelled_at is None and row.state in ("sent", "accepted")
    if isinstance(row, OutcomeFollowUp):
        return row.mandate.cancelled_at is None and row.answered_at is None and row.asked_at is not None
    return row.cancelled_at is None


def address_of(row: Linked) -> str:
    """Where a link to the row is sent; "" when nobody said."""
    if isinstance(row, Diagnostic):
        return row.email
    if isinstance(row, Referral):
        return row.partner_email or row.partner.email
    return row.mandate.enterprise.email


def announce(row: Linked) -> None:
    """Have the link sent, once this transaction is done."""
    if isinstance(row, Diagnostic):
        publish(DiagnosticInvited(diagnostic_id=row.pk))
    elif isinstance(row, Referral):
        publish(ReferralSent(referral_id=row.pk))
    else:
        publish(FollowUpAsked(follow_up_id=row.pk))


def _locked(row: Any) -> Any:
    """The row again, locked: one link is made for it at a time, and what it awaits does not change meanwhile."""
    return type(row).objects.select_for_update(of=("self",), no_key=True).get(pk=row.pk)


@action(access.linked)
def renew_link(*, row: Linked, now: datetime, by: Account | None, send: bool) -> SignedLink:
    """A new link in the place of the one before; sent to the address on record if `send`. Raises NothingToOpen."""
    row = _locked(row)
    if not awaits(row):
        raise NothingToOpen(_("Il n'y a plus rien à répondre : un nouveau lien n'ouvrirait rien."))
    to = address_of(row) if send else ""
    link = make_link(row, now=now, by=by, sent_to=to)
    if to:
        announce(row)
    return link


@action(access.linked)
def withdraw_link(*, row: Linked, now: datetime, by: Account | None) -> None:
    """Whoever holds the link opens nothing with it any more."""
    close_link(row, now=now, because=Closing.WITHDRAWN)


@action(access.house)
def ask_new_link(*, link_id: int, now: datetime, by: Account | None = None) -> bool:
    """Who holds an ended link asks for another. It goes to the address that had the first one, and to no other;
    without an address, the people of the organisation read the request in what they have to do. Whether it was sent.
    Asked twice at once, one is sent.

    Raises NotOver; NothingToOpen for a link that was taken back or answered.
    """
    _locked(SignedLink.objects.get(pk=link_id).row)
    link = locked(SignedLink, link_id)
    if link.asked_again_at is not None and link.closed_because == Closing.REPLACED:
        return True
    if link.closed_at is not None or not awaits(link.row):
        raise NothingToOpen(_("Ce lien a été fermé : écrivez à l'organisation qui vous l'a donné."))
    if now < link.expires_at:
        raise NotOver(_("Ce lien fonctionne encore."))
    link.asked_again_at = now
    link.save()
    if not link.sent_to:
        return False
    fresh = make_link(link.row, now=now, by=by, sent_to=link.sent_to)
    announce(fresh.row)
    return True


@action(access.house)
def note_opened(*, link_id: int, now: datetime, by: Account | None = None) -> None:
    """The first answer by a link is kept: the adviser sees that it is used (a page that is only read notes nothing)."""
    SignedLink.objects.filter(pk=link_id, opened_at=None).update(opened_at=now)
