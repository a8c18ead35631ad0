"""The lists of the context (`core.tables`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from maillage.core.numbers import whole
from maillage.core.tables import Choice, Column, Empty, Listing, Table
from maillage.core.text import fold
from maillage.core.typed import search_words

from . import queries
from .models import LegalForm, Organisation


def _mrcs(mrc: str) -> Choice:
    offered = ((str(place.pk), place.name) for place in queries.territories(kind="mrc"))
    return Choice("mrc", _("MRC"), offered, mrc, _("Toutes"))


ORGANISATIONS = Table(
    gettext_lazy("Organisations"),
    Column("name", gettext_lazy("Nom"), cell="directory/cells/name.html", order="name", head=True, width=40),
    Column("legal_form", gettext_lazy("Forme juridique"), order="legal_form", width=30),
    Column("place", gettext_lazy("Lieu"), value=lambda row: row.municipality or row.mrc or "", on="page"),
    Column("municipality", gettext_lazy("Municipalité"), value=lambda row: row.municipality or "", on="file"),
    Column("mrc", gettext_lazy("MRC"), value=lambda row: row.mrc or "", on="file"),
    Column("sector", gettext_lazy("Secteur"), value=lambda row: row.sector or "", on="file", width=40),
    Column("neq", gettext_lazy("NEQ"), order="neq"),
    per_page=30,
)


def organisations(*, user: Any, asked: Mapping[str, str]) -> Listing:
    """Those that `user` may look up."""
    text, form, mrc = (asked.get(name, "") for name in ("q", "forme", "mrc"))
    form = form if form in LegalForm.values else ""
    return Listing(
        ORGANISATIONS,
        queries.search_organisations(user=user, text=text, form=form, mrc_id=whole(mrc)),
        search=text,
        placeholder=_("Nom, NEQ ou municipalité"),
        choices=[Choice("forme", _("Forme juridique"), LegalForm.choices, form, _("Toutes")), _mrcs(mrc)],
        empty=Empty(
            _("L'annuaire vous attend"),
            _(
                "Ajoutez votre organisation : c'est elle qui tiendra un marché, suivra un programme ou rendra "
                "des comptes."
            ),
            "building-2",
            reverse("directory:organisation_new"),
            _("Ajouter mon organisation"),
        ),
        nothing=Empty(
            _("Aucune organisation de ce nom"),
            _("Essayez un seul mot du nom, sans « inc. » ni « coop », ou ajoutez l'organisation."),
            "search",
            reverse("directory:organisation_new"),
            _("Ajouter une organisation"),
        ),
        file="organisations",
    )


@dataclass(frozen=True)
class Pair:
    """`mine`: whether who looks may unite them."""

    first: Organisation
    second: Organisation
    reasons: tuple[str, ...]
    mine: bool


DUPLICATES = Table(
    gettext_lazy("Doublons"),
    Column("first", gettext_lazy("Une fiche"), cell="directory/cells/twin.html", head=True, width=40),
    Column("second", gettext_lazy("L'autre fiche"), cell="directory/cells/twin.html", width=40),
    Column(
        "reasons",
        gettext_lazy("Pourquoi"),
        value=lambda row: ", ".join(row.reasons),
        cell="directory/cells/reasons.html",
        width=40,
    ),
    Column("compare", gettext_lazy("Suite"), value=lambda row: "", cell="directory/cells/compare.html", on="page"),
    per_page=30,
)


def duplicates(*, user: Any, asked: Mapping[str, str]) -> Listing:
    """Pairs of files that may be one, the most alike first. Raises Http404 for who works with no organisation."""
    if not queries.works_with_organisations(user=user):
        raise Http404
    text, mrc = asked.get("q", ""), asked.get("mrc", "")
    found = [
        pair
        for pair in queries.likely_duplicates(user=user, mrc_id=whole(mrc))
        if all(word in fold(f"{pair.first} {pair.second}") for word in search_words(fold(text)))
    ]
    rights = queries.rights_over(user=user, organisations=[o for pair in found for o in (pair.first, pair.second)])
    mine = {pk for pk, right in rights.items() if right == queries.Right.ALL}
    return Listing(
        DUPLICATES,
        [Pair(p.first, p.second, p.reasons, {p.first.pk, p.second.pk} <= mine) for p in found],
        search=text,
        placeholder=_("Nom"),
        choices=[_mrcs(mrc)],
        empty=Empty(
            _("Aucun doublon en vue"),
            _("Aucune paire de fiches ne se ressemble assez. Revenez après un import."),
            "badge-check",
            reverse("directory:organisations"),
            _("Voir les organisations"),
        ),
        file="doublons",
    )
