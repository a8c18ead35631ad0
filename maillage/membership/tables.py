"""The lists of the context (`core.tables`)."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from maillage.core.tables import Badge, Column, Empty, Listing, Table
from maillage.directory import queries as directory

from . import queries
from .forms import RegisterForm
from .models import Membership
from .types import KEEPERS


def members(*, user: Any, asked: Mapping[str, str], organisation: str) -> Listing:
    """The register, as the day asked saw it. Its file is `sheet.members_file`, which `membership:import` reads back.

    Raises Http404 for who does not keep it.
    """
    kept = directory.organisation_for(user=user, public_id=UUID(organisation), kinds=KEEPERS)
    how = RegisterForm(asked).read(timezone.localdate())
    return Listing(
        _register(how["today"]),
        queries.register(kept.pk, **how).select_related("organisation"),
        filtered=bool(how["search"] or how["status"] or how["held_by"]),
        empty=Empty(
            _("Pas encore de membre"),
            _("Importez votre liste, ou envoyez l'adresse de la page d'adhésion."),
            "users",
            reverse("membership:import", args=[kept.public_id]),
            _("Importer une liste"),
        ),
    )


def _register(day: date) -> Table:
    def standing(row: Membership) -> Badge:
        if row.during.lower > day:
            return Badge(_("À venir"), "info")
        if row.during.upper and row.during.upper <= day:
            return Badge(_("Échue"), "warn")
        return Badge(_("En règle"), "good")

    return Table(
        gettext_lazy("Membres"),
        Column("name", gettext_lazy("Nom"), cell="membership/cells/name.html", head=True),
        Column("number", gettext_lazy("Numéro"), "count", order="number"),
        Column("member_class", gettext_lazy("Catégorie"), order="member_class__name"),
        Column(
            "until",
            gettext_lazy("Jusqu'au"),
            "day",
            value=lambda row: row.during.upper,
            cell="membership/cells/until.html",
            order="during__endswith",
        ),
        Column("standing", gettext_lazy("Statut"), value=standing),
        per_page=50,
    )
