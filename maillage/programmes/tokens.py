"""Links of tickets: signed, not stored. Whoever has the link has the ticket."""

from uuid import UUID

from django.core import signing

from .models import Registration

_signer = signing.Signer(salt="programmes.ticket", sep=".")


def token_of(registration: Registration) -> str:
    return _signer.sign(registration.public_id.hex)


def read_token(token: str) -> UUID | None:
    """The registration's public identifier, or None if this link was not made here."""
    try:
        return UUID(_signer.unsign(token))
    except (signing.BadSignature, ValueError):
        return None
