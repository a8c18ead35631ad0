from django.urls import URLPattern, URLResolver, path, re_path

from . import views

app_name = "ledger"
urlpatterns: list[URLPattern | URLResolver] = [
    path("mon-compte/", views.mine, name="mine"),
    path("livres/comptes/<uuid:public_id>/", views.account, name="account"),
    path("livres/ecritures/<uuid:public_id>/", views.transaction, name="transaction"),
    path("livres/<uuid:public_id>/", views.book, name="book"),
    path("livres/<uuid:public_id>/journal/", views.journal, name="journal"),
    re_path(
        r"^livres/(?P<public_id>[0-9a-f-]{36})/journal\.(?P<form>csv|beancount|xlsx)$",
        views.journal_file,
        name="journal_file",
    ),
    path("livres/<uuid:public_id>/taxes/", views.taxes, name="taxes"),
    path("livres/<uuid:public_id>/fermeture/", views.closing, name="closing"),
    path("livres/<uuid:public_id>/<slug:kind>/", views.kind, name="kind"),
]
