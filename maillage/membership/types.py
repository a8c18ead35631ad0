"""Values of membership that other contexts use."""

from dataclasses import dataclass
from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from maillage.core.events import Event
from maillage.directory.models import Organisation, Person

from .models import FeeKind, FeePeriod, HeldBy, MemberClass, Membership

__all__ = [
    "FeeKind",
    "FeePeriod",
    "HeldBy",
    "Holder",
    "MemberClass",
    "MemberRow",
    "Membership",
    "MembershipStarted",
    "Standing",
    "Status",
]


KEEPERS = ("coordinator", "treasurer", "director")
"""Who keeps an organisation's register."""


class Status(models.TextChoices):
    ACTIVE = "active", _("en règle")
    UPCOMING = "upcoming", _("à venir")
    EXPIRED = "expired", _("échue")
    NEVER = "never", _("jamais membre")


@dataclass(frozen=True)
class Holder:
    """Who belongs, by key: a person or an organisation, never both."""

    person_id: int | None = None
    organisation_id: int | None = None

    def __post_init__(self) -> None:
        if (self.person_id is None) == (self.organisation_id is None):
            raise ValueError("A member is a person or an organisation.")

    @property
    def key(self) -> int:
        """As `Membership.holder` has it."""
        return self.person_id if self.person_id is not None else -(self.organisation_id or 0)


@dataclass(frozen=True)
class Standing:
    """In whose name someone may act towards an organisation: their own (`organisation` None), or that of one of theirs.

    `held`: the membership in force that day, else the last one; `active`: there is one in force; `last`: the one that
    ends last (another than `held` once that one is renewed).
    """

    person: Person
    organisation: Organisation | None
    held: Membership | None
    last: Membership | None
    active: bool

    @property
    def holder(self) -> Holder:
        return Holder(organisation_id=self.organisation.pk) if self.organisation else Holder(person_id=self.person.pk)

    @property
    def name(self) -> str:
        return self.organisation.name if self.organisation else self.person.name


@dataclass(frozen=True)
class MembershipStarted(Event):
    """A person or an organisation joined or renewed."""

    membership_id: int


@dataclass(frozen=True)
class MemberRow:
    """A row of a spreadsheet of members: `number` 0 takes the next one, `until` None is for life.

    With `organisation` or `neq`, that organisation is the member, and the person who is named orders for it.
    """

    line: int
    given_name: str
    family_name: str
    email: str
    phone: str
    member_class_id: int
    number: int
    since: date
    until: date | None
    organisation: str = ""
    neq: str = ""

    @property
    def name(self) -> str:
        """Who the row makes a member, as it says it."""
        return self.organisation or self.neq or f"{self.given_name} {self.family_name}".strip()
