from django.urls import URLPattern, URLResolver, path, re_path

from .views import interac, payments, webhook

app_name = "payments"
urlpatterns: list[URLPattern | URLResolver] = [
    path("paiements/stripe/", webhook.webhook, name="webhook"),
    path("paiements/<uuid:public_id>/", payments.payments, name="payments"),
    path("paiements/<uuid:public_id>/nouveau/", payments.record, name="record"),
    path("paiements/<uuid:public_id>/rapprochement/", payments.reconciliation, name="reconciliation"),
    path("paiements/<uuid:public_id>/interac/", interac.interac, name="interac"),
    path("paiements/<uuid:public_id>/interac/confirmation/", interac.confirm_certain, name="confirm_certain"),
    path("paiement/<uuid:public_id>/", payments.payment, name="payment"),
    path("paiement/<uuid:public_id>/annulation/", payments.undo, name="undo"),
    path("releves/<uuid:public_id>/apercu/", interac.file, name="file"),
    path("releves/<uuid:public_id>/abandon/", interac.discard, name="file_discard"),
    path("releves/<uuid:public_id>/colonnes/", interac.columns, name="columns"),
    path("depots/<uuid:public_id>/", interac.line, name="line"),
    re_path(
        r"^depots/(?P<public_id>[0-9a-f-]{36})/"
        r"(?P<verb>rapprochement|attribution|mise-de-cote|retour|defaire)/$",
        interac.act,
        name="act",
    ),
]
