"""Calendar invitations (iCalendar, RFC 5545 and 5546): asked, moved (a later sequence), cancelled."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage
from icalendar import Calendar, Event, vCalAddress, vText


@dataclass(frozen=True)
class Happening:
    """One event of a calendar. `uid` stays the same for the life of the event; `sequence` grows when it changes."""

    uid: str
    starts_at: datetime
    ends_at: datetime
    summary: str
    sequence: int = 0
    location: str = ""
    url: str = ""
    description: str = ""
    cancelled: bool = False


def calendar(rows: Iterable[Happening], *, now: datetime, organiser: str = "", attendee: str = "") -> bytes:
    """The events as a calendar. With an attendee, as an invitation that their calendar follows (REQUEST, or CANCEL when
    all are cancelled); without one, as events to add (PUBLISH)."""
    happenings = list(rows)
    made = Calendar()
    made.add("prodid", "-//Maillage//FR")
    made.add("version", "2.0")
    made.add("method", method_of(happenings, attendee))
    for row in happenings:
        event = Event()
        event.add("uid", row.uid)
        event.add("dtstamp", now)
        event.add("dtstart", row.starts_at)
        event.add("dtend", row.ends_at)
        event.add("summary", row.summary)
        event.add("sequence", row.sequence)
        event.add("status", "CANCELLED" if row.cancelled else "CONFIRMED")
        for name in ("location", "url", "description"):
            if value := getattr(row, name):
                event.add(name, value)
        if attendee:
            event.add("organizer", _address(parseaddr(settings.DEFAULT_FROM_EMAIL)[1], organiser))
            event.add("attendee", _address(attendee, ""))
        made.add_component(event)
    return bytes(made.to_ical())


def method_of(rows: Iterable[Happening], attendee: str) -> str:
    happenings = list(rows)
    if happenings and all(r.cancelled for r in happenings):
        return "CANCEL"
    return "REQUEST" if attendee else "PUBLISH"


def attach(message: EmailMessage, rows: Iterable[Happening], *, now: datetime, organiser: str, attendee: str) -> None:
    """Attach the invitation so that a mail program offers to follow it. Nothing for no events."""
    happenings = list(rows)
    if happenings:
        body = calendar(happenings, now=now, organiser=organiser, attendee=attendee).decode()
        message.attach("invitation.ics", body, f"text/calendar; method={method_of(happenings, attendee)}")


def _address(email: str, name: str) -> vCalAddress:
    made = vCalAddress(f"mailto:{email}")
    if name:
        made.params["cn"] = vText(name)
    return made
