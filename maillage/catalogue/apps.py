from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogueConfig(AppConfig):
    name = "maillage.catalogue"
    label = "catalogue"

    def ready(self) -> None:
        from maillage.directory.privacy import register_exporter

        from . import personal

        register_exporter(_("Évaluations de candidatures"), personal.reviews)
        register_exporter(_("Candidatures et listes déposées"), personal.filed)
