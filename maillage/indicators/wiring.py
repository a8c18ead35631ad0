"""What the context hears of itself and of those below, and what it answers for."""

from maillage.core.events import subscribe

from .emails import send_counting, send_declaration, send_number
from .types import CountingSaid, DeclarationAsked, NumberAsked


def wire() -> None:
    """Called once, when the application starts."""
    subscribe(DeclarationAsked, send_declaration, queue="mail")
    subscribe(NumberAsked, send_number, queue="mail")
    subscribe(CountingSaid, send_counting, queue="mail")
