"""The page of the menu that is this context's."""

from django.utils.translation import gettext_lazy as _

from maillage.core.presence import ACCOMPANY, Entry

from .types import READERS

ENTRIES = [
    Entry(
        _("Revue de presse"),
        "press:mentions",
        "newspaper",
        ACCOMPANY,
        frozenset(READERS),
        _("Ce que les médias disent de vous et des entreprises que vous aidez."),
        rank=195,
    ),
]
