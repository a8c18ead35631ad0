from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DirectoryConfig(AppConfig):
    name = "maillage.directory"
    label = "directory"

    def ready(self) -> None:
        from . import correspondence, personal
        from .privacy import register_eraser, register_exporter

        register_exporter(_("Identité"), personal.identity)
        register_exporter(_("Rôles"), personal.roles)
        register_exporter(_("Consentements"), personal.consents)
        register_exporter(_("Invitations"), personal.invitations)
        register_exporter(_("Courriels reçus de la plateforme"), correspondence.of_person)
        register_exporter(_("Modifications de ma fiche"), personal.history)
        register_exporter(_("Lignes qui mènent à moi"), personal.links)
        register_eraser("letters", correspondence.forget)
        register_eraser("directory", personal.erase)
