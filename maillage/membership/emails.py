"""Messages of membership."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from .models import Membership


def reminder(membership: Membership) -> EmailMessage:
    """The message that a membership ends soon, in the person's language."""
    with translation.override(membership.person.language or "fr"):
        link = settings.SITE_URL + reverse("membership:join", args=[membership.organisation.public_id])
        body = render_to_string("membership/mail/reminder.txt", {"membership": membership, "link": link})
        subject = _("Votre adhésion à %(organisation)s se termine bientôt") % {"organisation": membership.organisation}
        return EmailMessage(subject, body, to=[membership.person.email])
