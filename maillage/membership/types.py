"""Values of membership that other contexts use."""

from dataclasses import dataclass
from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from maillage.core.events import Event

from .models import FeeKind, FeePeriod, MemberClass, Membership

__all__ = ["FeeKind", "FeePeriod", "MemberClass", "MemberRow", "Membership", "MembershipStarted", "Status"]


class Status(models.TextChoices):
    ACTIVE = "active", _("en règle")
    UPCOMING = "upcoming", _("à venir")
    EXPIRED = "expired", _("échue")
    NEVER = "never", _("jamais membre")


@dataclass(frozen=True)
class MembershipStarted(Event):
    """A person joined or renewed."""

    membership_id: int


@dataclass(frozen=True)
class MemberRow:
    """A row of a spreadsheet of members: `number` 0 takes the next one, `until` None is for life."""

    line: int
    given_name: str
    family_name: str
    email: str
    phone: str
    member_class_id: int
    number: int
    since: date
    until: date | None
