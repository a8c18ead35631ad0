"""Messages of the directory. They leave from the worker."""

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from maillage.core import letters

from .models import Invitation
from .tokens import token_of
from .types import InvitationSent


def send_invitation(event: InvitationSent) -> None:
    """Write to the person invited. Idempotent: nothing leaves for a sending that left, was replaced, or is closed."""
    invitation = (
        Invitation.objects.select_related("organisation", "invited_by__person").filter(pk=event.invitation_id).first()
    )
    if invitation is None or invitation.sending != event.sending or invitation.mailed >= event.sending:
        return
    if not invitation.is_open(timezone.now()):
        return
    with translation.override(invitation.language):
        context = {
            "invitation": invitation,
            "by": invitation.invited_by.person.name
            if invitation.invited_by and hasattr(invitation.invited_by, "person")
            else "",
            "url": settings.SITE_URL + reverse("directory:invitation", args=[token_of(invitation)]),
        }
        subject = _("%(organisation)s vous invite sur Maillage") % {"organisation": invitation.organisation.name}
        message = EmailMultiAlternatives(
            subject, render_to_string("directory/mail/invitation.txt", context), None, [invitation.email]
        )
        message.attach_alternative(render_to_string("directory/mail/invitation.html", context), "text/html")
        letters.post(
            message,
            key=f"invitation:{invitation.pk}:{event.sending}",
            then=invitation_left,
            about={"invitation_id": invitation.pk, "sending": event.sending},
        )


def invitation_left(*, invitation_id: int, sending: int) -> None:
    """The message of that sending left."""
    Invitation.objects.filter(pk=invitation_id, sending=sending).update(mailed=sending)
