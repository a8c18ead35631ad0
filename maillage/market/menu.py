"""The pages of the menu that are this context's."""

from django.utils.translation import gettext_lazy as _

from maillage.core.presence import BUY, RUN, Entry
from maillage.directory.types import RoleKind as K

ENTRIES = [
    Entry(
        _("Marchés"), "market:markets", "store", BUY, public=True, text=_("Choisir un marché et commander."), rank=10
    ),
    Entry(
        _("Mes commandes"),
        "market:orders",
        "shopping-basket",
        BUY,
        text=_("Suivre, modifier, refaire une commande."),
        short=_("Commandes"),
        rank=20,
    ),
    Entry(
        _("Mes ventes"),
        "market:stalls",
        "tractor",
        RUN,
        frozenset({K.PRODUCER}),
        _("Vos offres, vos bons de commande et vos relevés."),
        within="/producteurs/",
        rank=40,
    ),
    Entry(
        _("Mes relevés"),
        "market:statements",
        "file-text",
        RUN,
        frozenset({K.PRODUCER}),
        _("Ce que chaque cycle vous rapporte, payé ou à venir."),
        rank=50,
    ),
    Entry(
        _("Accueil des points"),
        "market:pickup",
        "hand-heart",
        RUN,
        frozenset({K.PACKER, K.DRIVER, K.COORDINATOR, K.DIRECTOR}),
        _("Remettre les commandes, noter un manquant, recevoir un paiement."),
        at_market=True,
        short=_("Cueillette"),
        within="/accueil/",
        rank=60,
    ),
    Entry(
        _("Règlements"),
        "market:settlements",
        "hand-coins",
        RUN,
        frozenset({K.TREASURER, K.COORDINATOR, K.DIRECTOR}),
        _("Régler un cycle et payer les producteurs."),
        at_market=True,
        rank=70,
    ),
]
