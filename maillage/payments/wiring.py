"""What the context hears of itself and of those below, and what it answers for."""

from maillage.core import entrusted

from . import proof


def wire() -> None:
    """Called once, when the application starts."""
    entrusted.register(faults=proof.faults)
