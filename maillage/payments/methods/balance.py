from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from ..actions import CannotRefund
from ..models import Method, Payment
from ..types import Started, ToPay


class Balance:
    """The account's balance pays: the debit of what was bought is all there is. Sellers lock it first."""

    key = Method.BALANCE.value

    @property
    def label(self) -> str:
        return str(Method.BALANCE.label)

    def unavailable(self) -> str:
        return ""

    def start(self, to_pay: ToPay, *, by: Any = None) -> Started:
        return Started(done=True)

    def confirm(self, to_pay: ToPay, *, now: datetime, by: Any = None) -> Payment | None:
        return None

    def refund(self, payment: Payment, amount: Decimal, *, now: datetime, by: Any = None) -> Payment:
        raise CannotRefund(_("Un achat payé par le solde se corrige au compte : il n'y a rien à rembourser."))
