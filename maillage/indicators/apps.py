from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class IndicatorsConfig(AppConfig):
    name = "maillage.indicators"
    label = "indicators"

    def ready(self) -> None:
        """Every context's `facts` module registers what it can be counted by."""
        autodiscover_modules("facts")
