"""Links of invitations: signed, not stored. A link names one sending, so that sending again ends the one before."""

from uuid import UUID

from django.core import signing

from .models import Invitation

_signer = signing.Signer(salt="directory.invitation", sep=".")


def token_of(invitation: Invitation) -> str:
    return _signer.sign(f"{invitation.public_id.hex}-{invitation.sending}")


def read_token(token: str) -> tuple[UUID, int] | None:
    """The invitation's public identifier and its sending, or None if this link was not made here."""
    try:
        hexed, sending = _signer.unsign(token).split("-")
        return UUID(hexed), int(sending)
    except (signing.BadSignature, ValueError):
        return None
