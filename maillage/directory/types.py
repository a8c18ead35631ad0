"""Values of the directory that other contexts use."""

from dataclasses import dataclass

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from .models import (
    Account,
    LegalForm,
    Organisation,
    Person,
    Role,
    RoleKind,
    Sector,
    Territory,
    TerritoryKind,
)

__all__ = [
    "Account",
    "Held",
    "LegalForm",
    "Organisation",
    "Person",
    "Role",
    "RoleKind",
    "Sector",
    "SignedIn",
    "Territory",
    "TerritoryKind",
]


class SignedIn(HttpRequest):
    """The request of a signed-in account, as every view gets it (LoginRequiredMiddleware)."""

    user: Account
    htmx: HtmxDetails


@dataclass(frozen=True)
class Held:
    """A role that an account holds today."""

    organisation_id: int
    kind: str
