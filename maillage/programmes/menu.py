"""The pages of the menu that are this context's, and those that stand side by side under one of them."""

from django.utils.translation import gettext_lazy as _

from maillage.core.presence import ACCOMPANY, Entry
from maillage.directory.types import RoleKind as K

ACCOMPANIES = frozenset({K.ADVISER, K.MANAGER, K.DIRECTOR})

ENTRIES = [
    Entry(
        _("Programmes"),
        "programmes:programmes",
        "route",
        ACCOMPANY,
        ACCOMPANIES | {K.JUROR},
        _("Volets, cohortes et candidatures."),
        rank=160,
    ),
    Entry(
        _("Activités"),
        "programmes:activities",
        "calendar-days",
        ACCOMPANY,
        ACCOMPANIES,
        _("Ateliers, inscriptions et présences."),
        rank=170,
    ),
]

TABS = [
    [
        Entry(_("Activités"), "programmes:activities", kinds=ACCOMPANIES | {K.BOARD}),
        Entry(_("Représentations"), "programmes:representations", kinds=ACCOMPANIES | {K.BOARD}),
    ],
]
"""The first of each is the entry's own page."""
