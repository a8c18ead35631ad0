"""The lists of the context (`core.tables`)."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from maillage.core.tables import Column, Empty, Listing, Table, address

from .queries import selection as queries

MINE = Table(
    gettext_lazy("Mes candidatures"),
    Column(
        "organisation",
        gettext_lazy("Marché"),
        href=address("catalogue:application"),
        order="organisation__name",
        head=True,
        width=32,
    ),
    Column("producer", gettext_lazy("Producteur"), order="producer__name", width=32),
    Column(
        "state",
        gettext_lazy("État"),
        tones={"accepted": "good", "refused": "neutral", "withdrawn": "neutral", "draft": "neutral"},
        order="state",
    ),
    Column("submitted_at", gettext_lazy("Déposée"), "day", order="submitted_at"),
)


def my_applications(*, user: Any, asked: Mapping[str, str]) -> Listing:
    return Listing(
        MINE,
        queries.applications_by(user=user),
        empty=Empty(
            _("Aucune candidature"),
            _(
                "Ouvrez la page « Devenir producteur » d’un marché et posez-y votre candidature : "
                "le brouillon paraîtra ici."
            ),
            "send",
        ),
        file="candidatures",
    )
