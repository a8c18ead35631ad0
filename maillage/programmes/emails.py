"""Messages of programmes: registration with its calendar invitation, offered seat, application, decision."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from .invitations import calendar, ticket_url
from .models import Application, Registration, RegistrationState
from .types import ApplicationDecided, ApplicationReceived, Registered, SeatOffered


def _registration(key: int) -> Registration:
    return Registration.objects.select_related("activity__organisation").get(pk=key)


def send_registration(event: Registered) -> None:
    """The seat with its ticket and calendar, or the place in the waiting list."""
    row = _registration(event.registration_id)
    if not row.email or row.state not in (RegistrationState.CONFIRMED, RegistrationState.WAITING):
        return
    names = {"title": row.activity.title, "who": row.activity.organisation.name}
    with translation.override(row.language):
        if row.state == RegistrationState.CONFIRMED:
            subject = _("Votre place est réservée : %(title)s") % names
            lines = [
                _("Votre place à « %(title)s » est réservée.") % names,
                _("Votre billet, à montrer à l'entrée ; vous pouvez aussi y annuler :"),
            ]
        else:
            subject = _("Vous êtes sur la liste d'attente : %(title)s") % names
            lines = [
                _("« %(title)s » est complet. Dès qu'une place se libère, elle vous est offerte à votre tour.") % names,
                _("Pour suivre votre rang ou quitter la liste :"),
            ]
        message = EmailMessage(subject, "\n\n".join([*lines, ticket_url(row), names["who"]]), to=[row.email])
        if row.state == RegistrationState.CONFIRMED:
            message.attach("invitation.ics", calendar(row, now=timezone.now()).decode(), "text/calendar")
        message.send()


def send_offer(event: SeatOffered) -> None:
    """The held seat, and until when."""
    row = _registration(event.registration_id)
    if not row.email or row.state != RegistrationState.OFFERED or row.hold_until is None:
        return
    with translation.override(row.language):
        until = date_format(timezone.localtime(row.hold_until), "j F Y, H:i")
        names = {"title": row.activity.title, "until": until}
        lines = [
            _("Une place s'est libérée à « %(title)s ». Elle vous est gardée jusqu'au %(until)s.") % names,
            _("Prenez-la par ce lien ; sans réponse, elle ira à la personne suivante :"),
            ticket_url(row),
        ]
        EmailMessage(_("Une place pour vous : %(title)s") % names, "\n\n".join(lines), to=[row.email]).send()


def send_received(event: ApplicationReceived) -> None:
    row = Application.objects.select_related("call__edition__organisation").get(pk=event.application_id)
    with translation.override(row.language):
        names = {"title": row.call.title, "who": row.call.edition.organisation.name, "name": row.enterprise_name}
        link = f"{settings.SITE_URL}{reverse('programmes:call', args=[row.call.public_id])}"
        lines = [
            _("La candidature de %(name)s à « %(title)s » est reçue.") % names,
            _("Jusqu'à la clôture, vous pouvez la renvoyer avec la même adresse ; la dernière compte :"),
            link,
            names["who"],
        ]
        EmailMessage(_("Candidature reçue : %(title)s") % names, "\n\n".join(lines), to=[row.email]).send()


def send_decision(event: ApplicationDecided) -> None:
    row = Application.objects.select_related("call__edition__organisation").get(pk=event.application_id)
    with translation.override(row.language):
        names = {"title": row.call.title, "who": row.call.edition.organisation.name, "name": row.enterprise_name}
        sentences = {
            "selected": _("Bonne nouvelle : %(name)s est retenue pour « %(title)s ».") % names,
            "reserve": _("%(name)s est en réserve pour « %(title)s » ; nous vous écrirons si une place se libère.")
            % names,
            "refused": _("%(name)s n'est pas retenue pour « %(title)s » cette fois.") % names,
        }
        if row.state not in sentences:
            return
        lines = [sentences[row.state], row.decision_note, names["who"]]
        EmailMessage(
            _("Décision : %(title)s") % names, "\n\n".join(line for line in lines if line), to=[row.email]
        ).send()
