from django.apps import AppConfig


class MembershipConfig(AppConfig):
    name = "maillage.membership"
    label = "membership"
