"""Outcome questions, 6, 12 and 24 months after a mandate: asked by the clock, answered once."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core.actions import House, action, locked
from maillage.directory.types import Account

from .. import access
from ..models import Closing, OutcomeFollowUp
from .diagnostics import AlreadyAnswered
from .links import address_of, announce, close_link, make_link


@action(House())
def ask_due_follow_ups(*, now: datetime, by: Account | None = None, limit: int = 500) -> int:
    """Ask the outcome questions that are due, at most `limit`; each is asked once. Returns how many."""
    rows = list(
        OutcomeFollowUp.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(asked_at=None, answered_at=None, due_on__lte=timezone.localdate(now), mandate__cancelled_at=None)
        .select_related("mandate__enterprise")
        .order_by("pk")[:limit]
    )
    OutcomeFollowUp.objects.filter(pk__in=[r.pk for r in rows]).update(asked_at=now)
    for row in rows:
        row.asked_at = now
        to = address_of(row)
        make_link(row, now=now, by=by, sent_to=to)
        if to:
            announce(row)
    return len(rows)


@action(access.follow_up)
def answer_follow_up(
    *,
    follow_up_id: int,
    sales: str,
    jobs_change: int | None,
    helped: int | None,
    comment: str,
    now: datetime,
    by: Account | None = None,
) -> OutcomeFollowUp:
    """The enterprise answers, once. Raises AlreadyAnswered."""
    row = locked(OutcomeFollowUp, follow_up_id)
    if row.answered_at is not None:
        raise AlreadyAnswered(_("Votre réponse est déjà notée. Merci."))
    row.sales, row.jobs_change, row.helped, row.comment, row.answered_at = sales, jobs_change, helped, comment, now
    row.save()
    close_link(row, now=now, because=Closing.ANSWERED)
    return row
