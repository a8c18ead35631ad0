from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class IndicatorsConfig(AppConfig):
    name = "maillage.indicators"
    label = "indicators"

    def ready(self) -> None:
        """Every context's `facts` module registers what it can be counted by."""
        autodiscover_modules("facts")
        from maillage.directory.privacy import register_eraser, register_exporter

        from . import personal

        register_exporter(_("Nombres demandés"), personal.requests)
        register_eraser("indicators", personal.forget)
