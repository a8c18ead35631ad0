"""The pages of the menu that are this context's."""

from django.utils.translation import gettext_lazy as _

from maillage.core.presence import BUY, RUN, Entry
from maillage.directory.types import RoleKind as K

KEEPS_THE_BOOKS = frozenset({K.TREASURER, K.DIRECTOR})

ENTRIES = [
    Entry(_("Mon solde"), "ledger:mine", "wallet", BUY, text=_("Ce que vous devez ou avez, ligne par ligne."), rank=30),
    Entry(
        _("Grand livre"),
        "ledger:book",
        "book-open",
        RUN,
        KEEPS_THE_BOOKS,
        _("Comptes, soldes et journal, au cent près."),
        rank=110,
    ),
]
