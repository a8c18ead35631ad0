"""What the context hears of itself and of those below, and what it answers for."""

from maillage.core import entrusted
from maillage.core.events import subscribe

from . import pictures
from .emails import tell_of_application, tell_of_decision
from .types import ApplicationDecided, ApplicationSubmitted


def wire() -> None:
    """Called once, when the application starts."""
    subscribe(ApplicationSubmitted, tell_of_application, queue="mail")
    subscribe(ApplicationDecided, tell_of_decision, queue="mail")
    entrusted.register(files=pictures.kept_files)
