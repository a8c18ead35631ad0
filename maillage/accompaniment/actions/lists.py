"""Topics and services that an organisation offers, and a first set to start from."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from maillage.core import lists
from maillage.core.actions import NotOurs, Refused, action
from maillage.directory.types import Account
from maillage.funding import actions as funding
from maillage.funding.queries import streams_of

from .. import access
from ..models import Service, Topic

MODELS: dict[str, Any] = {"topic": Topic, "service": Service}


@dataclass(frozen=True)
class Suggestion:
    """A word to start with. `stream` names the suggested stream of a topic, by its French name."""

    kind: str
    name: str
    name_en: str
    stream: str = ""

    @property
    def value(self) -> str:
        return f"{self.kind}:{self.name}"


EXPORT, INNOVATION, FOOD, SOCIAL = "Exportation", "Innovation", "Bioalimentaire", "Économie sociale"
SUGGESTIONS = (
    Suggestion("stream", EXPORT, "Export"),
    Suggestion("stream", INNOVATION, "Innovation"),
    Suggestion("stream", FOOD, "Agri-food"),
    Suggestion("stream", SOCIAL, "Social economy"),
    Suggestion("stream", "Relève et transfert", "Business succession"),
    Suggestion("stream", "Financement", "Financing"),
    Suggestion("topic", "Étude de marché", "Market study", EXPORT),
    Suggestion("topic", "Douanes et logistique", "Customs and logistics", EXPORT),
    Suggestion("topic", "Contrats et distribution", "Contracts and distribution", EXPORT),
    Suggestion("topic", "Normes et étiquetage", "Standards and labelling", FOOD),
    Suggestion("topic", "Mise en marché de proximité", "Local selling", FOOD),
    Suggestion("topic", "Nouveau produit ou procédé", "New product or process", INNOVATION),
    Suggestion("topic", "Productivité et numérique", "Productivity and digital", INNOVATION),
    Suggestion("topic", "Gouvernance", "Governance", SOCIAL),
    Suggestion("topic", "Plan d’affaires", "Business plan"),
    Suggestion("topic", "Main-d’œuvre", "Workforce"),
    Suggestion("service", "Conseil", "Advice"),
    Suggestion("service", "Prédiagnostic", "Pre-diagnostic"),
    Suggestion("service", "Diagnostic", "Diagnostic"),
    Suggestion("service", "Maillage", "Matchmaking"),
    Suggestion("service", "Référence à un partenaire", "Referral to a partner"),
    Suggestion("service", "Formation", "Training"),
)


def _check_stream(organisation_id: int | None, stream_id: int | None) -> None:
    if stream_id and not streams_of(organisation_id=organisation_id or 0).filter(pk=stream_id).exists():
        raise NotOurs(_("Ce volet n’appartient pas à votre organisation. Rechargez la page et recommencez."))


@action(access.team)
def add_entry(
    *,
    kind: str,
    organisation_id: int | None,
    name: str,
    name_en: str = "",
    stream_id: int | None = None,
    by: Account | None,
) -> Topic | Service:
    """A topic or a service (`kind`) at the end of its list; a retired one comes back.

    Raises core.lists.NameTaken, NameMissing; NotOurs for a stream of another organisation.
    """
    _check_stream(organisation_id, stream_id)
    row: Topic | Service = lists.add_word(
        MODELS[kind], organisation_id=organisation_id, name=name, name_en=name_en, stream_id=stream_id
    )
    return row


@action(access.entry)
def rename_entry(
    *, kind: str, entry_id: int, name: str, name_en: str, stream_id: int | None, by: Account | None
) -> Topic | Service:
    """The new name shows on past rows too. Raises as `add_entry`."""
    row: Topic | Service = MODELS[kind].objects.get(pk=entry_id)
    _check_stream(row.organisation_id, stream_id)
    lists.rename_word(row, name=name, name_en=name_en, stream_id=stream_id)
    return row


@action(access.entry)
def move_entry(*, kind: str, entry_id: int, step: int, by: Account | None) -> None:
    """One place up (-1) or down (+1)."""
    lists.move_word(MODELS[kind].objects.get(pk=entry_id), step=step)


@action(access.entry)
def retire_entry(*, kind: str, entry_id: int, today: date, by: Account | None) -> None:
    """No longer offered; past work keeps it."""
    lists.retire_word(MODELS[kind].objects.get(pk=entry_id), today=today)


@action(access.entry)
def restore_entry(*, kind: str, entry_id: int, by: Account | None) -> None:
    """Offered again. Raises core.lists.NameTaken."""
    lists.restore_word(MODELS[kind].objects.get(pk=entry_id))


@action(access.team)
def start_lists(*, organisation_id: int, chosen: Collection[str], by: Account | None) -> int:
    """Add the chosen suggestions (their `value`); those that are there already are passed over. How many were added."""
    added = 0
    for suggestion in (s for s in SUGGESTIONS if s.value in chosen):
        added += _start(organisation_id, suggestion, by)
    return added


def _start(organisation_id: int, suggestion: Suggestion, by: Account | None) -> int:
    names: dict[str, Any] = {"name": suggestion.name, "name_en": suggestion.name_en}
    try:
        if suggestion.kind == "stream":
            funding.create_stream(organisation_id=organisation_id, by=by, **names)
        else:
            stream = streams_of(organisation_id=organisation_id).filter(name__iexact=suggestion.stream).first()
            lists.add_word(
                MODELS[suggestion.kind],
                organisation_id=organisation_id,
                stream_id=stream.pk if stream and suggestion.stream else None,
                **names,
            )
    except Refused:
        return 0
    return 1
