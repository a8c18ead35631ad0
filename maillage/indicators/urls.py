from django.urls import URLPattern, URLResolver, path, re_path

from .views import definitions, figures, network, pivots, plans, reports

app_name = "indicators"
urlpatterns: list[URLPattern | URLResolver] = [
    path("chiffres/", figures.figures, name="figures"),
    path("chiffres/croise/", pivots.pivot, name="pivot"),
    path("chiffres/croise/<uuid:public_id>/", pivots.pivot_saved, name="pivot_saved"),
    path("chiffres/croise/<uuid:public_id>/suppression/", pivots.pivot_delete, name="pivot_delete"),
    path("chiffres/declarations-doubles/", figures.claims, name="claims"),
    path("chiffres/faits/<slug:key>/", figures.fact_page, name="fact"),
    path("chiffres/<uuid:public_id>/", figures.figure, name="figure"),
    path("chiffres/<uuid:public_id>/chiffre.xlsx", figures.figure_export, name="figure_export"),
    path("indicateurs/", definitions.indicators, name="indicators"),
    path("indicateurs/nouveau/", definitions.indicator_new, name="indicator_new"),
    path("indicateurs/<uuid:public_id>/", definitions.indicator, name="indicator"),
    path("indicateurs/<uuid:public_id>/archive/", definitions.indicator_archive, name="indicator_archive"),
    path("rapports/", reports.reports, name="reports"),
    path("rapports/nouveau/", reports.report_new, name="report_new"),
    path("rapports/partage/<str:token>/", reports.report_public, name="report_public"),
    path(
        "rapports/partage/<str:token>/chiffres/<slug:key>/", reports.report_public_figure, name="report_public_figure"
    ),
    re_path(
        r"^rapports/partage/(?P<token>[^/]+)/rapport\.(?P<kind>pdf|xlsx|zip)$",
        reports.report_public_document,
        name="report_public_document",
    ),
    path("rapports/<uuid:public_id>/", reports.report, name="report"),
    path("rapports/<uuid:public_id>/plan/", reports.report_edit, name="report_edit"),
    path("rapports/<uuid:public_id>/publication/", reports.report_publish, name="report_publish"),
    path("rapports/<uuid:public_id>/ecarts/", reports.report_drift, name="report_drift"),
    path("rapports/<uuid:public_id>/partage/", reports.report_links, name="report_links"),
    path(
        "rapports/<uuid:public_id>/partage/<uuid:link_id>/revocation/",
        reports.report_link_revoke,
        name="report_link_revoke",
    ),
    path("rapports/<uuid:public_id>/chiffres/<slug:key>/", reports.report_figure, name="report_figure"),
    path("rapports/<uuid:public_id>/rapport.pdf", reports.report_document, {"kind": "pdf"}, name="report_pdf"),
    path("rapports/<uuid:public_id>/rapport.xlsx", reports.report_document, {"kind": "xlsx"}, name="report_xlsx"),
    path("rapports/<uuid:public_id>/images.zip", reports.report_document, {"kind": "zip"}, name="report_pictures"),
    path("reseau/", network.network, name="network"),
    path("reseau/<uuid:public_id>/demande/", network.network_ask, name="network_ask"),
    path("reseau/declarations/<uuid:public_id>/", network.declaration_review, name="declaration_review"),
    path("reseau/declarations/<uuid:public_id>/piece/", network.declaration_evidence, name="declaration_evidence"),
    path("reseau/declarer/<str:token>/", network.declaration, name="declaration"),
    path("plan/", plans.plan, name="plan"),
    path("plan/repondre/<str:token>/", plans.plan_answer, name="plan_answer"),
    path("plan/actions/<uuid:public_id>/", plans.plan_action, name="plan_action"),
    path("plan/<uuid:public_id>/", plans.plan, name="plan_one"),
    path("plan/<uuid:public_id>/priorites/", plans.plan_priorities, name="plan_priorities"),
    path("plan/<uuid:public_id>/gouvernement/", plans.plan_government, name="plan_government"),
]
