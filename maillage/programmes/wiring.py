"""What the context hears of itself and of those below, and what it answers for."""

from maillage.core.events import subscribe

from .emails import send_change, send_decision, send_dropped, send_offer, send_received, send_registration
from .types import ApplicationDecided, ApplicationReceived, Registered, RegistrationChanged, SeatOffered, SessionDropped


def wire() -> None:
    """Called once, when the application starts."""
    subscribe(Registered, send_registration, queue="mail")
    subscribe(SeatOffered, send_offer, queue="mail")
    subscribe(RegistrationChanged, send_change, queue="mail")
    subscribe(SessionDropped, send_dropped, queue="mail")
    subscribe(ApplicationReceived, send_received, queue="mail")
    subscribe(ApplicationDecided, send_decision, queue="mail")
