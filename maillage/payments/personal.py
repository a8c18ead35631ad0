"""What payments know of a person (Québec's Law 25)."""

from typing import Any

from django.utils.translation import gettext as _

from maillage.directory.models import Person

from . import queries
from .models import BankLine, ExpectedState, ExpectedTransfer


def payments(person: Person) -> list[dict[str, Any]]:
    return [
        {
            _("Organisation"): p.organisation.name,
            _("Date"): p.received_on,
            _("Mode"): p.get_method_display(),
            _("Montant"): p.amount,
            _("Remboursé"): p.refunded,
            _("Référence"): p.reference,
            _("État"): p.get_state_display(),
        }
        for p in queries.payments_by(person.pk)
    ]


def forget(person: Person) -> int:
    """Transfers that wait are cancelled, unless an organisation announced them; the bank's text about those that came,
    which names people, is emptied.
    """
    waiting = ExpectedTransfer.objects.filter(person=person, buyer=None, state=ExpectedState.EXPECTED)
    named = BankLine.objects.filter(payment__person=person).exclude(description="")
    return waiting.update(state=ExpectedState.CANCELLED) + named.update(description="")
