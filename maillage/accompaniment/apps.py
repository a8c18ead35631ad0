from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccompanimentConfig(AppConfig):
    name = "maillage.accompaniment"
    label = "accompaniment"

    def ready(self) -> None:
        from maillage.directory.privacy import register_eraser, register_exporter

        from . import personal

        register_exporter(_("Interventions"), personal.interventions)
        register_exporter(_("Notes"), personal.notes)
        register_eraser("accompaniment", personal.forget)
