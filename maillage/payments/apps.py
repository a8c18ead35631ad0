from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PaymentsConfig(AppConfig):
    name = "maillage.payments"
    label = "payments"

    def ready(self) -> None:
        from maillage.directory.privacy import register_eraser, register_exporter

        from . import personal

        register_exporter(_("Paiements"), personal.payments)
        register_eraser("payments", personal.forget)
