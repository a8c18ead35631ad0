"""What the context hears of itself and of those below, and what it answers for."""

from maillage.core.events import subscribe

from .emails import send_meeting
from .types import MeetingCalled


def wire() -> None:
    """Called once, when the application starts."""
    subscribe(MeetingCalled, send_meeting, queue="mail")
