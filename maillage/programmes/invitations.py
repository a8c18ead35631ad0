"""Calendar invitations (iCalendar, RFC 5545) and tickets (QR)."""

import io
from datetime import datetime

import segno
from django.conf import settings
from django.urls import reverse
from icalendar import Calendar, Event

from .models import Registration


def ticket_url(registration: Registration) -> str:
    """The ticket's page, which only its holder has."""
    return f"{settings.SITE_URL}{reverse('programmes:ticket', args=[registration.public_id])}"


def calendar(registration: Registration, *, now: datetime, cancelled: bool = False) -> bytes:
    """One event for each session; the same event, with a later sequence, when a session moves."""
    activity = registration.activity
    made = Calendar()
    made.add("prodid", "-//Maillage//FR")
    made.add("version", "2.0")
    made.add("method", "CANCEL" if cancelled else "PUBLISH")
    for session in activity.sessions.all():
        event = Event()
        event.add("uid", f"{session.public_id}@maillage")
        event.add("dtstamp", now)
        event.add("dtstart", session.starts_at)
        event.add("dtend", session.ends_at)
        event.add("summary", activity.title)
        event.add("sequence", session.sequence + (1 if cancelled else 0))
        event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
        event.add("location", session.place or activity.place or activity.online_url)
        event.add("url", ticket_url(registration))
        made.add_component(event)
    return bytes(made.to_ical())


def qr(registration: Registration) -> str:
    """The ticket's QR code, an SVG without colours of its own."""
    buffer = io.BytesIO()
    segno.make(ticket_url(registration), error="m").save(
        buffer, kind="svg", xmldecl=False, svgns=True, scale=5, border=2, omitsize=True, lineclass=None
    )
    return buffer.getvalue().decode()
