"""The words that an organisation offers in its forms: streams, topics, services."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from maillage.funding.models import Stream

from ..models import Service, Topic


@dataclass(frozen=True)
class Words:
    """One list: what the organisation offers in its order, what is common to all, what it retired."""

    kind: str
    ours: list[Any]
    common: list[Any]
    retired: list[Any]

    @property
    def is_empty(self) -> bool:
        return not (self.ours or self.common)


MODELS: dict[str, Any] = {"stream": Stream, "topic": Topic, "service": Service}


def words_of(*, organisation_id: int, kind: str) -> Words:
    """A list of the organisation: "stream", "topic" or "service". One statement."""
    rows = MODELS[kind].objects.filter(Q(organisation=None) | Q(organisation=organisation_id))
    found = list(rows.select_related("stream") if kind != "stream" else rows)
    return Words(
        kind,
        [r for r in found if r.organisation_id and not r.retired_on],
        [r for r in found if not r.organisation_id and not r.retired_on],
        [r for r in found if r.organisation_id and r.retired_on],
    )


def word_of(*, organisation_id: int, kind: str, entry_id: int) -> Any:
    """An entry of the organisation's own list; None for another's, or for one common to all."""
    return MODELS[kind].objects.filter(organisation=organisation_id, pk=entry_id).first()
