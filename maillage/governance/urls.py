from django.urls import path

from .views import bodies, meetings

app_name = "governance"
urlpatterns = [
    path("gouvernance/", bodies.governance, name="governance"),
    path("gouvernance/de/<slug:slug>/", bodies.public, name="public"),
    path("gouvernance/instances/nouvelle/", bodies.body_edit, name="body_new"),
    path("gouvernance/instances/<uuid:public_id>/", bodies.body, name="body"),
    path("gouvernance/instances/<uuid:public_id>/correction/", bodies.body_edit, name="body_edit"),
    path("gouvernance/instances/<uuid:public_id>/etat/", bodies.body_state, name="body_state"),
    path("gouvernance/sieges/<uuid:public_id>/", bodies.seat, name="seat"),
    path("gouvernance/sieges/<uuid:public_id>/correction/", bodies.seat_edit, name="seat_edit"),
    path("gouvernance/mandats/<uuid:public_id>/", bodies.term, name="term"),
    path("gouvernance/rencontres/", meetings.meetings, name="meetings"),
    path("gouvernance/rencontres/nouvelle/", meetings.meeting_edit, name="meeting_new"),
    path("gouvernance/rencontres/<uuid:public_id>/", meetings.meeting, name="meeting"),
    path("gouvernance/rencontres/<uuid:public_id>/correction/", meetings.meeting_edit, name="meeting_edit"),
    path("gouvernance/rencontres/<uuid:public_id>/suite/", meetings.meeting_change, name="meeting_change"),
    path("gouvernance/rencontres/<uuid:public_id>/projet.pdf", meetings.draft, name="draft"),
    path("gouvernance/rencontres/<uuid:public_id>/proces-verbal/", meetings.minutes, name="minutes"),
]
