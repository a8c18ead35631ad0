from django.apps import AppConfig


class MarketConfig(AppConfig):
    name = "maillage.market"
    label = "market"
