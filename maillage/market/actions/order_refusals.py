"""Why an order is refused. Nothing has changed then."""

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from maillage.core.actions import Refused
from maillage.core.quantity import Temperature

from ..drafting import Shortage


class NotOpen(Refused):
    """The cycle takes no orders now."""


class NotAMember(Refused):
    """The market sells to members only."""


class NameChanged(Refused):
    """The page showed the order in another name than the one in which it would be placed."""


class NotABuyer(Refused):
    """The person holds no role that buys for the organisation."""


class NothingWanted(Refused):
    """The cart is empty."""


class SoldOut(Refused):
    """Something cannot be had as wanted. Nothing was taken; `shortages` says what is left of each."""

    def __init__(self, shortages: list[Shortage]) -> None:
        self.shortages = shortages
        super().__init__(
            ngettext(
                "Un produit n’est plus disponible comme demandé. Rien n’a été commandé.",
                "Des produits ne sont plus disponibles comme demandé. Rien n’a été commandé.",
                len(shortages),
            )
        )


class SlotFull(Refused):
    """No place, or no room for the crates of a temperature (`temperatures`), is left in the slot."""

    def __init__(self, temperatures: tuple[str, ...] = ()) -> None:
        self.temperatures = temperatures
        if temperatures:
            names = ", ".join(str(Temperature(t).label) for t in temperatures)
            message = _(
                "Ce point n’a plus assez d’espace (%(temperatures)s). Choisissez un autre moment ou un autre lieu."
            )
            super().__init__(message % {"temperatures": names})
        else:
            super().__init__(_("Ce moment est complet. Choisissez un autre moment ou un autre lieu."))


class BelowMinimum(Refused):
    """The goods do not reach the minimum of the market or of the delivery zone."""


class NotDelivered(Refused):
    """The address is missing or its postal code lies outside the zone."""


class NotEnoughBalance(Refused):
    """The account cannot carry the order; `missing` dollars more are needed."""

    def __init__(self, missing: Decimal) -> None:
        self.missing = missing
        super().__init__(_("Le solde de votre compte ne suffit pas. Choisissez un autre mode de paiement."))


class MethodNotOffered(Refused):
    """The market does not take this payment method."""


class TotalChanged(Refused):
    """The order would not cost what the page showed; nothing was taken."""

    def __init__(self, total: Decimal) -> None:
        self.total = total
        super().__init__(_("Le total a changé depuis l’affichage de la page. Vérifiez-le, puis confirmez."))


class OrderGone(Refused):
    """The order is cancelled or handed over: it cannot change any more."""


class OrderMoved(Refused):
    """Someone changed the order after the page was shown: nothing is written."""
