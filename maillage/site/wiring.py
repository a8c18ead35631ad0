"""Who hears which event. The only place where contexts that do not know each other meet."""

from maillage.catalogue.emails import tell_of_application, tell_of_decision
from maillage.catalogue.types import ApplicationDecided, ApplicationSubmitted
from maillage.core.events import subscribe
from maillage.directory.emails import send_invitation
from maillage.directory.types import InvitationSent


def wire() -> None:
    """Subscribe every handler. Called once when the application starts."""
    subscribe(InvitationSent, send_invitation, queue="mail")
    subscribe(ApplicationSubmitted, tell_of_application, queue="mail")
    subscribe(ApplicationDecided, tell_of_decision, queue="mail")
