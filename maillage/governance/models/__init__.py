from .body import STAFF_KINDS, Body, BodyKind, Seat, SeatRole, Term, TermOrigin
from .meeting import Election, Meeting, MeetingKind, MeetingState, Presence, PresenceState

__all__ = [
    "STAFF_KINDS",
    "Body",
    "BodyKind",
    "Election",
    "Meeting",
    "MeetingKind",
    "MeetingState",
    "Presence",
    "PresenceState",
    "Seat",
    "SeatRole",
    "Term",
    "TermOrigin",
]
