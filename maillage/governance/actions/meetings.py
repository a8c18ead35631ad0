"""Meetings and assemblies: notice, presences, quorum, minutes, and elections that fill seats."""

from datetime import date, datetime
from typing import Any

from django.core.files.base import File
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core.actions import Refused, action, locked
from maillage.core.events import publish
from maillage.directory.types import Account

from .. import access
from ..models import (
    Election,
    Meeting,
    MeetingState,
    Presence,
    PresenceState,
    Seat,
    Term,
    TermOrigin,
)
from ..types import MeetingCalled
from .bodies import fill_seat


class MeetingOver(Refused):
    """The meeting was cancelled, or is already noted as held."""


class NotHeldYet(Refused):
    """Minutes, presences and elections belong to a day that came."""


class NotElsewhere(Refused):
    """The seat, or the term, belongs to another body."""


class NoElection(Refused):
    """The numbers of the vote do not hold together, or the seat was already put to the vote at this meeting."""


@action(access.a_meeting)
def save_meeting(
    *, organisation_id: int, values: dict[str, Any], by: Account | None, meeting_id: int | None = None
) -> Meeting:
    """Plan a meeting, or change one; when its notice had left and it moved, the notice leaves again."""
    row = _planned(meeting_id) if meeting_id else Meeting(organisation_id=organisation_id)
    before = (row.starts_at, row.ends_at, row.place, row.online_url) if meeting_id else None
    for name, value in values.items():
        setattr(row, name, value)
    moved = before is not None and before != (row.starts_at, row.ends_at, row.place, row.online_url)
    if moved and row.notice_sent_at is not None:
        row.sequence += 1
    row.save()
    if moved and row.notice_sent_at is not None:
        publish(MeetingCalled(meeting_id=row.pk))
    return row


def _planned(meeting_id: int) -> Meeting:
    row = locked(Meeting, meeting_id)
    if row.state != MeetingState.PLANNED:
        raise MeetingOver(_("Cette rencontre est annulée, ou déjà notée comme tenue."))
    return row


@action(access.meeting)
def send_notice(*, meeting_id: int, now: datetime, by: Account | None) -> Meeting:
    """Send the notice, with its calendar invitation, to those who sit on the day of the meeting (the board, for an
    assembly). Raises MeetingOver."""
    row = _planned(meeting_id)
    row.notice_sent_at = now
    row.save()
    publish(MeetingCalled(meeting_id=row.pk))
    return row


@action(access.meeting)
def cancel_meeting(*, meeting_id: int, by: Account | None) -> Meeting:
    """The meeting does not take place; whoever received its notice is told. Raises MeetingOver."""
    row = _planned(meeting_id)
    row.state = MeetingState.CANCELLED
    row.sequence += 1
    row.save()
    if row.notice_sent_at is not None:
        publish(MeetingCalled(meeting_id=row.pk))
    return row


def _came(row: Meeting, now: datetime) -> None:
    if row.state == MeetingState.CANCELLED:
        raise MeetingOver(_("Cette rencontre est annulée, ou déjà notée comme tenue."))
    if timezone.localdate(row.starts_at) > timezone.localdate(now):
        raise NotHeldYet(_("Cette rencontre n'a pas encore eu lieu."))


@action(access.meeting)
def note_presence(*, meeting_id: int, term_id: int, state: str, now: datetime, by: Account | None) -> Presence:
    """Whether the holder of a seat was there. The same twice is one row. Raises NotElsewhere, NotHeldYet,
    MeetingOver."""
    row = Meeting.objects.get(pk=meeting_id)
    if state != PresenceState.EXCUSED:  # someone may excuse themselves ahead
        _came(row, now)
    day = timezone.localdate(row.starts_at)
    term = Term.objects.filter(pk=term_id, seat__body=row.body_id, during__contains=day).first()
    if term is None or row.body_id is None:
        raise NotElsewhere(_("Cette personne ne siège pas à cette instance ce jour-là."))
    made, _new = Presence.objects.update_or_create(meeting=row, term=term, defaults={"state": state, "noted_at": now})
    return made


@action(access.meeting)
def hold_meeting(*, meeting_id: int, now: datetime, by: Account | None, voters: int | None = None) -> Meeting:
    """The meeting took place. The quorum that its body wanted that day is frozen; whoever was not noted was absent.
    `voters`: at an assembly, the members who may vote and were there.

    Raises NotHeldYet, MeetingOver.
    """
    row = locked(Meeting, meeting_id)
    _came(row, now)
    if row.body_id is not None:
        from ..queries import composition

        assert row.body is not None
        held = composition(row.body, day=timezone.localdate(row.starts_at))
        row.quorum = held.quorum
        known = set(row.presences.values_list("term_id", flat=True))
        Presence.objects.bulk_create(
            (
                Presence(meeting=row, term=h.term, state=PresenceState.ABSENT, noted_at=now)
                for h in held.seats
                if h.term is not None and h.term.pk not in known
            ),
            ignore_conflicts=True,  # someone notes a presence at the same moment: theirs stands
        )
    else:
        row.voters = voters
    row.state = MeetingState.HELD
    row.save()
    return row


@action(access.meeting)
def keep_minutes(*, meeting_id: int, file: File, name: str, now: datetime, by: Account | None) -> Meeting:  # type: ignore[type-arg]
    """Keep the minutes; a second file takes the place of the first, and is to be adopted anew. Raises NotHeldYet."""
    row = locked(Meeting, meeting_id)
    _came(row, now)
    row.minutes.save(name, file, save=False)
    row.minutes_name, row.minutes_adopted_on = name[:160], None
    row.save()
    return row


@action(access.meeting)
def remove_minutes(*, meeting_id: int, by: Account | None) -> None:
    """The file was the wrong one."""
    row = locked(Meeting, meeting_id)
    row.minutes, row.minutes_name, row.minutes_adopted_on = "", "", None
    row.save()


@action(access.meeting)
def adopt_minutes(*, meeting_id: int, on: date, by: Account | None) -> Meeting:
    """The minutes were adopted on that day. Raises NotHeldYet without minutes, or for a day before the meeting."""
    row = locked(Meeting, meeting_id)
    if not row.minutes or on < timezone.localdate(row.starts_at):
        raise NotHeldYet(_("Déposez d'abord le procès-verbal ; il s'adopte après la rencontre."))
    row.minutes_adopted_on = on
    row.save()
    return row


@action(access.meeting)
def elect(
    *,
    meeting_id: int,
    seat_id: int,
    now: datetime,
    by: Account | None,
    ends_on: date | None = None,
    person_id: int | None = None,
    organisation_id: int | None = None,
    candidates: int = 1,
    votes: int | None = None,
    ballots: int | None = None,
    is_demo: bool = False,
) -> Election:
    """A seat is put to the vote at a meeting: whoever is elected holds it from that day, and whoever held it leaves.
    Without a person or an organisation nobody was elected, and the seat stays as it was.

    Raises NoElection, NotElsewhere, NotHeldYet, MeetingOver, WrongDates, SeatTaken.
    """
    row = locked(Meeting, meeting_id)
    _came(row, now)
    seat = locked(Seat, seat_id)
    if seat.body.organisation_id != row.organisation_id or (row.body_id not in (None, seat.body_id)):
        raise NotElsewhere(_("Ce siège n'est pas de cette instance."))
    if row.elections.filter(seat=seat).exists():
        raise NoElection(_("Ce siège a déjà été mis au vote à cette rencontre."))
    if candidates < 1 or (votes is not None and ballots is not None and votes > ballots):
        raise NoElection(_("Les voix de la personne élue ne dépassent pas les bulletins."))
    term = None
    if person_id is not None or organisation_id is not None:
        term = fill_seat(
            seat_id=seat.pk,
            starts_on=timezone.localdate(row.starts_at),
            ends_on=ends_on,
            person_id=person_id,
            organisation_id=organisation_id,
            origin=TermOrigin.ELECTED,
            meeting_id=row.pk,
            succeeds=True,
            by=by,
            is_demo=is_demo,
        )
    if candidates == 1:
        votes = ballots = None
    return Election.objects.create(
        meeting=row, seat=seat, term=term, candidates=candidates, votes=votes, ballots=ballots
    )
