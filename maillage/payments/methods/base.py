"""The interface of a way to pay."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from ..models import Payment
from ..types import Started, ToPay


class PaymentMethod(Protocol):
    """`key` is stored; `label` is for people. A method that cannot do a step raises a core.actions.Refused."""

    key: str

    @property
    def label(self) -> str: ...

    def unavailable(self) -> str:
        """Why the method is not offered now, as a sentence for the coordinator; "" when it is."""
        ...

    def start(self, to_pay: ToPay, *, by: Any = None) -> Started:
        """Begin to collect. The same source again changes nothing, or the amount."""
        ...

    def confirm(self, to_pay: ToPay, *, now: datetime, by: Any = None) -> Payment | None:
        """The money is here (a person at the desk says so). None when there is no payment to record."""
        ...

    def refund(self, payment: Payment, amount: Decimal, *, now: datetime, by: Any = None) -> Payment:
        """Give `amount` of it back."""
        ...
