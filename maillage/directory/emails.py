"""Messages of the directory. They leave from the worker."""

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from maillage.core import letters

from .models import Account, ContactChange, Invitation, Organisation, Person, SecurityEvent, SignIn
from .queries import HOLD, device_name, language_of
from .tokens import token_of
from .types import KEEPERS, ContactChanged, FactorReset, InvitationSent, SignedInElsewhere


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


def tell_contact_changed(event: ContactChanged) -> None:
    """Tell the old address, the new one, and those who keep the file that money follows another address now: what, who,
    when, and what to do if it was not them. One message each, in their language. Idempotent: once told, no more.
    """
    change = ContactChange.objects.select_related("organisation", "by__person").filter(pk=event.change_id).first()
    if change is None:
        return
    administration = list(
        Account.objects.filter(is_platform_admin=True, is_active=True).values_list("email", flat=True)
    )
    for address in _told(change):
        with translation.override(language_of(email=address)):
            message = _contact_letter(change, address, administration)
        letters.post(message, key=f"contact:{change.pk}", then=contact_told, about={"change_id": change.pk})


def contact_told(*, change_id: int) -> None:
    """The first of the letters about a change left."""
    ContactChange.objects.filter(pk=change_id, mailed_at=None).update(mailed_at=timezone.now())


def _told(change: ContactChange) -> list[str]:
    """Both addresses, and those of who keeps the file; each once."""
    keepers = Person.objects.filter(
        roles__organisation=change.organisation,
        roles__kind__in=KEEPERS,
        roles__during__contains=timezone.localdate(),
        account__is_active=True,
    )
    addresses = [change.before, change.after, *keepers.order_by("pk").values_list("account__email", flat=True)]
    return list(dict.fromkeys(a.strip().lower() for a in addresses if a.strip()))


def _contact_letter(change: ContactChange, address: str, administration: list[str]) -> EmailMultiAlternatives:
    organisation: Organisation = change.organisation
    context = {
        "change": change,
        "organisation": organisation,
        "by": change.by.person.name if change.by and hasattr(change.by, "person") else "",
        "pays": change.field == ContactChange.Field.EMAIL,
        "until": change.at + HOLD,
        "days": HOLD.days,
        "url": settings.SITE_URL + reverse("directory:organisation", args=[organisation.public_id]),
    }
    return EmailMultiAlternatives(
        _("%(organisation)s : une adresse que l'argent suit a changé") % {"organisation": organisation.name},
        render_to_string("directory/mail/contact_changed.txt", context),
        None,
        [address],
        reply_to=administration or None,
    )


def tell_new_device(event: SignedInElsewhere) -> None:
    """Tell an account that it was signed in on a device that it never used. Idempotent."""
    row = SignIn.objects.select_related("account").filter(pk=event.sign_in_id, told_at=None).first()
    if row is None or not row.account.is_active:
        return
    with translation.override(row.account.language):
        context = {
            "row": row,
            "device": device_name(row.user_agent),
            "url": settings.SITE_URL + reverse("directory:sessions"),
        }
        subject = _("Connexion depuis un nouvel appareil")
        message = EmailMultiAlternatives(
            subject, render_to_string("directory/mail/new_device.txt", context), None, [row.account.email]
        )
    letters.post(message, key=f"device:{row.pk}", then=device_told, about={"sign_in_id": row.pk})


def device_told(*, sign_in_id: int) -> None:
    """The letter about a new device left."""
    SignIn.objects.filter(pk=sign_in_id, told_at=None).update(told_at=timezone.now())


def tell_factor_reset(event: FactorReset) -> None:
    """Tell an account that the administration took its second factor away."""
    row = SecurityEvent.objects.select_related("account").get(pk=event.event_id)
    with translation.override(row.account.language):
        context = {"row": row, "url": settings.SITE_URL + reverse("directory:second_factor")}
        message = EmailMultiAlternatives(
            _("Votre second facteur a été retiré"),
            render_to_string("directory/mail/factor_reset.txt", context),
            None,
            [row.account.email],
            reply_to=[row.by.email],
        )
    letters.post(message, key=f"factor-reset:{row.pk}")
