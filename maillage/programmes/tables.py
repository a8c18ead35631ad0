"""The lists of the context (`core.tables`)."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from maillage.core.tables import Chip, Column, Empty, Listing, Table

from . import queries
from .models import ActivityKind

ACTIVITIES = Table(
    gettext_lazy("Activités"),
    Column("starts_on", gettext_lazy("Date"), "day", order="starts_on"),
    Column(
        "title", gettext_lazy("Activité"), cell="programmes/cells/activity.html", order="title", head=True, width=40
    ),
    Column("kind", gettext_lazy("Genre"), order="kind"),
    Column("state", gettext_lazy("État"), on="file"),
    Column("place", gettext_lazy("Lieu"), on="file"),
    Column("seated", gettext_lazy("Inscrits"), "count", cell="programmes/cells/seats.html", order="seated"),
    Column("capacity", gettext_lazy("Places"), "count", on="file"),
    Column("waiting", gettext_lazy("En attente"), "count", on="file"),
    Column("came", gettext_lazy("Présents"), "count", order="came"),
    per_page=30,
)


def activities(*, user: Any, asked: Mapping[str, str], organisations: list[int]) -> Listing:
    text, kind, when = (asked.get(name, "") for name in ("q", "genre", "quand"))
    rows = queries.activities_for(
        user=user, text=text, kind=kind, when=when, today=timezone.localdate(), organisation_ids=organisations
    )
    return Listing(
        ACTIVITIES,
        rows,
        search=text,
        placeholder=_("Titre"),
        chips=[
            Chip(_("Toutes"), {}, not when and not kind),
            Chip(_("À venir"), {"quand": "a-venir"}, when == "a-venir"),
            Chip(_("Passées"), {"quand": "passees"}, when == "passees"),
            *(Chip(label, {"genre": value}, value == kind) for value, label in ActivityKind.choices),
        ],
        empty=Empty(
            _("Aucune activité"),
            _("Créez la première : un titre, une séance, des places ; le lien d’inscription suit."),
            "calendar-plus",
            reverse("programmes:activity_new"),
            _("Nouvelle activité"),
        ),
        file="activites",
    )
