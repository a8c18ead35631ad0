"""Messages of programmes: registration with its calendar invitation, offered seat, application, decision."""

from collections.abc import Iterable

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from maillage.core import ical, letters
from maillage.core.dates import say
from maillage.core.events import occasion

from .actions.registrations import is_to_confirm
from .invitations import happenings, ticket_url, uid_of, where
from .models import ActivityState, Application, Registration, RegistrationState, Session
from .types import (
    ApplicationDecided,
    ApplicationReceived,
    Registered,
    RegistrationChanged,
    SeatOffered,
    SessionDropped,
)


def _registration(key: int) -> Registration:
    return Registration.objects.select_related("activity__organisation").get(pk=key)


def send_registration(event: Registered) -> None:
    """The seat with its ticket and calendar, or the place in the waiting list."""
    row = _registration(event.registration_id)
    if not row.email or row.state == RegistrationState.CANCELLED or row.activity.state != ActivityState.PUBLISHED:
        return  # of a draft nobody is told yet, of what is cancelled they were told
    if is_to_confirm(row):
        _confirm(row)
        return
    if row.state == RegistrationState.OFFERED:
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
            _invite(message, row, happenings(row))
        _post(message, row)


def _confirm(row: Registration) -> None:
    with translation.override(row.language):
        names = {**_names(row), "until": say(row.hold_until, "l j F, H:i")}
        seat = row.state == RegistrationState.OFFERED
        lines = [
            _("Quelqu'un, vous sans doute, a inscrit cette adresse à « %(title)s ».") % names,
            (
                _("La place vous est gardée jusqu'au %(until)s. Ouvrez ce lien, puis confirmez :")
                if seat
                else _("C'est complet. Pour entrer dans la liste d'attente, confirmez par ce lien avant le %(until)s :")
            )
            % names,
            ticket_url(row),
            _("Si ce n'est pas vous, ne faites rien : la place se libère, et nous n'écrirons plus."),
        ]
        _post(_write(row, _("Confirmez votre place : %(title)s") % names, lines), row)


def _post(message: EmailMessage, row: Registration) -> None:
    letters.post(message, key=f"registration:{row.pk}:{occasion()}")


def _invite(message: EmailMessage, row: Registration, rows: Iterable[ical.Happening]) -> None:
    ical.attach(message, rows, now=timezone.now(), organiser=row.activity.organisation.name, attendee=row.email)


def send_change(event: RegistrationChanged) -> None:
    """What changed for someone registered, with their calendar: moved, cancelled, left; a reminder; a question."""
    row = _registration(event.registration_id)
    if not row.email:
        return
    sender = {"moved": _moved, "cancelled": _cancelled, "left": _left, "reminder": _reminder, "feedback": _question}
    with translation.override(row.language):
        sender[event.what](row, event)


def _names(row: Registration) -> dict[str, str]:
    return {"title": row.activity.title, "who": row.activity.organisation.name}


def _sessions(row: Registration, sessions: Iterable[Session] | None = None) -> list[str]:
    return [
        " · ".join(part for part in (say(s.starts_at, "l j F Y, H:i"), where(row.activity, s)) if part)
        for s in (row.activity.sessions.all() if sessions is None else sessions)
    ]


def _write(row: Registration, subject: str, lines: list[str]) -> EmailMessage:
    return EmailMessage(subject, "\n\n".join([*(x for x in lines if x), _names(row)["who"]]), to=[row.email])


def _moved(row: Registration, event: RegistrationChanged) -> None:
    if row.state != RegistrationState.CONFIRMED or row.activity.state != ActivityState.PUBLISHED:
        return
    lines = [_("« %(title)s » change de moment ou de lieu :") % _names(row), *_sessions(row)]
    lines += [_("Votre place est gardée. Si le changement ne vous convient pas, annulez par votre billet :")]
    message = _write(row, _("Changement : %(title)s") % _names(row), [*lines, ticket_url(row)])
    _invite(message, row, happenings(row))
    _post(message, row)


def _cancelled(row: Registration, event: RegistrationChanged) -> None:
    if row.state == RegistrationState.CANCELLED or row.activity.state != ActivityState.CANCELLED:
        return
    lines = [_("« %(title)s » est annulée. Vous n'avez rien à faire.") % _names(row), *_sessions(row)]
    message = _write(row, _("Annulée : %(title)s") % _names(row), lines)
    if row.state == RegistrationState.CONFIRMED:
        _invite(message, row, happenings(row))
    _post(message, row)


def _left(row: Registration, event: RegistrationChanged) -> None:
    if row.state != RegistrationState.CANCELLED:
        return
    lines = [_("Votre inscription à « %(title)s » est annulée. Merci d'avoir libéré la place.") % _names(row)]
    message = _write(row, _("Inscription annulée : %(title)s") % _names(row), lines)
    _invite(message, row, happenings(row))
    _post(message, row)


def _reminder(row: Registration, event: RegistrationChanged) -> None:
    session = row.activity.sessions.filter(pk=event.session_id or 0).first()
    if row.state != RegistrationState.CONFIRMED or row.activity.state != ActivityState.PUBLISHED or session is None:
        return
    lines = [_("« %(title)s » approche :") % _names(row), *_sessions(row, [session]), row.activity.online_url]
    lines += [_("Votre billet, à montrer à l'entrée ; vous pouvez aussi y annuler :"), ticket_url(row)]
    _post(_write(row, _("Rappel : %(title)s") % _names(row), lines), row)


def _question(row: Registration, event: RegistrationChanged) -> None:
    if row.state != RegistrationState.CONFIRMED:
        return
    lines = [_("Qu'avez-vous pensé de « %(title)s » ? Trois questions, une minute :") % _names(row)]
    _post(_write(row, _("Votre avis : %(title)s") % _names(row), [*lines, ticket_url(row, "feedback")]), row)


def send_dropped(event: SessionDropped) -> None:
    """A session that is no more leaves the calendar."""
    row = _registration(event.registration_id)
    if not row.email or row.state != RegistrationState.CONFIRMED:
        return
    with translation.override(row.language):
        gone = ical.Happening(
            uid=uid_of(event.key, row),
            starts_at=event.starts_at,
            ends_at=event.ends_at,
            summary=row.activity.title,
            sequence=event.sequence,
            cancelled=True,
        )
        when = say(event.starts_at, "l j F Y, H:i")
        lines = [_("La séance du %(when)s de « %(title)s » n'aura pas lieu.") % {**_names(row), "when": when}]
        message = _write(row, _("Séance annulée : %(title)s") % _names(row), lines)
        _invite(message, row, [gone])
        _post(message, row)


def send_offer(event: SeatOffered) -> None:
    """The held seat, and until when."""
    row = _registration(event.registration_id)
    if not row.email or row.state != RegistrationState.OFFERED or row.hold_until is None:
        return
    with translation.override(row.language):
        until = say(row.hold_until, "j F Y, H:i")
        names = {"title": row.activity.title, "until": until}
        lines = [
            _("Une place s'est libérée à « %(title)s ». Elle vous est gardée jusqu'au %(until)s.") % names,
            _("Prenez-la par ce lien ; sans réponse, elle ira à la personne suivante :"),
            ticket_url(row),
        ]
        _post(EmailMessage(_("Une place pour vous : %(title)s") % names, "\n\n".join(lines), to=[row.email]), row)


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
        message = EmailMessage(_("Candidature reçue : %(title)s") % names, "\n\n".join(lines), to=[row.email])
        letters.post(message, key=f"call-application:{row.pk}")  # once, however often it is sent again


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
        message = EmailMessage(
            _("Décision : %(title)s") % names, "\n\n".join(line for line in lines if line), to=[row.email]
        )
        letters.post(message, key=f"call-decision:{row.pk}:{row.state}:{occasion()}")
