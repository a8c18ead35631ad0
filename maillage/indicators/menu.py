"""The pages of the menu that are this context's."""

from django.utils.translation import gettext_lazy as _

from maillage.core.presence import ACCOUNT, Entry
from maillage.directory.types import RoleKind as K

from .queries import has_network, has_plan

READS_FIGURES = frozenset({K.DIRECTOR, K.MANAGER, K.ADVISER, K.BOARD, K.FUNDER, K.TREASURER, K.COORDINATOR})

ENTRIES = [
    Entry(
        _("Rapports"),
        "indicators:reports",
        "file-chart-column",
        ACCOUNT,
        READS_FIGURES,
        _("Le rapport annuel, chiffre par chiffre."),
        rank=200,
    ),
    Entry(
        _("Chiffres"),
        "indicators:figures",
        "chart-column",
        ACCOUNT,
        READS_FIGURES,
        _("Chaque chiffre s’ouvre sur ses lignes."),
        rank=210,
    ),
    Entry(
        _("Réseau"),
        "indicators:network",
        "network",
        ACCOUNT,
        frozenset({K.DIRECTOR, K.BOARD, K.MANAGER}),
        _("Les organisations membres, réunies sans double compte."),
        only=has_network,
        rank=220,
    ),
    Entry(
        _("Plan"),
        "indicators:plan",
        "target",
        ACCOUNT,
        frozenset({K.DIRECTOR, K.BOARD, K.MANAGER, K.ADVISER}),
        _("Priorités, cibles et échéances."),
        only=has_plan,
        rank=240,
    ),
]
