from .bank import BankFile, BankFormat, BankLine, LineState
from .expected import ExpectedState, ExpectedTransfer
from .payment import Method, Payment, PaymentState
from .stripe import StripeEvent

__all__ = [
    "BankFile",
    "BankFormat",
    "BankLine",
    "ExpectedState",
    "ExpectedTransfer",
    "LineState",
    "Method",
    "Payment",
    "PaymentState",
    "StripeEvent",
]
