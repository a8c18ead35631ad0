"""Notices of meetings, with their calendar invitation: sent, moved, cancelled."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from maillage.core import ical, letters
from maillage.core.dates import say
from maillage.core.events import occasion

from .models import Body, BodyKind, Meeting, MeetingState, Term
from .types import MeetingCalled


def sitting(row: Meeting) -> list[Term]:
    """Whom the notice goes to: those who sit that day and have an address (the board, for an assembly)."""
    day = timezone.localdate(row.starts_at)
    bodies = (
        Body.objects.filter(pk=row.body_id)
        if row.body_id
        else Body.objects.filter(organisation=row.organisation_id, kind=BodyKind.BOARD, dissolved_on=None)
    )
    rows = Term.objects.filter(seat__body__in=bodies, during__contains=day, person__isnull=False)
    return list(rows.exclude(person__email="").select_related("person").order_by("pk"))


def happening(row: Meeting) -> ical.Happening:
    return ical.Happening(
        uid=f"{row.public_id}@maillage",
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        summary=f"{row} – {row.organisation.name}",
        sequence=row.sequence,
        location=row.place or row.online_url,
        url=f"{settings.SITE_URL}{reverse('governance:meeting', args=[row.public_id])}",
        description=row.agenda,
        cancelled=row.state == MeetingState.CANCELLED,
    )


def send_meeting(event: MeetingCalled) -> None:
    """The notice to each of them, in their language."""
    row = Meeting.objects.select_related("organisation", "body").get(pk=event.meeting_id)
    for term in sitting(row):
        person = term.person
        assert person is not None
        with translation.override(person.language):
            names = {
                "what": str(row),
                "who": row.organisation.name,
                "when": say(row.starts_at, "l j F Y, H:i"),
            }
            if row.state == MeetingState.CANCELLED:
                subject = _("Annulée : %(what)s, %(when)s") % names
                lines = [_("La rencontre « %(what)s » de %(who)s, prévue le %(when)s, est annulée.") % names]
            else:
                subject = (
                    _("Nouveau moment : %(what)s") if row.sequence else _("Avis de convocation : %(what)s")
                ) % names
                lines = [
                    _("Voici l’avis de convocation à « %(what)s » de %(who)s, le %(when)s.") % names,
                    row.place,
                    row.online_url,
                    row.agenda,
                ]
            message = EmailMessage(subject, "\n\n".join(x for x in lines if x), to=[person.email])
            ical.attach(
                message, [happening(row)], now=timezone.now(), organiser=row.organisation.name, attendee=person.email
            )
            letters.post(message, key=f"meeting:{row.pk}:{occasion()}")
