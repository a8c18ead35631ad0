"""The lists of the context: their columns, and what a page shows of them for who reads it (`core.tables`)."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from maillage.core.numbers import whole
from maillage.core.tables import Badge, Chip, Column, Empty, Listing, Table, address
from maillage.directory.models import Territory
from maillage.directory.queries import person_of
from maillage.funding.queries import streams_seen

from . import queries
from .models import FinancingKind, Intensity, OutcomeFollowUp, ReferralState
from .queries.clients import with_last_work

type Asked = Mapping[str, str]

# --- enterprises

ENTERPRISES = Table(
    gettext_lazy("Entreprises accompagnées"),
    Column("name", gettext_lazy("Entreprise"), href=address("accompaniment:enterprise"), order="name", width=34),
    Column("neq", gettext_lazy("NEQ"), on="file"),
    Column("mrc", gettext_lazy("MRC"), order="mrc__name"),
    Column("sector", gettext_lazy("Secteur"), value=lambda row: row.sector.name if row.sector else "", width=30),
    Column("last_on", gettext_lazy("Dernière intervention"), "day", order="last_on"),
)


def enterprises(*, user: Any, asked: Asked) -> Listing:
    text, mrc, mine, person = asked.get("q", ""), whole(asked.get("mrc")), "moi" in asked, person_of(user=user)
    rows = queries.enterprises_for(user=user, text=text, mrc_id=mrc, adviser_id=person.pk if mine and person else None)
    followed = queries.enterprises_for(user=user).order_by().exclude(mrc=None).values("mrc_id")
    return Listing(
        ENTERPRISES,
        with_last_work(rows, user=user),
        search=text,
        placeholder=_("Nom ou NEQ"),
        chips=[
            Chip(_("Toutes"), {}, not mine and not mrc),
            Chip(_("Les miennes"), {"moi": ""}, mine),
            *(Chip(m.name, {"mrc": str(m.pk)}, m.pk == mrc) for m in Territory.objects.filter(pk__in=followed)),
        ],
        empty=Empty(
            _("Aucune entreprise pour l’instant"),
            _("La fiche d’une entreprise s’ouvre avec la première intervention."),
            "factory",
            reverse("accompaniment:intervention_new"),
            _("Noter une intervention"),
        ),
        file="entreprises",
    )


# --- interventions

INTERVENTIONS = Table(
    gettext_lazy("Interventions, la plus récente d’abord"),
    Column("done_on", gettext_lazy("Date"), "day", href=address("accompaniment:intervention"), order="done_on"),
    Column("parties", gettext_lazy("Avec"), head=True, cell="accompaniment/cells/parties.html"),
    Column("topic", gettext_lazy("Sujet"), cell="accompaniment/cells/topic.html", order="topic__name"),
    Column("stream", gettext_lazy("Volet"), wide=True, order="stream__name"),
    Column("adviser", gettext_lazy("Par"), wide=True, order=("adviser__family_name", "adviser__given_name")),
    Column("minutes", gettext_lazy("Durée"), "count", cell="accompaniment/cells/minutes.html", order="minutes"),
    per_page=30,
)


def interventions(*, user: Any, asked: Asked, organisations: list[int], filters: Mapping[str, Any]) -> Listing:
    """As `exports.listed` filters them. Its file has a row for each party, and is `exports.interventions`."""
    from .exports import listed

    mine, stream, cancelled = filters["mine"], filters["stream"], filters["cancelled"]
    streams = streams_seen(organisation_ids=organisations)
    return Listing(
        INTERVENTIONS,
        listed(user=user, organisations=organisations, **filters),
        search=filters["text"],
        placeholder=_("Entreprise, sujet…"),
        chips=[
            Chip(_("Toutes"), {}, not mine and not stream and not cancelled),
            Chip(_("Les miennes"), {"moi": ""}, mine),
            *(Chip(s, {"volet": str(s.pk)}, s.pk == stream) for s in streams),
            Chip(_("Annulées"), {"annulees": ""}, cancelled),
        ],
        empty=Empty(
            _("Aucune intervention pour l’instant"),
            _("Notez la première : une entreprise, un sujet, une durée. Vingt secondes suffisent."),
            "handshake",
            reverse("accompaniment:intervention_new"),
            _("Noter une intervention"),
        ),
    )


# --- mandates

MANDATES = Table(
    gettext_lazy("Mandats"),
    Column(
        "enterprise",
        gettext_lazy("Entreprise"),
        href=address("accompaniment:enterprise", "enterprise.public_id"),
        order="enterprise__name",
        head=True,
        width=32,
    ),
    Column("title", gettext_lazy("Mandat"), value=str, href=address("accompaniment:mandate"), width=32),
    Column("stream", gettext_lazy("Volet"), order="stream__name"),
    Column(
        "stage",
        gettext_lazy("Étape"),
        tones={"closed": "good", "abandoned": "warn"},
        order="stage",
    ),
    Column("intensity", gettext_lazy("Accompagnement"), on="file"),
    Column("adviser", gettext_lazy("Conseil"), order=("adviser__family_name", "adviser__given_name")),
    Column("during", gettext_lazy("Depuis"), "day", value=lambda row: row.during.lower, order="during"),
)


def mandates(*, user: Any, asked: Asked, organisations: list[int]) -> Listing:
    """Those under way, that ended or were cancelled, whose enterprise or adviser is asked."""
    person, mine, text = person_of(user=user), "moi" in asked, asked.get("q", "")
    which = next((w for w in ("termines", "annules") if w in asked), "")
    intensity, as_list = asked.get("intensite", ""), bool(which) or "liste" in asked
    rows = queries.mandates_for(
        user=user,
        adviser_id=person.pk if mine and person else None,
        over=None if which == "annules" else which == "termines",
        cancelled=which == "annules",
        text=text,
        intensity=intensity,
        organisation_ids=organisations,
    )
    return Listing(
        MANDATES,
        rows,
        search=text,
        placeholder=_("Entreprise"),
        chips=[
            Chip(_("En cours"), {}, not which and not mine and not intensity and not as_list),
            Chip(_("Les miens"), {"moi": ""}, mine),
            *(Chip(label, {"intensite": value}, value == intensity) for value, label in Intensity.choices),
            Chip(_("En liste"), {"liste": ""}, as_list and not which),
            Chip(_("Terminés"), {"termines": ""}, which == "termines"),
            Chip(_("Annulés"), {"annules": ""}, which == "annules"),
        ],
        empty=Empty(
            _("Aucun mandat ici"),
            _("Un mandat réunit un diagnostic, des livrables et un suivi pour une entreprise."),
            "briefcase",
            reverse("accompaniment:mandate_new"),
            _("Ouvrir un mandat"),
        ),
        file="mandats",
    )


# --- diagnostics

DIAGNOSTICS = Table(
    gettext_lazy("Diagnostics"),
    Column(
        "enterprise",
        gettext_lazy("Entreprise"),
        href=address("accompaniment:diagnostic"),
        order="enterprise__name",
        head=True,
        width=32,
    ),
    Column(
        "questionnaire",
        gettext_lazy("Questionnaire"),
        value=lambda row: row.version.questionnaire,
        order="version__questionnaire__title",
        width=30,
    ),
    Column("started_on", gettext_lazy("Commencé"), "day", order="started_on"),
    Column(
        "answered_at",
        gettext_lazy("État"),
        value=lambda row: Badge(_("terminé"), "good") if row.answered_at else Badge(_("en cours"), "info"),
        order="answered_at",
    ),
)


def diagnostics(*, user: Any, asked: Asked) -> Listing:
    text, which = asked.get("q", ""), asked.get("quoi", "")
    words = (("", _("Tous")), ("attente", _("En attente")), ("finis", _("Terminés")), ("retires", _("Retirés")))
    return Listing(
        DIAGNOSTICS,
        queries.diagnostics_for(user=user, text=text, which=which),
        search=text,
        placeholder=_("Entreprise"),
        chips=[Chip(label, {"quoi": word} if word else {}, word == which) for word, label in words],
        empty=Empty(
            _("Aucun diagnostic"),
            _("Répondez avec l’entreprise, ou envoyez-lui un lien."),
            "radar",
            reverse("accompaniment:diagnostic_new"),
            _("Faire un diagnostic"),
        ),
        file="diagnostics",
    )


# --- outcome questions


def _standing(row: OutcomeFollowUp) -> Badge:
    """Where an outcome question is."""
    if row.answered_at:
        return Badge(_("répondu"), "good")
    if row.asked_at and row.mandate.enterprise.email:
        return Badge(_("envoyée"), "info")
    if row.due_on <= timezone.localdate():
        return Badge(_("à faire par téléphone"), "warn")
    return Badge(_("à venir"), "neutral")


FOLLOW_UPS = Table(
    gettext_lazy("Questions de suivi"),
    Column(
        "enterprise",
        gettext_lazy("Entreprise"),
        value=lambda row: row.mandate.enterprise,
        href=address("accompaniment:follow_up"),
        order="mandate__enterprise__name",
        head=True,
        width=32,
    ),
    Column(
        "months",
        gettext_lazy("Échéance"),
        value=lambda row: ngettext("%(n)s mois", "%(n)s mois", row.months) % {"n": row.months},
        order="months",
    ),
    Column("due_on", gettext_lazy("Pour le"), "day", order="due_on"),
    Column(
        "standing",
        gettext_lazy("État"),
        value=_standing,
    ),
    Column("sales", gettext_lazy("Ventes"), order="sales"),
    Column("jobs_change", gettext_lazy("Emplois"), "number", order="jobs_change"),
)


def follow_ups(*, user: Any, asked: Asked, organisations: list[int]) -> Listing:
    today, state, months = timezone.localdate(), asked.get("etat", ""), whole(asked.get("mois"))
    states = (
        ("", _("Tous")),
        ("repondues", _("Répondues")),
        ("attendues", _("Sans réponse")),
        ("sans-adresse", _("À faire par téléphone")),
        ("a-venir", _("À venir")),
    )
    kept = {"mois": str(months)} if months else {}
    chips = [Chip(label, {**({"etat": key} if key else {}), **kept}, key == state) for key, label in states]
    if months:
        asks = {"etat": state} if state else {}
        chips.append(Chip(_("%(months)s mois") % {"months": months}, asks, True))
    return Listing(
        FOLLOW_UPS,
        queries.follow_ups_for(user=user, today=today, state=state, months=months, organisation_ids=organisations),
        chips=chips,
        filtered=bool(state or months),
        empty=Empty(
            _("Aucun suivi pour l’instant"),
            _("Terminez un mandat : trois questions se prévoient d’elles-mêmes, 6, 12 et 24 mois plus tard."),
            "calendar-clock",
            reverse("accompaniment:mandates"),
            _("Voir les mandats"),
        ),
        file="suivis",
    )


# --- referrals

REFERRALS = Table(
    gettext_lazy("Références faites"),
    Column(
        "referred_on",
        gettext_lazy("Date"),
        "day",
        href=address("accompaniment:referral"),
        order="referred_on",
        head=True,
    ),
    Column("enterprise", gettext_lazy("Entreprise"), order="enterprise__name", width=32),
    Column("partner", gettext_lazy("Partenaire"), order="partner__name", width=32),
    Column(
        "state",
        gettext_lazy("État"),
        tones={"done": "good", "declined": "warn", "accepted": "info", "sent": "neutral"},
        order="state",
    ),
)


def referrals(*, user: Any, asked: Asked) -> Listing:
    state, text = asked.get("etat", ""), asked.get("q", "")
    return Listing(
        REFERRALS,
        queries.referrals_for(user=user, state=state, text=text),
        search=text,
        placeholder=_("Entreprise, partenaire"),
        chips=[
            Chip(_("Toutes"), {}, not state),
            *(Chip(label, {"etat": value}, value == state) for value, label in ReferralState.choices),
        ],
        empty=Empty(
            _("Aucune référence"),
            _("Quand un partenaire aide mieux que vous, référez-lui l’entreprise : il répond par un lien."),
            "forward",
            reverse("accompaniment:referral_new"),
            _("Référer une entreprise"),
        ),
        file="references",
    )


# --- financing

FINANCINGS = Table(
    gettext_lazy("Financements"),
    Column(
        "authorised_on",
        gettext_lazy("Date"),
        "day",
        href=address("accompaniment:financing_one"),
        order="authorised_on",
        head=True,
    ),
    Column("enterprise", gettext_lazy("Entreprise"), order="enterprise__name", width=32),
    Column("kind", gettext_lazy("Type"), order="kind"),
    Column("region", gettext_lazy("Région"), order="region__name"),
    Column("amount", gettext_lazy("Montant"), "money", order="amount"),
    Column("project", gettext_lazy("Projet"), on="file", width=40),
    Column("authorised_by_network", gettext_lazy("Autorisé par le réseau régional"), on="file"),
)
FLAGS = {
    "innovant": "is_innovative",
    "manufacturier": "is_manufacturing",
    "sociale": "is_social_economy",
    "reseau": "authorised_by_network",
}


def financings(*, user: Any, asked: Asked) -> Listing:
    text, kind, flag, cancelled = asked.get("q", ""), asked.get("type", ""), asked.get("nature", ""), "annules" in asked
    words = (_("Innovants"), _("Manufacturiers"), _("Économie sociale"), _("Autorisés par le réseau régional"))
    return Listing(
        FINANCINGS,
        queries.financings_for(user=user, text=text, kind=kind, flag=FLAGS.get(flag, ""), cancelled=cancelled),
        search=text,
        placeholder=_("Entreprise, projet"),
        chips=[
            Chip(_("Tous"), {}, not kind and not flag and not cancelled),
            *(Chip(label, {"type": value}, value == kind) for value, label in FinancingKind.choices),
            *(Chip(label, {"nature": key}, key == flag) for key, label in zip(FLAGS, words, strict=True)),
            Chip(_("Annulés"), {"annules": ""}, cancelled),
        ],
        empty=Empty(
            _("Aucun financement"),
            _("Notez chaque autorisation : les totaux du plan en viennent."),
            "hand-coins",
            reverse("accompaniment:financing_new"),
            _("Noter un financement"),
        ),
        file="financements",
    )


# --- enterprises met

MEETINGS = Table(
    gettext_lazy("Rencontres"),
    Column("met_on", gettext_lazy("Date"), "day", href=address("accompaniment:meeting"), order="met_on", head=True),
    Column("company_name", gettext_lazy("Entreprise"), order="company_name", width=32),
    Column("region", gettext_lazy("Région"), order="region__name"),
    Column(
        "was_client",
        gettext_lazy("Déjà cliente"),
        value=lambda row: _("oui") if row.was_client else _("non"),
        cell="accompaniment/cells/was_client.html",
        order="was_client",
    ),
)


def meetings(*, user: Any, asked: Asked) -> Listing:
    text, which = asked.get("q", ""), asked.get("quoi", "")
    words = (
        ("", _("Toutes")),
        ("nouvelles", _("Non clientes")),
        ("devenues", _("Devenues clientes")),
        ("retirees", _("Retirées")),
    )
    return Listing(
        MEETINGS,
        queries.meetings_for(user=user, text=text, which=which),
        search=text,
        placeholder=_("Entreprise"),
        chips=[Chip(label, {"quoi": word} if word else {}, word == which) for word, label in words],
        empty=Empty(_("Aucune rencontre notée"), _("Notez la première : un nom et une date suffisent."), "door-open"),
        file="demarchage",
    )


# --- successions

SUCCESSIONS = Table(
    gettext_lazy("Dossiers de relève"),
    Column(
        "enterprise",
        gettext_lazy("Entreprise"),
        href=address("accompaniment:succession"),
        order="enterprise__name",
        head=True,
        width=32,
    ),
    Column(
        "stage",
        gettext_lazy("Étape"),
        tones={"transferred": "good", "stopped": "warn"},
        order="stage",
    ),
    Column("kind", gettext_lazy("Forme"), order="kind"),
    Column("candidates", gettext_lazy("Repreneurs"), "count", order="candidates"),
    Column("jobs", gettext_lazy("Emplois"), "count", order="jobs"),
    Column("wanted_by", gettext_lazy("Avant le"), "day", order="wanted_by"),
)


def successions(*, user: Any, asked: Asked, organisations: list[int]) -> Listing:
    text, over = asked.get("q", ""), "terminees" in asked
    return Listing(
        SUCCESSIONS,
        queries.cases_for(user=user, over=over, text=text, organisation_ids=organisations),
        search=text,
        placeholder=_("Entreprise"),
        chips=[Chip(_("En cours"), {}, not over), Chip(_("Terminés"), {"terminees": ""}, over)],
        empty=Empty(
            _("Aucun dossier de relève"),
            _("Ouvrez-en un dès qu’une entreprise pense à passer la main."),
            "key-round",
            reverse("accompaniment:succession_new"),
            _("Ouvrir un dossier"),
        ),
        file="releve",
    )
