from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "maillage.payments"
    label = "payments"
