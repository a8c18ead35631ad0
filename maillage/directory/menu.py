"""The pages of the menu that are this context's."""

from django.utils.translation import gettext_lazy as _

from maillage.core.presence import RUN, Entry

from .types import RoleKind as K

ENTRIES = [
    Entry(
        _("Organisations"),
        "directory:organisations",
        "building-2",
        RUN,
        frozenset({K.DIRECTOR, K.COORDINATOR, K.ADVISER, K.MANAGER}),
        _("Coordonnées, rôles et invitations."),
        rank=130,
    ),
]
