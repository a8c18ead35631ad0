from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GovernanceConfig(AppConfig):
    name = "maillage.governance"
    label = "governance"

    def ready(self) -> None:
        from maillage.directory.privacy import register_exporter

        from . import personal

        register_exporter(_("Sièges et postes"), personal.terms)
        register_exporter(_("Présences aux rencontres"), personal.presences)
