"""The lists of the context (`core.tables`)."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from maillage.core.tables import Badge, Column, Empty, Listing, Table, address

from . import statements as making
from .models import Cycle
from .queries import settlement as queries


def _cycle(cycle: Cycle) -> str:
    return _("%(market)s, cycle %(n)s") % {"market": cycle.market.name, "n": cycle.number}


def _to_settle(row: queries.CycleRow) -> Badge:
    """What a cycle waits for."""
    if row.cycle.state == "distributed":
        return Badge(_("à régler"), "warn")
    return Badge(_("à payer"), "warn") if row.to_pay else Badge(_("payé"), "good")


SETTLEMENTS = Table(
    gettext_lazy("Cycles"),
    Column(
        "cycle",
        gettext_lazy("Cycle"),
        value=lambda row: _cycle(row.cycle),
        href=address("market:settlement", "cycle.market.slug", "cycle.number"),
        order="cycle",
        head=True,
        width=40,
    ),
    Column("delivered_on", gettext_lazy("Livraison"), "day", value=lambda row: row.cycle.delivered_on, order="day"),
    Column(
        "state",
        gettext_lazy("État"),
        value=_to_settle,
        order="state",
    ),
    Column("to_pay", gettext_lazy("Relevés à payer"), "count", cell="market/cells/to_pay.html", order="to_pay"),
    Column("statements", gettext_lazy("Relevés"), "count", on="file"),
    Column("amount", gettext_lazy("Montant"), "money", order="amount"),
    per_page=30,
)


def settlements(*, user: Any, asked: Mapping[str, str]) -> Listing:
    """Cycles to settle and producers to pay, across the markets that one keeps."""
    return Listing(
        SETTLEMENTS,
        queries.cycles_to_settle(user=user),
        empty=Empty(
            _("Rien à régler"),
            _("Un cycle se règle quand sa distribution est terminée."),
            "landmark",
            "/",
            _("Revenir à l’accueil"),
        ),
        file="reglements",
    )


STATEMENTS = Table(
    gettext_lazy("Relevés"),
    Column(
        "cycle",
        gettext_lazy("Cycle"),
        value=lambda row: _cycle(row.cycle),
        href=address("market:statement"),
        order=("cycle__market__name", "cycle__number"),
        head=True,
        width=40,
    ),
    Column("producer", gettext_lazy("Producteur"), order="producer__name", width=30),
    Column(
        "delivered_on",
        gettext_lazy("Livraison"),
        "day",
        value=lambda row: row.cycle.delivered_on,
        order="cycle__delivered_on",
    ),
    Column("net", gettext_lazy("Net à recevoir"), "money", order="net"),
    Column("state", gettext_lazy("Paiement"), value=making.state_of, order="paid_on", width=36),
    Column("pdf", gettext_lazy("Fichiers"), value=lambda row: "", cell="market/cells/statement_pdf.html", on="page"),
    per_page=30,
)


def statements(*, user: Any, asked: Mapping[str, str]) -> Listing:
    """A producer's statements, across markets."""
    return Listing(
        STATEMENTS,
        queries.my_statements(user=user),
        empty=Empty(
            _("Aucun relevé encore"),
            _("Vous en recevez un à chaque cycle réglé où vos produits se sont vendus."),
            "file-text",
            reverse("market:stalls"),
            _("Voir mes ventes"),
        ),
        file="releves",
    )
