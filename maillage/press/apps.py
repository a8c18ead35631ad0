from django.apps import AppConfig


class PressConfig(AppConfig):
    name = "maillage.press"
    label = "press"
