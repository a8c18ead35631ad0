"""The pages of the menu that are this context's."""

from django.utils.translation import gettext_lazy as _

from maillage.core.presence import ACCOMPANY, Entry
from maillage.directory.types import RoleKind as K

READS_AGREEMENTS = frozenset({K.DIRECTOR, K.MANAGER, K.BOARD, K.TREASURER})

ENTRIES = [
    Entry(
        _("Ententes"),
        "funding:agreements",
        "scroll-text",
        ACCOMPANY,
        READS_AGREEMENTS,
        _("Qui paie le travail, et jusqu’à quand."),
        rank=180,
    ),
]
