"""Values of the directory that other contexts use."""

from dataclasses import dataclass
from datetime import date, datetime

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from maillage.core.events import Event

from .contact import clean_neq, clean_phone, clean_postal_code
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
    "BUYERS",
    "DEPUTIES",
    "KEEPERS",
    "MANAGERS",
    "SENSITIVE",
    "WORKERS",
    "Account",
    "Branch",
    "Change",
    "ContactChanged",
    "FactorReset",
    "Held",
    "InvitationSent",
    "LegalForm",
    "Likeness",
    "Organisation",
    "Person",
    "Role",
    "RoleKind",
    "Sector",
    "SignedIn",
    "SignedInElsewhere",
    "Territory",
    "TerritoryKind",
    "Tile",
    "clean_neq",
    "clean_phone",
    "clean_postal_code",
]


MANAGERS = (RoleKind.DIRECTOR, RoleKind.COORDINATOR)
"""Who manages an organisation's file and its people."""
KEEPERS = (*MANAGERS, RoleKind.PRODUCER)
"""Who keeps an organisation's file: a farm often has producers alone (`queries.right_over`)."""
DEPUTIES = (RoleKind.TREASURER, RoleKind.BUYER, RoleKind.ADVISER, RoleKind.MANAGER)
"""Who does so in an organisation where nobody holds one of these roles."""
BUYERS = (*MANAGERS, RoleKind.BUYER)
"""Who orders, joins and renews in an organisation's name."""
SENSITIVE = (RoleKind.DIRECTOR, RoleKind.TREASURER)
"""Roles that only the direction gives, once there is one."""
WORKERS = (*MANAGERS, RoleKind.ADVISER, RoleKind.MANAGER)
"""Who works with other organisations, and so sees the whole directory of them."""


class SignedIn(HttpRequest):
    """The request of a signed-in account, as every view gets it (LoginRequiredMiddleware)."""

    user: Account
    htmx: HtmxDetails


@dataclass(frozen=True)
class Held:
    """A role that an account holds today."""

    organisation_id: int
    kind: str


@dataclass(frozen=True)
class InvitationSent(Event):
    """A message is to leave for this sending of the invitation."""

    invitation_id: int
    sending: int


@dataclass(frozen=True)
class ContactChanged(Event):
    """An address that an organisation's money follows is new: the old one and the new one are to be told."""

    change_id: int


@dataclass(frozen=True)
class SignedInElsewhere(Event):
    """An account signed in on a device that it never used: it is to be told."""

    sign_in_id: int


@dataclass(frozen=True)
class FactorReset(Event):
    """The administration took a second factor away: its account is to be told."""

    event_id: int


@dataclass(frozen=True)
class Tile:
    """An MRC in the tile-grid map. `column` and `row` count from 1, from the north-west; no two MRCs share a place."""

    territory_id: int
    code: str
    name: str
    region_code: str
    column: int
    row: int


@dataclass(frozen=True)
class Branch:
    """A territory with those inside it; `since`: the day when it came there, None for always."""

    territory: Territory
    since: date | None
    inside: list["Branch"]


@dataclass(frozen=True)
class Likeness:
    """Two organisations that may be one. `score` is 0 to 100; `reasons` are sentences."""

    first: Organisation
    second: Organisation
    score: int
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """One line of an organisation's history: a sentence, by whom (a name, "" for the clock), when."""

    sentence: str
    by: str
    at: datetime
    day: date
