"""Where a person can go, by role: what each context says of its pages (`<context>/menu.py`), in one menu."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, get_urlconf, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from maillage.core.presence import ACCOMPANY, ACCOUNT, RUN, Entry
from maillage.directory.models import Organisation
from maillage.directory.queries import held_roles
from maillage.directory.types import Account, RoleKind
from maillage.market.models import Market
from maillage.market.queries.cycles import markets_of

from .contexts import collected

K = RoleKind
PLATFORM = frozenset({"platform"})  # no role: those who keep the platform alone
RUNS_A_MARKET = frozenset({K.COORDINATOR, K.DIRECTOR})
ORGANISATIONS_ICON = "building-2"


OWN = [
    Entry(
        _("État du service"),
        "administration",
        "activity",
        RUN,
        PLATFORM,
        _("Ce qui tourne, ce qui a échoué, et ce qu’il y a à faire."),
        rank=120,
    ),
]

ENTRIES: list[Entry] = sorted([*OWN, *collected("menu", "ENTRIES")], key=lambda entry: entry.rank)

OPEN_A_MARKET = Entry(
    _("Ouvrir un marché"),
    "market:setup",
    "store",
    RUN,
    text=_("Vos conditions, vos points de cueillette, un premier cycle."),
)

#: Pages that stand side by side under one entry, shown as tabs on each of them; the first is the entry's own page.
GROUPS: list[list[Entry]] = collected("menu", "TABS")


@dataclass(frozen=True)
class Link:
    """An entry that this person may follow now."""

    label: str
    href: str
    icon: str
    text: str = ""
    current: bool = False
    organisation: str = ""
    short: str = ""


@dataclass
class Section:
    """Links under one heading; the first section has none."""

    label: str
    links: list[Link] = field(default_factory=list)

    @property
    def current(self) -> bool:
        return any(link.current for link in self.links)


class Navigation:
    """The sections of one request, computed when a page first asks (a partial never does)."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self._depths: dict[str, int] = {}  # by address: how much of it the page at hand shares

    @cached_property
    def sections(self) -> list[Section]:
        sections: dict[str, Section] = {}
        for entry in ENTRIES:
            links = self._links(entry)
            if links:
                sections.setdefault(str(entry.section), Section(str(entry.section))).links.extend(links)
        if markets := self._markets():
            links = sections.setdefault(str(RUN), Section(str(RUN))).links
            links[:] = [*markets, *links] if self._runs_one else [*links, *markets]
        return list(self._nearest(sections.values()))

    def _nearest(self, sections: Iterable[Section]) -> Iterable[Section]:
        """One link alone is current: the one whose address says most of the page's."""
        deepest = max(self._depths.values(), default=0)
        for section in sections:
            links = [
                replace(link, current=bool(deepest) and self._depths[link.href] == deepest) for link in section.links
            ]
            yield Section(section.label, links)

    @cached_property
    def here(self) -> list[Link]:
        """The pages that stand beside the page at hand, itself included; none when it stands alone."""
        for group in GROUPS:
            links = [
                Link(str(e.label), href, e.icon, current=self.request.path.startswith(href))
                for e in group
                if self._may(e) and (href := _reverse(e.url_name))
            ]
            at = max((link.href for link in links if link.current), key=len, default="")
            if at:  # the nearest alone: /gouvernance/rencontres/ is not /gouvernance/
                return [replace(link, current=link.href == at) for link in links]
        return []

    @cached_property
    def key(self) -> tuple[Any, ...]:
        """What the pages' surroundings follow from."""
        return (self.profile, *((section.label, *section.links) for section in self.sections))

    @property
    def top(self) -> list[Link]:
        return [link for section in self.sections if not section.label for link in section.links]

    @property
    def grouped(self) -> list[Section]:
        return [section for section in self.sections if section.label]

    @property
    def doors(self) -> list[Section]:
        """The sections as the home page lists them: a person's work before what everyone may do."""
        return [*self.grouped, *(section for section in self.sections if not section.label)]

    @property
    def tabs(self) -> list[Link]:
        """Three places for the bar at the bottom of a phone: those of the person's work first, else the market's."""
        by_label = {section.label: section for section in self.grouped}
        order = (RUN, ACCOMPANY, ACCOUNT) if self._sells else (ACCOMPANY, ACCOUNT, RUN)
        sections = [by_label[str(label)].links for label in order if str(label) in by_label]
        work = [link for links in sections for link in links if link.icon != ORGANISATIONS_ICON]
        if not work:
            return self.top[:3]
        directs = any(h.kind in (K.DIRECTOR, K.BOARD) for h in held_roles(user=self._user))
        second = sections[1][0] if directs and len(sections) > 1 else (work[1:2] or self.top[1:2] or work)[0]
        return [work[0], second, *self.top[:1]]

    @property
    def _sells(self) -> bool:
        """Whether the person's work is a market's, or a stall's."""
        return self._runs_one or any(h.kind == K.PRODUCER for h in held_roles(user=self._user))

    @cached_property
    def noting(self) -> str:
        """Where an adviser, or who runs programmes, notes what was just done; "" for others."""
        notes = any(h.kind in (K.ADVISER, K.MANAGER) for h in held_roles(user=self._user))
        return (notes and _reverse("accompaniment:intervention_new")) or ""

    @cached_property
    def profile(self) -> str:
        """The page where a person sees and changes what is known of them."""
        return _reverse("directory:me") or ""

    @cached_property
    def files(self) -> str:
        """The page of the files that a person asked for."""
        return _reverse("directory:downloads") or ""

    @cached_property
    def _user(self) -> Account | None:
        user: Any = getattr(self.request, "user", None)
        return user if isinstance(user, Account) else None

    @cached_property
    def _organisations(self) -> dict[int, Organisation]:
        return Organisation.objects.in_bulk({h.organisation_id for h in held_roles(user=self._user)})

    def _links(self, entry: Entry) -> list[Link]:
        if not self._may(entry):
            return []
        href = _reverse(entry.url_name)
        if href:
            return [self._link(entry, href)]
        own = sorted({h.organisation_id for h in held_roles(user=self._user) if h.kind in entry.kinds})
        return list(self._per_organisation(entry, (self._organisations[key] for key in own)))

    def _markets(self) -> list[Link]:
        """The markets that the person runs, each with its own page; or the way to open one."""
        runs = {h.organisation_id for h in held_roles(user=self._user) if h.kind in RUNS_A_MARKET}
        if not runs:
            return []
        entry = Entry("", "market:manage", "store", RUN, text=_("Cycles, offres, points de cueillette et documents."))
        links = [(m.name, _reverse(entry.url_name, m.slug)) for m in self._market_rows if m.organisation_id in runs]
        found = [
            replace(self._link(replace(entry, label=name), href), short=str(_("Cycles")))
            for name, href in links
            if href
        ]
        return found or [self._link(OPEN_A_MARKET, reverse(OPEN_A_MARKET.url_name))]

    @property
    def _runs_one(self) -> bool:
        return bool(self._market_rows)

    @cached_property
    def _market_rows(self) -> list[Market]:
        """The markets of the organisations where the person has a role."""
        held = {h.organisation_id for h in held_roles(user=self._user)}
        return list(markets_of(organisation_ids=held)) if held else []

    def _per_organisation(self, entry: Entry, organisations: Iterable[Organisation]) -> Iterable[Link]:
        for organisation in organisations:
            href = _reverse(entry.url_name, organisation.public_id)
            if href:
                yield self._link(entry, href, organisation.name if len(self._organisations) > 1 else "")

    def _may(self, entry: Entry) -> bool:
        if entry.public:
            return True
        if self._user is None:
            return False
        if not entry.kinds or (self._user.is_platform_admin and entry.section != ACCOMPANY and not entry.by_role):
            return True
        held = [h for h in held_roles(user=self._user) if h.kind in entry.kinds]
        if held and entry.only is not None:
            return entry.only(user=self._user)
        if not held or not entry.at_market or any(h.kind == K.PRODUCER for h in held):
            return bool(held)
        with_market = {m.organisation_id for m in self._market_rows}
        return any(h.organisation_id in with_market for h in held)

    def _link(self, entry: Entry, href: str, organisation: str = "") -> Link:
        path = self.request.path
        self._depths[href] = max((len(a) for a in (href, *_beside(entry.url_name)) if path.startswith(a)), default=0)
        if entry.within and entry.within in path:
            self._depths[href] = len(path)
        return Link(
            str(entry.label), href, entry.icon, str(entry.text), organisation=organisation, short=str(entry.short)
        )


def _beside(name: str) -> list[str]:
    """The addresses of the tabs under an entry of the menu."""
    group = next((g for g in GROUPS if g[0].url_name == name), [])
    return [href for e in group[1:] if (href := _reverse(e.url_name))]


def _reverse(name: str, *args: object) -> str | None:
    return _address(get_urlconf(), name, *args)


@lru_cache(maxsize=2048)
def _address(urlconf: object, name: str, *args: object) -> str | None:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return None
