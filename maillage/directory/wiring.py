"""What the context hears of itself and of those below, and what it answers for."""

from maillage.core.events import subscribe

from .emails import send_invitation, tell_contact_changed, tell_factor_reset, tell_new_device
from .types import ContactChanged, FactorReset, InvitationSent, SignedInElsewhere


def wire() -> None:
    """Called once, when the application starts."""
    subscribe(InvitationSent, send_invitation, queue="mail")
    subscribe(ContactChanged, tell_contact_changed, queue="mail")
    subscribe(SignedInElsewhere, tell_new_device, queue="mail")
    subscribe(FactorReset, tell_factor_reset, queue="mail")
