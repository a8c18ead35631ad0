"""The lists of the context (`core.tables`)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from maillage.core.numbers import whole
from maillage.core.tables import Badge, Chip, Column, Empty, Listing, Table, address
from maillage.directory.queries import organisations_where

from . import queries
from .models import Activity, ActivityKind
from .types import WORKERS

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


# --- the log of representations

KINDS = [
    (ActivityKind.REPRESENTATION.value, gettext_lazy("représentation à un événement")),
    (ActivityKind.COMMITTEE.value, gettext_lazy("siège à un comité")),
]
REPRESENTATIONS = Table(
    gettext_lazy("Représentations"),
    Column("starts_on", gettext_lazy("Date"), "day", order="starts_on"),
    Column("kind", gettext_lazy("Genre"), on="file"),
    Column(
        "title",
        gettext_lazy("Événement ou comité"),
        cell="programmes/cells/represented.html",
        order="title",
        head=True,
        width=40,
    ),
    Column(
        "met",
        gettext_lazy("Organisations rencontrées"),
        value=lambda row: ", ".join(str(p.organisation) for p in row.met),
        on="file",
        width=40,
    ),
    Column("place", gettext_lazy("Lieu"), order="place"),
    Column(
        "represented_by",
        gettext_lazy("Par"),
        value=lambda row: row.represented_by or "",
        order=("represented_by__family_name", "represented_by__given_name"),
    ),
    Column("outcome", gettext_lazy("Retombées"), on="file", width=60),
    per_page=50,
)


def represented(*, user: Any, asked: Mapping[str, str], organisations: list[int]) -> QuerySet[Activity]:
    """The log, as it is asked: those with a day and those without."""
    return queries.representations_for(
        user=user,
        organisation_ids=organisations,
        text=asked.get("q", ""),
        year=whole(asked.get("annee")),
        person=whole(asked.get("par")),
        kind=asked.get("genre", ""),
    )


def representations(*, user: Any, asked: Mapping[str, str], organisations: list[int]) -> Listing:
    """Those with a day: committees without one are told apart."""
    log = represented(user=user, asked=asked, organisations=organisations)
    kind, year, person = asked.get("genre", ""), whole(asked.get("annee")), whole(asked.get("par"))
    years = queries.years_represented(user=user, organisation_ids=organisations)
    return Listing(
        REPRESENTATIONS,
        log.filter(starts_on__isnull=False),
        search=asked.get("q", ""),
        placeholder=_("Événement, lieu, organisation rencontrée"),
        chips=[
            Chip(_("Tout"), {}, not kind and not year and not person),
            *(Chip(label, {"genre": value}, value == kind) for value, label in KINDS),
            *(Chip(str(y), {"annee": str(y)}, y == year) for y in years[:5]),
            *(Chip(p, {"par": str(p.pk)}, p.pk == person) for p in queries.represented_in(log)),
        ],
        empty=Empty(
            _("Aucune représentation notée"),
            _("Un événement, une date, une personne : notez la première."),
            "megaphone",
        ),
        file="representations",
    )


# --- who registered


def registrations(*, user: Any, asked: Mapping[str, str], activity: str) -> Listing:
    """Who registered to an activity. Those who run it see how to reach them, and download the list with the sessions
    that each attended. Raises Http404 for outsiders."""
    row = queries.activity_for(user=user, public_id=UUID(activity))
    runs = row.organisation_id in organisations_where(user=user, kinds=WORKERS)
    columns = [
        Column("name", gettext_lazy("Nom"), order="name", head=True, width=30),
        Column("email", gettext_lazy("Courriel"), on="file", width=30),
        Column("phone", gettext_lazy("Téléphone"), on="file"),
        Column("enterprise_name", gettext_lazy("Entreprise"), order="enterprise_name", width=30),
        Column("mrc", gettext_lazy("MRC"), value=lambda r: r.mrc or "", on="file"),
        Column("state", gettext_lazy("État"), cell="programmes/cells/registration.html", order="state"),
        Column("needs", gettext_lazy("Besoins particuliers"), on="file", width=40),
        *(_attended(session) for session in row.sessions.all()),
    ]
    if runs:
        end = "programmes/cells/registration_end.html"
        columns.append(Column("end", gettext_lazy("Annuler"), value=lambda r: "", cell=end, on="page"))
    text = asked.get("q", "")
    return Listing(
        Table(gettext_lazy("Inscrits"), *columns, per_page=100, dense=True),
        queries.registered(row, text=text),
        search=text,
        placeholder=_("Nom ou entreprise"),
        empty=Empty(_("Personne encore"), _("Envoyez le lien d’inscription."), "ticket"),
        file="inscriptions" if runs else "",
    )


def _attended(session: Any) -> Column:
    def value(row: Any) -> str:
        return "1" if session.pk in {a.session_id for a in row.attendances.all()} else ""

    starts = timezone.localtime(session.starts_at).strftime("%Y-%m-%d %H:%M")
    return Column(f"session_{session.pk}", starts, value=value, on="file")


# --- a call's applications

RANKING = Table(
    gettext_lazy("Candidatures, la mieux notée d’abord"),
    Column(
        "enterprise_name",
        gettext_lazy("Entreprise"),
        value=lambda row: row.application.enterprise_name,
        href=address("programmes:application", "application.public_id"),
        order="enterprise_name",
        head=True,
        width=36,
    ),
    Column("score", gettext_lazy("Note sur 100"), "number", order="score"),
    Column("reviews", gettext_lazy("Évaluations"), "count", cell="programmes/cells/reviews.html", order="reviews"),
    Column("expected", gettext_lazy("Évaluations attendues"), "count", on="file"),
    Column(
        "state",
        gettext_lazy("État"),
        value=lambda row: Badge(row.application.get_state_display(), "neutral"),
        order="state",
    ),
)


def ranking(*, user: Any, asked: Mapping[str, str], call: str) -> Listing:
    """Raises Http404 for those who do not run it."""
    return Listing(
        RANKING,
        queries.ranking(queries.call_for(user=user, public_id=UUID(call))),
        empty=Empty(_("Aucune candidature encore."), icon="inbox"),
        file="candidatures",
    )
