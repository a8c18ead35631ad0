"""Every page. Each context names its own; nouns in French."""

from django.urls import include, path

urlpatterns = [
    path("", include("maillage.site.urls")),
    path("", include("maillage.market.urls")),  # the most asked for: tried before the others
    path("compte/", include("allauth.urls")),
    path("", include("maillage.directory.urls")),
    path("", include("maillage.catalogue.urls")),
    path("", include("maillage.ledger.urls")),
    path("", include("maillage.payments.urls")),
    path("", include("maillage.membership.urls")),
    path("", include("maillage.governance.urls")),
    path("", include("maillage.funding.urls")),
    path("", include("maillage.press.urls")),
    path("", include("maillage.programmes.urls")),
    path("", include("maillage.accompaniment.urls")),
    path("", include("maillage.indicators.urls")),
]

handler400 = "maillage.site.views.bad_request"
handler403 = "maillage.site.views.forbidden"
handler404 = "maillage.site.views.not_found"
handler500 = "maillage.site.views.server_error"
