"""Who hears which event. The only place where contexts that do not know each other meet."""

from maillage.accompaniment import journey
from maillage.accompaniment.emails import send_diagnostic, send_follow_up, send_referral, send_signal, send_watch_offer
from maillage.accompaniment.types import DiagnosticInvited, FollowUpAsked, ReferralSent, SignalDelivered, WatchOffered
from maillage.catalogue import pictures
from maillage.catalogue.emails import tell_of_application, tell_of_decision
from maillage.catalogue.types import ApplicationDecided, ApplicationSubmitted, ProductPictured
from maillage.core import entrusted
from maillage.core.events import subscribe
from maillage.core.watching import metrics
from maillage.directory.emails import send_invitation, tell_contact_changed, tell_factor_reset, tell_new_device
from maillage.directory.types import ContactChanged, FactorReset, InvitationSent, SignedInElsewhere
from maillage.funding import claimed
from maillage.governance.emails import send_meeting
from maillage.governance.types import MeetingCalled
from maillage.indicators.emails import send_counting, send_declaration, send_number
from maillage.indicators.types import CountingSaid, DeclarationAsked, NumberAsked
from maillage.ledger import proof as books
from maillage.market import proof as market_books
from maillage.market.actions.offers import follow_picture
from maillage.market.card_pages import follow_order, follow_payment
from maillage.market.documents import follow_shortage, prepare
from maillage.market.emails import confirm_cancellation, confirm_order
from maillage.market.notices import tell_reopened, tell_stock_low
from maillage.market.queries.cycles import count_overdue
from maillage.market.statements import tell_paid, tell_settled
from maillage.market.types import (
    CardOrderAmended,
    CycleClosed,
    CycleReopened,
    CycleSettled,
    OrderCancelled,
    OrderPlaced,
    ShortageShared,
    StatementPaid,
    StockLow,
)
from maillage.payments import proof as payments_books
from maillage.payments.types import PaymentReceived
from maillage.programmes.emails import (
    send_change,
    send_decision,
    send_dropped,
    send_offer,
    send_received,
    send_registration,
)
from maillage.programmes.types import ApplicationDecided as CallDecided
from maillage.programmes.types import (
    ApplicationReceived,
    Registered,
    RegistrationChanged,
    SeatOffered,
    SessionDropped,
)

from .claims import work
from .journeys import market_purchases, market_sales


def wire() -> None:
    """Subscribe every handler. Called once when the application starts."""
    subscribe(InvitationSent, send_invitation, queue="mail")
    subscribe(ContactChanged, tell_contact_changed, queue="mail")
    subscribe(SignedInElsewhere, tell_new_device, queue="mail")
    subscribe(FactorReset, tell_factor_reset, queue="mail")
    subscribe(ApplicationSubmitted, tell_of_application, queue="mail")
    subscribe(ApplicationDecided, tell_of_decision, queue="mail")
    subscribe(CycleClosed, prepare, queue="documents")
    subscribe(CycleReopened, tell_reopened, queue="mail")
    subscribe(ProductPictured, follow_picture)
    subscribe(ShortageShared, follow_shortage, queue="documents")
    subscribe(StockLow, tell_stock_low, queue="mail")
    subscribe(CycleSettled, tell_settled, queue="mail")
    subscribe(StatementPaid, tell_paid, queue="mail")
    subscribe(DiagnosticInvited, send_diagnostic, queue="mail")
    subscribe(ReferralSent, send_referral, queue="mail")
    subscribe(FollowUpAsked, send_follow_up, queue="mail")
    subscribe(SignalDelivered, send_signal, queue="mail")
    subscribe(WatchOffered, send_watch_offer, queue="mail")
    subscribe(OrderPlaced, confirm_order, queue="mail")
    subscribe(OrderCancelled, confirm_cancellation, queue="mail")
    subscribe(CardOrderAmended, follow_order)
    subscribe(OrderCancelled, follow_order)
    subscribe(PaymentReceived, follow_payment)
    subscribe(Registered, send_registration, queue="mail")
    subscribe(SeatOffered, send_offer, queue="mail")
    subscribe(RegistrationChanged, send_change, queue="mail")
    subscribe(SessionDropped, send_dropped, queue="mail")
    subscribe(ApplicationReceived, send_received, queue="mail")
    subscribe(CallDecided, send_decision, queue="mail")
    subscribe(MeetingCalled, send_meeting, queue="mail")
    claimed.register("work", work)
    journey.register("market", market_sales)
    journey.register("market purchases", market_purchases)
    subscribe(DeclarationAsked, send_declaration, queue="mail")
    subscribe(NumberAsked, send_number, queue="mail")
    subscribe(CountingSaid, send_counting, queue="mail")
    metrics.figure("maillage_cycles_overdue", "Cycles that should have closed already.", count_overdue)
    entrusted.register(faults=books.faults)
    entrusted.register(faults=payments_books.faults)
    entrusted.register(faults=market_books.faults, files=market_books.kept_files)
    entrusted.register(files=pictures.kept_files)
