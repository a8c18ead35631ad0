"""What the context hears of itself and of those below, and what it answers for."""

from maillage.core.events import subscribe

from .emails import send_diagnostic, send_follow_up, send_referral, send_signal, send_watch_offer
from .types import DiagnosticInvited, FollowUpAsked, ReferralSent, SignalDelivered, WatchOffered


def wire() -> None:
    """Called once, when the application starts."""
    subscribe(DiagnosticInvited, send_diagnostic, queue="mail")
    subscribe(ReferralSent, send_referral, queue="mail")
    subscribe(FollowUpAsked, send_follow_up, queue="mail")
    subscribe(SignalDelivered, send_signal, queue="mail")
    subscribe(WatchOffered, send_watch_offer, queue="mail")
