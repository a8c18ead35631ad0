from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MembershipConfig(AppConfig):
    name = "maillage.membership"
    label = "membership"

    def ready(self) -> None:
        from maillage.directory.privacy import register_eraser, register_exporter

        from . import personal

        register_exporter(_("Adhésions"), personal.memberships)
        register_eraser("membership", personal.end_memberships)
