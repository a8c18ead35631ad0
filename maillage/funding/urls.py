from django.urls import path

from . import views

app_name = "funding"
urlpatterns = [
    path("ententes/", views.agreements, name="agreements"),
    path("ententes/nouvelle/", views.agreement_edit, name="agreement_new"),
    path("ententes/<uuid:public_id>/", views.agreement, name="agreement"),
    path("ententes/<uuid:public_id>/versements/", views.instalment_new, name="instalment_new"),
    path("ententes/versements/<uuid:public_id>/", views.instalment, name="instalment"),
    path("ententes/<uuid:public_id>/redditions/", views.accountability_new, name="accountability_new"),
    path("ententes/redditions/<uuid:public_id>/", views.accountability, name="accountability"),
    path("ententes/<uuid:public_id>/correction/", views.agreement_edit, name="agreement_edit"),
]
