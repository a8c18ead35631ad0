"""The lists of the context (`core.tables`)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from maillage.core.tables import Column, Empty, Listing, Table, address

from . import queries
from .forms import FilterForm
from .templatetags.payments import reference

PAYMENTS = Table(
    gettext_lazy("Paiements"),
    Column("payer", gettext_lazy("De"), href=address("payments:payment"), head=True, width=30),
    Column("received_on", gettext_lazy("Reçu le"), "day", order="received_on"),
    Column("method", gettext_lazy("Mode"), order="method"),
    Column("reference", gettext_lazy("Pour"), value=lambda row: reference(row.reference)),
    Column("amount", gettext_lazy("Montant"), "money", order="amount"),
    Column("refunded", gettext_lazy("Remboursé"), "money", on="file"),
    Column("state", gettext_lazy("État"), cell="payments/cells/state.html", order="state"),
    per_page=50,
)


def payments(*, user: Any, asked: Mapping[str, str], organisation: str) -> Listing:
    """Payments received, the latest first. Raises Http404 for who does not keep them."""
    kept = queries.organisation_kept_by(user=user, public_id=UUID(organisation))
    how = FilterForm(asked).read()
    return Listing(
        PAYMENTS,
        queries.payments_of(kept.pk, **how),
        filtered=any(how.values()),
        empty=Empty(
            _("Aucun paiement encore"),
            _("Les paiements du point de cueillette, les virements et les cartes arriveront ici."),
            "banknote",
            reverse("payments:record", args=[kept.public_id]),
            _("Inscrire un paiement"),
        ),
        file="paiements",
    )
