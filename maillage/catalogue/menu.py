"""The pages of the menu that are this context's."""

from django.utils.translation import gettext_lazy as _

from maillage.core.presence import RUN, Entry
from maillage.directory.types import RoleKind as K

ENTRIES = [
    Entry(
        _("Produits"),
        "catalogue:products",
        "carrot",
        RUN,
        frozenset({K.PRODUCER, K.COORDINATOR, K.DIRECTOR}),
        _("Formats, prix, saisons et photos de ce qui est offert."),
        at_market=True,
        rank=80,
    ),
]
