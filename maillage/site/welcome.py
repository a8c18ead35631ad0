"""What the home pages show of each context: open markets for visitors, what needs a person now.

Contexts answer when they can: a query that does not exist yet shows nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any

# `open_markets(now) -> [market, cycle, …]` and `needs(user, now) -> [Need or mapping]`, by module.
MARKETS = "maillage.market.queries"
NEEDS = [
    "maillage.market.queries",
    "maillage.payments.queries",
    "maillage.accompaniment.queries",
    "maillage.indicators.queries",
]


@dataclass(frozen=True)
class Need:
    """Something that awaits this person: one sentence, one way to act."""

    title: str
    text: str
    href: str
    action: str
    icon: str = "bell"
    tone: str = ""


def open_markets(*, now: datetime) -> list[Any]:
    """Markets that take orders now, soonest closing first; each has `name`, `summary`, `slug`, `closes_at`."""
    query = _function(MARKETS, "open_markets")
    return list(query(now=now)) if query else []


def needs(*, user: Any, now: datetime) -> list[Any]:
    """What awaits `user`, most pressing first within each context."""
    return [need for module in NEEDS if (query := _function(module, "needs")) for need in query(user=user, now=now)]


def _function(module: str, name: str) -> Callable[..., Any] | None:
    try:
        return getattr(import_module(module), name, None)
    except ModuleNotFoundError:
        return None
