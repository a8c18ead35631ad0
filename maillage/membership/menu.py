"""The pages of the menu that are this context's."""

from django.utils.translation import gettext_lazy as _

from maillage.core.presence import RUN, Entry
from maillage.directory.types import RoleKind as K

ENTRIES = [
    Entry(
        _("Membres"),
        "membership:members",
        "users",
        RUN,
        frozenset({K.COORDINATOR, K.TREASURER, K.DIRECTOR}),
        _("Adhésions, cotisations, parts."),
        rank=90,
    ),
]
