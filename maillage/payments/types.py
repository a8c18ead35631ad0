"""Values of payments that other contexts use."""

from dataclasses import dataclass
from decimal import Decimal

from maillage.core.events import Event

from .models import ExpectedState, ExpectedTransfer, Method, Payment, PaymentState

__all__ = [
    "ExpectedState",
    "ExpectedTransfer",
    "Method",
    "Payment",
    "PaymentFailed",
    "PaymentReceived",
    "PaymentRefunded",
    "PaymentState",
    "Started",
    "ToPay",
]


@dataclass(frozen=True)
class PaymentReceived(Event):
    """The money of a payment is here (by any method)."""

    payment_id: int


@dataclass(frozen=True)
class PaymentFailed(Event):
    """A card payment did not go through; it may still succeed later."""

    payment_id: int


@dataclass(frozen=True)
class PaymentRefunded(Event):
    payment_id: int


@dataclass(frozen=True)
class ToPay:
    """What a method is asked to collect. `source` names the fact ("order:<uuid>"); the same source is started once, or
    once a `part` (the revision of an order that grew after it was paid).

    `return_url` and `cancel_url` (absolute) are for methods that leave the site.
    """

    organisation_id: int
    person_id: int
    amount: Decimal
    source: str
    reference: str = ""
    return_url: str = ""
    cancel_url: str = ""
    part: str = ""
    buyer_id: int | None = None


@dataclass(frozen=True)
class Started:
    """What follows: go to `redirect_url`, or write `reference` in a transfer, or nothing (`done`: it is settled)."""

    done: bool = False
    redirect_url: str = ""
    reference: str = ""
    payment_id: int | None = None
