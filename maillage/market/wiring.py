"""What the context hears of itself and of those below, and what it answers for."""

from maillage.catalogue.types import ProductPictured
from maillage.core import entrusted
from maillage.core.events import subscribe
from maillage.core.watching import metrics
from maillage.payments.types import PaymentReceived

from . import proof
from .actions.offers import follow_picture
from .card_pages import follow_order, follow_payment
from .documents import follow_shortage, prepare
from .emails import confirm_cancellation, confirm_order
from .notices import tell_reopened, tell_stock_low
from .queries.cycles import count_overdue
from .statements import tell_paid, tell_settled
from .types import (
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


def wire() -> None:
    """Called once, when the application starts."""
    subscribe(CycleClosed, prepare, queue="documents")
    subscribe(CycleReopened, tell_reopened, queue="mail")
    subscribe(ProductPictured, follow_picture)
    subscribe(ShortageShared, follow_shortage, queue="documents")
    subscribe(StockLow, tell_stock_low, queue="mail")
    subscribe(CycleSettled, tell_settled, queue="mail")
    subscribe(StatementPaid, tell_paid, queue="mail")
    subscribe(OrderPlaced, confirm_order, queue="mail")
    subscribe(OrderCancelled, confirm_cancellation, queue="mail")
    subscribe(CardOrderAmended, follow_order)
    subscribe(OrderCancelled, follow_order)
    subscribe(PaymentReceived, follow_payment)
    metrics.figure("maillage_cycles_overdue", "Cycles that should have closed already.", count_overdue)
    entrusted.register(faults=proof.faults, files=proof.kept_files)
