from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProgrammesConfig(AppConfig):
    name = "maillage.programmes"
    label = "programmes"

    def ready(self) -> None:
        from maillage.directory.privacy import register_eraser, register_exporter

        from . import personal

        register_exporter(_("Inscriptions"), personal.registrations)
        register_exporter(_("Participations à un programme"), personal.enrolments)
        register_exporter(_("Candidatures à un appel"), personal.applications)
        register_eraser("programmes", personal.forget)
