"""Reminders of the accounts to give to funders."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from maillage.core.templatetags.maillage import day
from maillage.directory.models import Person
from maillage.directory.queries import people_of

from .models import Accountability
from .types import WRITERS


def reminder(row: Accountability, person: Person) -> EmailMessage:
    """The account, its day, and where to note that it was given; in the person's language."""
    with translation.override(person.language):
        names = {"what": str(row), "funder": str(row.agreement.funder), "day": day(row.due_on), "title": row.agreement}
        link = f"{settings.SITE_URL}{reverse('funding:agreement', args=[row.agreement.public_id])}"
        lines = [
            _("À remettre à %(funder)s au plus tard le %(day)s : %(what)s (%(title)s).") % names,
            _("Les chiffres de l'entente et ce qui y est déclaré :"),
            link,
        ]
        subject = _("Reddition de comptes le %(day)s : %(funder)s") % names
        return EmailMessage(subject, "\n\n".join(lines), to=[person.email])


def told_for(row: Accountability) -> list[Person]:
    """Those who keep the agreement."""
    from django.utils import timezone

    people = people_of(row.agreement.organisation_id, day=timezone.localdate(), kinds=WRITERS)
    return [p for p in people if p.email]
