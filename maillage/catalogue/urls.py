from django.urls import URLPattern, URLResolver, path

from .views import grid, imports, products, selection

app_name = "catalogue"
urlpatterns: list[URLPattern | URLResolver] = [
    path("produits/", products.products, name="products"),
    path("produits/nouveau/", products.product_new, name="product_new"),
    path("produits/grille/", grid.grid, name="grid"),
    path("produits/export/", imports.export, name="export"),
    path("produits/import/", imports.imports, name="import"),
    path("produits/import/modele/", imports.template, name="import_template"),
    path("produits/import/<uuid:public_id>/", imports.import_preview, name="import_preview"),
    path("produits/import/<uuid:public_id>/abandon/", imports.import_discard, name="import_discard"),
    path("produits/images/<str:name>", products.picture, name="picture"),
    path("produits/<uuid:public_id>/", products.product, name="product"),
    path("criteres/<slug:slug>/", selection.criteria, name="criteria"),
    path("criteres/<slug:slug>/modification/", selection.criteria_edit, name="criteria_edit"),
    path("criteres/<slug:slug>/candidature/", selection.apply, name="apply"),
    path("criteres/<slug:slug>/candidatures/", selection.applications, name="applications"),
    path("candidatures/", selection.my_applications, name="my_applications"),
    path("candidatures/<uuid:public_id>/", selection.application, name="application"),
    path("candidatures/<uuid:public_id>/evaluation/", selection.review, name="review"),
    path("candidatures/<uuid:public_id>/decision/", selection.decision, name="decision"),
    path("candidatures/<uuid:public_id>/retrait/", selection.withdraw, name="withdraw"),
    path("candidatures/documents/<uuid:public_id>/", selection.evidence, name="evidence"),
    path("ententes/<uuid:public_id>/fin/", selection.agreement_end, name="agreement_end"),
]
