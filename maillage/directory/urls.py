from django.urls import path

from .views import downloads, invitations, me, organisations, people, security, territories

app_name = "directory"
urlpatterns = [
    path("organisations/", organisations.listing, name="organisations"),
    path("organisations/nouvelle/", organisations.new, name="organisation_new"),
    path("organisations/doublons/", organisations.duplicates, name="duplicates"),
    path("organisations/doublons/<uuid:first>/<uuid:second>/", organisations.compare, name="compare"),
    path("organisations/doublons/<uuid:first>/<uuid:second>/distinctes/", organisations.distinct, name="distinct"),
    path("organisations/<uuid:public_id>/", organisations.detail, name="organisation"),
    path("organisations/<uuid:public_id>/modifier/", organisations.edit, name="organisation_edit"),
    path("organisations/<uuid:public_id>/historique/", organisations.history, name="organisation_history"),
    path("organisations/<uuid:public_id>/garde/", organisations.steward_new, name="steward_new"),
    path(
        "organisations/<uuid:public_id>/garde/<uuid:stewardship_id>/retrait/",
        organisations.steward_end,
        name="steward_end",
    ),
    path("organisations/<uuid:public_id>/separation/", organisations.separate, name="organisation_separate"),
    path("organisations/<uuid:public_id>/equipe/", people.team, name="people"),
    path("organisations/<uuid:public_id>/equipe/invitations/", people.invite, name="invite"),
    path("organisations/<uuid:public_id>/equipe/invitations/<uuid:invitation_id>/envoi/", people.resend, name="resend"),
    path(
        "organisations/<uuid:public_id>/equipe/invitations/<uuid:invitation_id>/retrait/",
        people.withdraw,
        name="withdraw",
    ),
    path("organisations/<uuid:public_id>/equipe/personnes/", people.add, name="person_add"),
    path("organisations/<uuid:public_id>/equipe/personnes/<uuid:person_id>/roles/", people.give, name="role_add"),
    path("organisations/<uuid:public_id>/equipe/roles/<uuid:role_id>/fin/", people.end, name="role_end"),
    path("territoires/", territories.page, name="territories"),
    path("moi/", me.page, name="me"),
    path("moi/consentements/<int:text_id>/", me.consent, name="consent"),
    path("moi/donnees/", me.export, name="export"),
    path("moi/effacement/", me.erasure, name="erasure"),
    path("moi/second-facteur/", security.second_factor, name="second_factor"),
    path("moi/second-facteur/suite/", security.second_factor_held, name="second_factor_held"),
    path("moi/sessions/", security.sessions, name="sessions"),
    path("moi/sessions/fin/", security.session_end, name="session_end"),
    path("moi/fichiers/", downloads.listing, name="downloads"),
    path("moi/fichiers/<uuid:public_id>/", downloads.page, name="download"),
    path("moi/fichiers/<uuid:public_id>/fichier/", downloads.file, name="download_file"),
    path("moi/fichiers/<uuid:public_id>/annulation/", downloads.cancel, name="download_cancel"),
    path("invitations/<str:token>/", invitations.page, name="invitation"),
]
