"""Messages of membership."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from .models import Membership


def reminder(membership: Membership, *, address: str, language: str) -> EmailMessage:
    """The message that a membership ends soon, in the reader's language."""
    with translation.override(language):
        link = settings.SITE_URL + reverse("membership:join", args=[membership.organisation.public_id])
        if membership.member_organisation is not None:
            link += f"?pour={membership.member_organisation.public_id}"
        body = render_to_string("membership/mail/reminder.txt", {"membership": membership, "link": link})
        subject = _("Votre adhésion à %(organisation)s se termine bientôt") % {"organisation": membership.organisation}
        return EmailMessage(subject, body, to=[address])
