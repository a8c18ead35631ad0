"""The lists of the context (`core.tables`)."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from maillage.core.tables import Badge, Column, Empty, Listing, Table, address
from maillage.directory.queries import organisations_where

from . import queries
from .models import Meeting
from .types import WRITERS


def _minutes(row: Meeting) -> Badge | None:
    """Where a meeting's minutes are."""
    if row.minutes_adopted_on:
        return Badge(_("adopté"), "good")
    if row.minutes:
        return Badge(_("déposé"), "info")
    return Badge(_("à déposer"), "neutral") if row.state == "held" else None


MEETINGS = Table(
    gettext_lazy("Rencontres"),
    Column("starts_at", gettext_lazy("Date"), "day", order="starts_at"),
    Column("title", gettext_lazy("Rencontre"), value=str, href=address("governance:meeting"), head=True, width=36),
    Column("state", gettext_lazy("État"), cell="governance/cells/state.html", order="state"),
    Column(
        "came",
        gettext_lazy("Présences"),
        "count",
        value=lambda row: row.voters if row.is_assembly else row.came if row.state == "held" else None,
        cell="governance/cells/came.html",
    ),
    Column("minutes", gettext_lazy("Procès-verbal"), value=_minutes),
    per_page=30,
)


def meetings(*, user: Any, asked: Mapping[str, str], organisations: list[int]) -> Listing:
    writes = bool(organisations_where(user=user, kinds=WRITERS))
    return Listing(
        MEETINGS,
        queries.meetings_for(user=user, organisation_ids=organisations).order_by("-starts_at", "pk"),
        empty=Empty(
            _("Aucune rencontre encore"),
            _("Planifiez la prochaine : l’avis part par courriel avec l’invitation d’agenda."),
            "calendar-days",
            reverse("governance:meeting_new") if writes else "",
            _("Nouvelle rencontre"),
        ),
        file="rencontres",
    )
