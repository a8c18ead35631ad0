from django.urls import URLPattern, URLResolver, path

from .views import webhook

app_name = "payments"
urlpatterns: list[URLPattern | URLResolver] = [
    path("paiements/stripe/", webhook.webhook, name="webhook"),
]
