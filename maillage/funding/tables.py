"""The lists of the context (`core.tables`)."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from maillage.core.tables import Column, Empty, Listing, Table, address
from maillage.directory.queries import organisations_where

from . import queries
from .types import WRITERS

AGREEMENTS = Table(
    gettext_lazy("Ententes"),
    Column("title", gettext_lazy("Entente"), href=address("funding:agreement"), order="title", head=True, width=36),
    Column("funder", gettext_lazy("Bailleur de fonds"), order="funder__organisation__name", width=30),
    Column("number", gettext_lazy("Numéro"), on="file"),
    Column(
        "during",
        gettext_lazy("Durée"),
        "day",
        value=lambda row: row.during.lower,
        cell="funding/cells/during.html",
        order="during",
    ),
    Column("last_day", gettext_lazy("Dernier jour"), "day", on="file"),
    Column(
        "streams",
        gettext_lazy("Volets"),
        value=lambda row: ", ".join(str(s) for s in row.streams.all()) or _("tous"),
        width=30,
    ),
    Column("amount", gettext_lazy("Montant"), "money", order="amount"),
    Column("left", gettext_lazy("Reste à recevoir"), "money", value=lambda row: queries.balance_of(row).left),
)


def agreements(*, user: Any, asked: Mapping[str, str], organisations: list[int]) -> Listing:
    writes = bool(organisations_where(user=user, kinds=WRITERS))
    return Listing(
        AGREEMENTS,
        queries.agreements_for(user=user, organisation_ids=organisations),
        empty=Empty(
            _("Aucune entente"),
            _("Ajoutez l’entente qui paie le travail : chaque intervention pourra y être rattachée."),
            "scroll-text",
            reverse("funding:agreement_new") if writes else "",
            _("Nouvelle entente"),
        ),
        file="ententes",
    )
