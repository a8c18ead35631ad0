"""Calendar invitations and tickets (QR)."""

import io
from collections.abc import Iterable

import segno
from django.conf import settings
from django.urls import reverse

from maillage.core.ical import Happening

from .models import Activity, ActivityState, Registration, RegistrationState, Session
from .tokens import token_of


def ticket_url(registration: Registration, page: str = "ticket") -> str:
    """The ticket's page (or another of its pages), which only its holder has."""
    return f"{settings.SITE_URL}{reverse(f'programmes:{page}', args=[token_of(registration)])}"


def uid_of(session_key: str, registration: Registration) -> str:
    """The same for the life of a session in someone's calendar; another when they register anew."""
    return f"{session_key}-{registration.public_id.hex}@maillage"


def happenings(registration: Registration, sessions: Iterable[Session] | None = None) -> list[Happening]:
    """One event for each session; the same event, with a later sequence, when a session moves or is cancelled."""
    activity = registration.activity
    off = activity.state == ActivityState.CANCELLED or registration.state == RegistrationState.CANCELLED
    rows = activity.sessions.all() if sessions is None else sessions
    alone = registration.state == RegistrationState.CANCELLED
    return [
        Happening(
            uid=uid_of(session.public_id.hex, registration),
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            summary=activity.title,
            sequence=session.sequence + alone,
            location=where(activity, session),
            url=ticket_url(registration),
            description=activity.description,
            cancelled=off,
        )
        for session in rows
    ]


def where(activity: Activity, session: Session) -> str:
    return session.place or activity.place or activity.online_url


def qr(registration: Registration) -> str:
    """The ticket's QR code, an SVG without colours of its own."""
    buffer = io.BytesIO()
    segno.make(ticket_url(registration), error="m").save(
        buffer, kind="svg", xmldecl=False, svgns=True, scale=5, border=2, omitsize=True, lineclass=None
    )
    return buffer.getvalue().decode()
