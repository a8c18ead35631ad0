"""The pages of the menu that are this context's."""

from django.utils.translation import gettext_lazy as _

from maillage.core.presence import RUN, Entry
from maillage.directory.types import RoleKind as K

ENTRIES = [
    Entry(
        _("Virements Interac"),
        "payments:interac",
        "landmark",
        RUN,
        frozenset({K.TREASURER, K.COORDINATOR}),
        _("Associer les virements reçus aux commandes."),
        at_market=True,
        rank=100,
    ),
]
