from django.urls import path

from .views import activities, programmes, public, representations

app_name = "programmes"
urlpatterns = [
    path("programmes/", programmes.programmes, name="programmes"),
    path("programmes/nouveau/", programmes.programme_new, name="programme_new"),
    path("programmes/<uuid:public_id>/editions/nouvelle/", programmes.edition_new, name="edition_new"),
    path("editions/<uuid:public_id>/", programmes.edition, name="edition"),
    path("editions/<uuid:public_id>/participations/", programmes.enrolment_new, name="enrolment_new"),
    path(
        "editions/<uuid:public_id>/participations/<uuid:enrolment_id>/",
        programmes.enrolment_state,
        name="enrolment_state",
    ),
    path("editions/<uuid:public_id>/visites/", programmes.visit_new, name="visit_new"),
    path("editions/<uuid:public_id>/appels/", programmes.call_new, name="call_new"),
    path("appels/<uuid:public_id>/", public.call, name="call"),
    path("appels/<uuid:public_id>/gestion/", programmes.call_manage, name="call_manage"),
    path("appels/<uuid:public_id>/jury/", programmes.jury, name="jury"),
    path("appels/<uuid:public_id>/jury/<uuid:application_id>/", programmes.review, name="review"),
    path("appels/candidatures/<uuid:public_id>/", programmes.application, name="application"),
    path("activites/", activities.activities, name="activities"),
    path("representations/", representations.representations, name="representations"),
    path("activites/<uuid:public_id>/partenaires/", representations.partner, name="partner"),
    path("activites/nouvelle/", activities.activity_edit, name="activity_new"),
    path("activites/<uuid:public_id>/", activities.activity, name="activity"),
    path("activites/<uuid:public_id>/correction/", activities.activity_edit, name="activity_edit"),
    path("activites/<uuid:public_id>/etat/", activities.activity_state, name="activity_state"),
    path("activites/<uuid:public_id>/compte/", activities.head_count, name="head_count"),
    path("activites/<uuid:public_id>/conferences/", activities.talk, name="talk"),
    path("activites/<uuid:public_id>/presences/", activities.checkin, name="checkin"),
    path("activites/<uuid:public_id>/inscription/", public.register, name="register"),
    path("activites/<uuid:public_id>/programme/", public.conference, name="conference"),
    path("billets/<uuid:public_id>/", public.ticket, name="ticket"),
    path("billets/<uuid:public_id>/changement/", public.ticket_change, name="ticket_change"),
    path("billets/<uuid:public_id>/invitation.ics", public.ticket_calendar, name="ticket_calendar"),
    path("billets/<uuid:public_id>/attestation.pdf", public.certificate, name="certificate"),
    path("billets/<uuid:public_id>/avis/", public.feedback, name="feedback"),
]
