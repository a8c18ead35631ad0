from django.apps import AppConfig


class AccompanimentConfig(AppConfig):
    name = "maillage.accompaniment"
    label = "accompaniment"
