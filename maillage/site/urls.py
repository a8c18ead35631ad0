from django.urls import path

from . import administration, views

urlpatterns = [
    path("", views.home, name="home"),
    path("en-bref/", views.standing, name="standing"),
    path("administration/", administration.page, name="administration"),
    path("administration/travaux/", administration.jobs, name="administration_jobs"),
    path("administration/lettres/", administration.mail, name="administration_letters"),
    path("administration/second-facteur/", administration.factor, name="administration_factor"),
    path("style/", views.style, name="style"),
    path("demonstration/", views.demo, name="demo"),
    path("demonstration/<str:key>/", views.demo_sign_in, name="demo_sign_in"),
    path("langue/", views.set_language, name="set_language"),
    path("maillage.<slug:version>.css", views.stylesheet, name="stylesheet"),
    path("robots.txt", views.robots, name="robots"),
    path("manifeste.webmanifest", views.manifest, name="manifest"),
]
