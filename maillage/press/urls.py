from django.urls import path

from . import views

app_name = "press"
urlpatterns = [
    path("medias/", views.mentions, name="mentions"),
    path("medias/importation/", views.import_sheet, name="import"),
    path("medias/<uuid:public_id>/", views.mention, name="mention"),
    path("medias/<uuid:public_id>/retrait/", views.remove, name="remove"),
]
