"""How a context shows itself in the whole: where one can go, and what awaits. `site` collects what contexts say.

A context says it in modules of its own folder, each of which may be missing: `menu` (`ENTRIES`, `TABS`), `awaits`
(`SOURCES`), `wiring` (`wire`). docs/contexts.md, "How a context registers itself".
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

BUY, RUN, ACCOMPANY, ACCOUNT = "", _("Gérer"), _("Accompagner"), _("Rendre compte")
"""The sections of the menu, in their order; the first has no heading."""


@dataclass(frozen=True)
class Entry:
    """A page that someone may go to: for `kinds` of roles (none: all who are signed in; `public`: visitors too).

    `rank`: its place in its section, among those of all contexts.
    """

    label: StrPromise | str
    url_name: str
    icon: str = ""
    section: StrPromise | str = ""
    kinds: frozenset[str] = frozenset()
    text: StrPromise | str = ""
    rank: int = 0
    public: bool = False
    at_market: bool = False  # for those whose organisation runs a market (a producer sells on others')
    by_role: bool = False  # a platform administrator without the role sees nothing there
    short: StrPromise | str = ""  # under an icon of a phone's bar
    within: str = ""  # a piece of the addresses of pages that belong to it though they stand elsewhere
    only: Callable[..., bool] | None = None  # `only(user=…)`: whether there is something to see there


@dataclass(frozen=True)
class Need:
    """Something that awaits this person: one sentence, one way to act."""

    title: str
    text: str
    href: str
    action: str
    icon: str = "bell"
    tone: str = ""


@dataclass(frozen=True)
class Source:
    """`ask(user, now)` gives what awaits; a constant number of queries, none for those who lack the role.

    `rank`: its place in the order of the day: to begin and mend (0), hand over (10), run (20), sell (30), follow up
    (40), judge and settle (50), read (60), renew (70), pick up and order (80).
    """

    rank: int
    ask: Callable[[Any, datetime], Iterator[Need]]
