from django.apps import AppConfig
from django.conf import settings


class CoreConfig(AppConfig):
    name = "maillage.core"
    label = "core"

    def ready(self) -> None:
        from .watching import reports

        reports.start(settings.SENTRY_DSN)
