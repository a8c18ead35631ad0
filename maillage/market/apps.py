from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MarketConfig(AppConfig):
    name = "maillage.market"
    label = "market"

    def ready(self) -> None:
        from maillage.directory.privacy import register_eraser, register_exporter
        from maillage.directory.second_factor import register_money

        from . import personal
        from .queries.cycles import handles_money

        register_exporter(_("Commandes"), personal.orders)
        register_exporter(_("Lignes de commande"), personal.lines)
        register_exporter(_("Paniers"), personal.carts)
        register_money(handles_money)
        register_eraser("market", personal.forget)
