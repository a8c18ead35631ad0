from .bodies import (
    bodies_for,
    body_for,
    composition,
    compositions,
    history_of_seat,
    leaving,
    public_bodies,
    seat_for,
    term_for,
)
from .meetings import attendance_of, meeting_for, meetings_for, presences_of, seats_to_vote

__all__ = [
    "attendance_of",
    "bodies_for",
    "body_for",
    "composition",
    "compositions",
    "history_of_seat",
    "leaving",
    "meeting_for",
    "meetings_for",
    "presences_of",
    "public_bodies",
    "seat_for",
    "seats_to_vote",
    "term_for",
]
