"""What the books know of a person (Québec's Law 25). Accounting rows stay; they point to an anonymous person."""

from typing import Any

from django.utils.translation import gettext as _

from maillage.core.actions import Refused
from maillage.directory.models import Person

from . import queries
from .models import Entry


class NotSettled(Refused):
    """The person owes, or is owed."""


def lines(person: Person) -> list[dict[str, Any]]:
    """Every line of the person's accounts."""
    entries = (
        Entry.objects.filter(account__person=person)
        .select_related("transaction", "account__book__organisation")
        .order_by("transaction__occurred_on", "pk")
    )
    return [
        {
            _("Organisation"): entry.account.book.organisation.name,
            _("Date"): entry.transaction.occurred_on,
            _("Libellé"): entry.transaction.memo,
            _("Montant"): entry.amount,
        }
        for entry in entries
    ]


def settled(person: Person) -> int:
    """Nothing is erased from the books; a balance that is not zero must be settled before. Raises NotSettled."""
    for account in queries.accounts_of_person(person.pk):
        if account.total:
            raise NotSettled(
                _("Le compte chez %(organisation)s n'est pas à zéro : réglez-le d'abord.")
                % {"organisation": account.book.organisation}
            )
    return 0
