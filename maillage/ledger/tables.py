"""The lists of the context (`core.tables`)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from maillage.core.tables import Column, Empty, Listing, Table, address

from . import queries
from .forms import PeriodForm
from .models import AccountKind, Book

JOURNAL = Table(
    gettext_lazy("Journal"),
    Column("occurred_on", gettext_lazy("Date"), "day", order="occurred_on"),
    Column("memo", gettext_lazy("Écriture"), href=address("ledger:transaction"), order="memo", head=True),
    Column("moved", gettext_lazy("Montant"), "money", order="moved"),
    per_page=50,
)


def _book(user: Any, organisation: str) -> Book | None:
    kept = queries.organisation_read_by(user=user, public_id=UUID(organisation))
    return Book.objects.filter(organisation=kept).first()


def journal(*, user: Any, asked: Mapping[str, str], organisation: str) -> Listing:
    """Every transaction; its files are `exports.journal_file`. Raises Http404 for who does not read the books."""
    book, form = _book(user, organisation), PeriodForm(asked)
    period, search = form.period, form.search
    return Listing(
        JOURNAL,
        queries.journal(book.pk if book else 0, period, search=search),
        filtered=bool(period or search),
        empty=Empty(_("Aucune écriture"), _("Ventes, adhésions et paiements s’y inscrivent d’eux-mêmes."), "book-open"),
    )


def accounts(*, user: Any, asked: Mapping[str, str], organisation: str, kind: str) -> Listing:
    """The accounts of a kind, each with its balance. Raises Http404 for who does not read the books."""
    book, search = _book(user, organisation), asked.get("q", "")
    if book is None or kind not in AccountKind.values:
        raise Http404
    return Listing(
        Table(
            AccountKind(kind).label,
            Column(
                "account", gettext_lazy("Titulaire"), value=str, href=address("ledger:account"), head=True, width=36
            ),
            Column("total", gettext_lazy("Solde"), "money", order="total"),
            per_page=50,
        ),
        queries.accounts_of(book.pk, kind, search=search),
        search=search,
        placeholder=_("Nom"),
        total={} if search else {"account": _("Total"), "total": queries.balance(book.pk, kind)},
        empty=Empty(_("Aucun compte de ce genre"), icon="book-open"),
        file=kind.replace("_", "-"),
    )
