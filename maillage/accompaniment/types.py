"""Values of accompaniment that other contexts use."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from maillage.core.events import Event
from maillage.directory.types import RoleKind

from .models import (
    DeliverableKind,
    FinancingKind,
    Intensity,
    PartyRole,
    QuestionKind,
    ReferralState,
    Stage,
    Trend,
    Visibility,
    WorkMode,
)

__all__ = [
    "READERS",
    "SETTERS",
    "WORKERS",
    "DeliverableKind",
    "DiagnosticInvited",
    "Entry",
    "FinancingKind",
    "FollowUpAsked",
    "Intensity",
    "PartyEntry",
    "PartyRole",
    "Priority",
    "QuestionKind",
    "ReferralSent",
    "ReferralState",
    "Result",
    "SectionScore",
    "SignalDelivered",
    "Stage",
    "Trend",
    "Visibility",
    "WatchOffered",
    "WorkMode",
]

WORKERS = (RoleKind.ADVISER, RoleKind.MANAGER, RoleKind.DIRECTOR)
"""Who does and corrects the work of an organisation."""
SETTERS = (RoleKind.MANAGER, RoleKind.DIRECTOR)
"""Who keeps the lists of words of an organisation."""
READERS = (*WORKERS, RoleKind.BOARD)
"""Who reads it."""


@dataclass(frozen=True)
class PartyEntry:
    """An enterprise, or a person (or both: the person acts for the enterprise), with a role. Keys.

    `joins`: the name of a person who is to join the enterprise's team first (rows of a file).
    """

    enterprise_id: int | None = None
    person_id: int | None = None
    role: str = PartyRole.BENEFICIARY
    joins: str = ""


@dataclass(frozen=True)
class Entry:
    """What is entered of an intervention. `minutes` is how long; `nonce` names this entry on the device it comes from;
    `import_key` names a row of a file. The rest are keys, or text."""

    done_on: date
    stream_id: int
    parties: tuple[PartyEntry, ...]
    adviser_id: int | None = None
    minutes: int | None = None
    topic_id: int | None = None
    service_id: int | None = None
    mode: str = ""
    summary: str = ""
    outcome: str = ""
    next_step: str = ""
    next_step_on: date | None = None
    edition_id: int | None = None
    mandate_id: int | None = None
    agreement_ids: tuple[int, ...] = ()
    nonce: UUID | None = None
    import_key: str = ""
    is_demo: bool = False


@dataclass(frozen=True)
class SectionScore:
    """A section's score, 0 to 100; None when nothing that scores was answered. `before`: the previous diagnostic's."""

    title: str
    score: float | None
    advice: str = ""
    before: float | None = None

    @property
    def change(self) -> float | None:
        return None if self.score is None or self.before is None else self.score - self.before


@dataclass(frozen=True)
class Priority:
    """A section to work on, the weakest first. `gap` is how far it is from 100."""

    title: str
    advice: str
    gap: float


@dataclass(frozen=True)
class Result:
    """What a diagnostic says: scores by section, the whole (mean of the sections, 0 to 100), priorities."""

    sections: tuple[SectionScore, ...]
    total: float | None
    priorities: tuple[Priority, ...]


@dataclass(frozen=True)
class DiagnosticInvited(Event):
    """The enterprise is to receive the link to its questionnaire."""

    diagnostic_id: int


@dataclass(frozen=True)
class ReferralSent(Event):
    """The partner is to receive the link where it answers."""

    referral_id: int


@dataclass(frozen=True)
class FollowUpAsked(Event):
    """The enterprise is to receive the link to its outcome question."""

    follow_up_id: int


@dataclass(frozen=True)
class WatchOffered(Event):
    """The address of a subscription is to say whether it wants the signals."""

    subscription_id: int


@dataclass(frozen=True)
class SignalDelivered(Event):
    """A subscriber is to receive a signal of the watch."""

    delivery_id: int
