"""What is accounted for under an agreement: contexts above add their own rows (`site/wiring.py`).

    claimed.register("interventions", interventions_claimed)   # (user, agreement, period) -> Iterable[Claimed]

A source is responsible for its own permissions; `href` is empty when the reader may not open the rows.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from maillage.core.period import Period

from .models import Agreement


@dataclass(frozen=True)
class Claimed:
    """A figure of the work claimed under an agreement in a period, which opens on its rows. `forbidden`: how many of
    those rows another agreement claims too, against the rules of both; `forbidden_href` opens on them."""

    label: str
    value: int
    href: str = ""
    forbidden: int = 0
    forbidden_href: str = ""


Source = Callable[[Any, Agreement, Period], Iterable[Claimed]]
_sources: dict[str, Source] = {}


def register(key: str, source: Source) -> None:
    """Add a source. Idempotent by key."""
    _sources[key] = source


def claimed(*, user: Any, agreement: Agreement, period: Period) -> list[Claimed]:
    """What every source knows."""
    return [row for source in _sources.values() for row in source(user, agreement, period)]
