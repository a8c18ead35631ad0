"""The pages of the menu that are this context's, and those that stand side by side under one of them."""

from django.utils.translation import gettext_lazy as _

from maillage.core.presence import ACCOMPANY, Entry
from maillage.directory.types import RoleKind as K

ACCOMPANIES = frozenset({K.ADVISER, K.MANAGER, K.DIRECTOR})

ENTRIES = [
    Entry(
        _("Interventions"),
        "accompaniment:interventions",
        "handshake",
        ACCOMPANY,
        ACCOMPANIES,
        _("Noter ce qui a été fait, pour qui et combien de temps."),
        rank=140,
    ),
    Entry(
        _("Entreprises"),
        "accompaniment:enterprises",
        "factory",
        ACCOMPANY,
        ACCOMPANIES,
        _("Le parcours de chaque entreprise accompagnée."),
        rank=150,
    ),
    Entry(
        _("Réglages"),
        "accompaniment:settings",
        "settings-2",
        ACCOMPANY,
        frozenset({K.DIRECTOR, K.MANAGER}),
        _("Volets, sujets et services que votre équipe choisit."),
        rank=190,
    ),
]

TABS = [
    [
        Entry(_("Interventions"), "accompaniment:interventions", kinds=ACCOMPANIES | {K.BOARD}),
        Entry(_("À faire"), "accompaniment:todo", kinds=ACCOMPANIES | {K.BOARD}),
        Entry(_("Mandats"), "accompaniment:mandates", kinds=ACCOMPANIES | {K.BOARD}),
        Entry(_("Diagnostics"), "accompaniment:diagnostics", kinds=ACCOMPANIES | {K.BOARD}),
        Entry(_("Références"), "accompaniment:referrals", kinds=ACCOMPANIES | {K.BOARD}),
        Entry(_("Financements"), "accompaniment:financings", kinds=ACCOMPANIES | {K.BOARD}),
        Entry(_("Démarchage"), "accompaniment:meetings", kinds=ACCOMPANIES | {K.BOARD}),
        Entry(_("Suivis"), "accompaniment:follow_ups", kinds=ACCOMPANIES | {K.BOARD}),
        Entry(_("Veille"), "accompaniment:watch", kinds=ACCOMPANIES | {K.BOARD}),
        Entry(_("Relève"), "accompaniment:successions", kinds=ACCOMPANIES | {K.BOARD}),
    ],
]
"""The first of each is the entry's own page."""
