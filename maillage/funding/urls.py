from django.urls import path

from . import views

app_name = "funding"
urlpatterns = [
    path("ententes/", views.agreements, name="agreements"),
    path("ententes/nouvelle/", views.agreement_edit, name="agreement_new"),
    path("ententes/<uuid:public_id>/", views.agreement, name="agreement"),
    path("ententes/<uuid:public_id>/correction/", views.agreement_edit, name="agreement_edit"),
]
