"""Values of governance that other contexts use."""

from dataclasses import dataclass
from datetime import date

from maillage.core.events import Event
from maillage.directory.types import RoleKind

from .models import Body, BodyKind, MeetingKind, MeetingState, Seat, SeatRole, Term, TermOrigin

__all__ = [
    "READERS",
    "WRITERS",
    "BodyKind",
    "Composition",
    "Held",
    "MeetingCalled",
    "MeetingKind",
    "MeetingState",
    "SeatRole",
    "TermOrigin",
]

WRITERS = (RoleKind.DIRECTOR, RoleKind.MANAGER, RoleKind.COORDINATOR)
"""Who keeps the register of an organisation's bodies."""
READERS = (*WRITERS, RoleKind.BOARD, RoleKind.TREASURER, RoleKind.ADVISER, RoleKind.STAFF)
"""Who reads it."""


@dataclass(frozen=True)
class MeetingCalled(Event):
    """The notice of a meeting (again when it moved, or was cancelled) is to be sent to those who sit there."""

    meeting_id: int


@dataclass(frozen=True)
class Held:
    """A seat on a day: the term that holds it (None: vacant), and since when nobody does, if anyone ever did.

    `shown` is the name that this reader may see; "" when the person did not agree to be named to the public.
    """

    seat: Seat
    term: Term | None
    shown: str = ""
    vacant_since: date | None = None

    @property
    def last_day(self) -> date | None:
        from datetime import timedelta

        upper = self.term.during.upper if self.term is not None else None
        return upper - timedelta(days=1) if upper else None


@dataclass(frozen=True)
class Composition:
    """A body on a day, seat by seat."""

    body: Body
    day: date
    seats: tuple[Held, ...]

    @property
    def voting(self) -> list[Held]:
        return [h for h in self.seats if h.seat.voting]

    @property
    def voting_held(self) -> int:
        return sum(1 for h in self.voting if h.term)

    @property
    def others(self) -> list[Held]:
        return [h for h in self.seats if not h.seat.voting]

    @property
    def others_held(self) -> int:
        return sum(1 for h in self.others if h.term)

    @property
    def vacant(self) -> list[Held]:
        return [h for h in self.seats if h.term is None]

    @property
    def quorum(self) -> int:
        """Voting members who must be there: what the body's rules say, else the majority of the seats held."""
        return self.body.quorum or self.voting_held // 2 + 1
