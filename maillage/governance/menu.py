"""The pages of the menu that are this context's, and those that stand side by side under one of them."""

from django.utils.translation import gettext_lazy as _

from maillage.core.presence import ACCOUNT, Entry
from maillage.directory.types import RoleKind as K

SEES_GOVERNANCE = frozenset({K.DIRECTOR, K.MANAGER, K.COORDINATOR, K.BOARD, K.TREASURER, K.ADVISER, K.STAFF})

ENTRIES = [
    Entry(
        _("Gouvernance"),
        "governance:governance",
        "landmark",
        ACCOUNT,
        SEES_GOVERNANCE,
        _("Qui siège, jusqu’à quand ; réunions et procès-verbaux."),
        by_role=True,
        rank=230,
    ),
]

TABS = [
    [
        Entry(_("Instances"), "governance:governance", kinds=SEES_GOVERNANCE),
        Entry(_("Rencontres"), "governance:meetings", kinds=SEES_GOVERNANCE),
    ],
]
"""The first of each is the entry's own page."""
