"""Values of programmes that other contexts use."""

from dataclasses import dataclass
from datetime import datetime

from maillage.core.events import Event
from maillage.directory.types import RoleKind

from .models import ActivityKind, ActivityState, ApplicationState, EditionKind, RegistrationState

__all__ = [
    "READERS",
    "WORKERS",
    "ActivityKind",
    "ActivityState",
    "ApplicationDecided",
    "ApplicationReceived",
    "ApplicationState",
    "EditionKind",
    "Ranked",
    "Registered",
    "RegistrationChanged",
    "RegistrationState",
    "SeatOffered",
    "SessionDropped",
]

WORKERS = (RoleKind.ADVISER, RoleKind.MANAGER, RoleKind.DIRECTOR)
"""Who runs programmes and activities."""
READERS = (*WORKERS, RoleKind.BOARD)
"""Who reads them."""


@dataclass(frozen=True)
class Registered(Event):
    """Someone registered (or joined the waiting list) and is to be told, with the calendar invitation."""

    registration_id: int


@dataclass(frozen=True)
class SeatOffered(Event):
    """A freed seat is held for someone who waited."""

    registration_id: int


@dataclass(frozen=True)
class RegistrationChanged(Event):
    """What a registered person holds changed: `what` is moved, cancelled (the activity), left (their own
    cancellation), reminder or feedback. `session_id`: of which session, for a reminder."""

    registration_id: int
    what: str
    session_id: int | None = None


@dataclass(frozen=True)
class SessionDropped(Event):
    """A session is no more: it goes from the calendar of someone registered. `key` is its public identifier."""

    registration_id: int
    key: str
    sequence: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class ApplicationReceived(Event):
    """An application is in: its sender is to be told."""

    application_id: int


@dataclass(frozen=True)
class ApplicationDecided(Event):
    """The decision on an application is to be told."""

    application_id: int


@dataclass(frozen=True)
class Ranked:
    """An application with its mean weighted score (0 to 100; None before a review is in) and how many reviews are
    in."""

    application: object
    score: float | None
    reviews: int
    expected: int
