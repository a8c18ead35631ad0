from django.urls import URLPattern, URLResolver, path, re_path

from . import views

app_name = "membership"
urlpatterns: list[URLPattern | URLResolver] = [
    path("adhesion/<uuid:public_id>/", views.join, name="join"),
    path("membres/<uuid:public_id>/", views.members, name="members"),
    path("membres/<uuid:public_id>/membres.xlsx", views.export, name="export"),
    path("membres/<uuid:public_id>/inscription/", views.enrol, name="enrol"),
    path("membres/<uuid:public_id>/importation/", views.import_members, name="import"),
    path("membres/<uuid:public_id>/categories/nouvelle/", views.member_class, name="new_class"),
    path("membres/<uuid:public_id>/categories/<uuid:class_id>/", views.member_class, name="class"),
    path("membres/<uuid:public_id>/<uuid:member_id>/", views.member, name="member"),
    re_path(
        r"^membres/(?P<public_id>[0-9a-f-]{36})/(?P<member_id>[0-9a-f-]{36})/(?P<verb>renouvellement|depart)/$",
        views.act,
        name="act",
    ),
]
