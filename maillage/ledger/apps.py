from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LedgerConfig(AppConfig):
    name = "maillage.ledger"
    label = "ledger"

    def ready(self) -> None:
        from maillage.directory.privacy import register_eraser, register_exporter

        from . import personal

        register_exporter(_("Comptes et écritures"), personal.lines)
        register_eraser("ledger", personal.settled)
