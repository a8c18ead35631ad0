"""Meetings that a person may read, presences, the seats that a meeting may put to the vote."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.http import Http404
from django.utils import timezone

from maillage.directory.queries import organisations_where

from ..models import Meeting, MeetingState, Presence, PresenceState, Seat, Term
from ..types import READERS, WRITERS, Held
from .bodies import composition


def meetings_for(
    *, user: Any, organisation_ids: list[int] | None = None, body_id: int | None = None
) -> QuerySet[Meeting]:
    """Meetings of the user's organisations, the latest first, with `came` and `asked` (presences noted)."""
    rows = Meeting.objects.filter(organisation__in=organisations_where(user=user, kinds=READERS))
    if organisation_ids is not None:
        rows = rows.filter(organisation__in=organisation_ids)
    if body_id is not None:
        rows = rows.filter(body=body_id)
    present = Q(presences__state=PresenceState.PRESENT)
    voting = Q(presences__term__seat__voting=True)
    return rows.select_related("body", "organisation").annotate(
        came=Count("presences", filter=present),
        voters_came=Count("presences", filter=present & voting),
        asked=Count("presences"),
    )


def meeting_for(*, user: Any, public_id: UUID | str, to_change: bool = False) -> Meeting:
    """Http404 for outsiders."""
    ours = organisations_where(user=user, kinds=WRITERS if to_change else READERS)
    rows = Meeting.objects.filter(organisation__in=ours, public_id=public_id)
    row = rows.select_related("body__organisation", "organisation").first()
    if row is None:
        raise Http404
    return row


@dataclass(frozen=True)
class Roll:
    """Who sits on the day of a meeting, and whether they were there; what the quorum wants."""

    lines: list[tuple[Held, str]]
    present: int
    voters: int
    quorum: int | None

    @property
    def has_quorum(self) -> bool | None:
        return None if self.quorum is None else self.voters >= self.quorum


def presences_of(row: Meeting) -> Roll:
    """The roll of a meeting of a body; of an assembly, its count of voters against its quorum."""
    if row.body is None:
        voters = row.voters or 0
        return Roll([], voters, voters, row.quorum)
    held = composition(row.body, day=timezone.localdate(row.starts_at))
    noted = {p.term_id: p.state for p in row.presences.all()}
    lines = [(h, noted.get(h.term.pk, "")) for h in held.seats if h.term is not None]
    here = [h for h, state in lines if state == PresenceState.PRESENT]
    return Roll(lines, len(here), sum(1 for h in here if h.seat.voting), row.quorum or held.quorum)


def attendance_of(terms: list[Term]) -> dict[int, tuple[int, int]]:
    """By term: meetings attended, and meetings held while it ran. One statement."""
    rows = Presence.objects.filter(term__in=terms, meeting__state=MeetingState.HELD).values("term_id")
    counted = rows.annotate(all=Count("pk"), here=Count("pk", filter=Q(state=PresenceState.PRESENT)))
    return {r["term_id"]: (r["here"], r["all"]) for r in counted}


def rate_of(*, organisation_ids: list[int], since: datetime) -> Decimal | None:
    """The share of presences at the meetings held since, over those who sat; None when none was held."""
    rows = Presence.objects.filter(
        meeting__organisation__in=organisation_ids, meeting__state=MeetingState.HELD, meeting__starts_at__gte=since
    ).aggregate(all=Count("pk"), here=Count("pk", filter=Q(state=PresenceState.PRESENT)))
    return Decimal(rows["here"]) / Decimal(rows["all"]) if rows["all"] else None


def seats_to_vote(row: Meeting, *, day: date) -> list[Seat]:
    """The seats that the meeting may put to the vote: those of its body, or for an assembly those of every body, not
    yet voted there."""
    there = Q(abolished_on=None) | Q(abolished_on__gt=day)
    rows = Seat.objects.filter(there, body__organisation=row.organisation_id, body__dissolved_on=None)
    rows = rows.exclude(role="poste").exclude(elections__meeting=row)
    if row.body_id is not None:
        rows = rows.filter(body=row.body_id)
    return list(rows.select_related("body").order_by("body__name", "order"))
