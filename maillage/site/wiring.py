"""Who hears which event. The only place where contexts that do not know each other meet."""

from maillage.accompaniment.emails import send_diagnostic, send_follow_up, send_referral
from maillage.accompaniment.types import DiagnosticInvited, FollowUpAsked, ReferralSent
from maillage.catalogue.emails import tell_of_application, tell_of_decision
from maillage.catalogue.types import ApplicationDecided, ApplicationSubmitted
from maillage.core.events import subscribe
from maillage.directory.emails import send_invitation
from maillage.directory.types import InvitationSent
from maillage.market.documents import prepare
from maillage.market.emails import confirm_cancellation, confirm_order
from maillage.market.notices import tell_stock_low
from maillage.market.types import CycleClosed, OrderCancelled, OrderPlaced, StockLow


def wire() -> None:
    """Subscribe every handler. Called once when the application starts."""
    subscribe(InvitationSent, send_invitation, queue="mail")
    subscribe(ApplicationSubmitted, tell_of_application, queue="mail")
    subscribe(ApplicationDecided, tell_of_decision, queue="mail")
    subscribe(CycleClosed, prepare, queue="documents")
    subscribe(StockLow, tell_stock_low, queue="mail")
    subscribe(DiagnosticInvited, send_diagnostic, queue="mail")
    subscribe(ReferralSent, send_referral, queue="mail")
    subscribe(FollowUpAsked, send_follow_up, queue="mail")
    subscribe(OrderPlaced, confirm_order, queue="mail")
    subscribe(OrderCancelled, confirm_cancellation, queue="mail")
