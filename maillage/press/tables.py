"""The lists of the context (`core.tables`)."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from maillage.core.numbers import whole
from maillage.core.tables import Chip, Column, Empty, Listing, Table, label
from maillage.funding.queries import streams_seen

from . import queries
from .models import Mention

MENTIONS = Table(
    gettext_lazy("Revue de presse"),
    Column("on", label(Mention, "on"), "day", order="on"),
    Column("title", label(Mention, "title"), cell="press/cells/title.html", order="title", head=True, width=60),
    Column("medium", label(Mention, "medium"), order="medium", width=30),
    Column("stream", label(Mention, "stream"), order="stream__name", wide=True),
    Column("about", label(Mention, "about"), order="about__name", wide=True, width=30),
    Column("link", label(Mention, "link"), on="file", width=60),
    per_page=30,
)


def mentions(*, user: Any, asked: Mapping[str, str], organisations: list[int]) -> Listing:
    text, stream, removed = asked.get("q", ""), whole(asked.get("volet")), "retirees" in asked
    return Listing(
        MENTIONS,
        queries.mentions_for(user=user, organisation_ids=organisations, text=text, stream_id=stream, removed=removed),
        search=text,
        placeholder=_("Titre, média, entreprise"),
        chips=[
            Chip(_("Toutes"), {}, not stream and not removed),
            *(Chip(s, {"volet": str(s.pk)}, s.pk == stream) for s in streams_seen(organisation_ids=organisations)),
            Chip(_("Retirées"), {"retirees": ""}, removed),
        ],
        empty=Empty(
            _("La revue de presse est vide"),
            _("Notez le premier article : une date, un média, un titre. Ou importez votre tableau."),
            "newspaper",
        ),
        file="revue-de-presse",
    )
