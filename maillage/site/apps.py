from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "maillage.site"
    label = "site"

    def ready(self) -> None:
        from .wiring import wire

        wire()
