"""Québec sales taxes: TPS 5 % and TVQ 9,975 %, two lines, on the taxable base of a document, each rounded once.

Basic groceries are zero-rated; container deposits are outside the base.
Source of the rates: Revenu Québec, in force since 2013-01-01.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from .money import cents

TPS = Decimal("0.05")
TVQ = Decimal("0.09975")


class TaxClass(models.TextChoices):
    GROCERY = "grocery", _("aliment de base (détaxé)")
    TAXABLE = "taxable", _("taxable")


@dataclass(frozen=True)
class Taxes:
    """The two tax lines of one document, in dollars."""

    tps: Decimal
    tvq: Decimal

    @property
    def total(self) -> Decimal:
        return self.tps + self.tvq


def taxes_on(base: Decimal) -> Taxes:
    """Taxes on the taxable base of one document (dollars), each rounded once to the cent."""
    return Taxes(tps=cents(base * TPS), tvq=cents(base * TVQ))
