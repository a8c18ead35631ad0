"""Who sees what. Rows belong to the organisation that did the work; a network sees totals; a funder, what is shared."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils import timezone

from maillage.core.actions import House
from maillage.core.facts import FactContext
from maillage.core.period import Period
from maillage.core.text import Sorting
from maillage.directory import queries as directory
from maillage.directory.access import either, given, own, works
from maillage.directory.types import Organisation, RoleKind

from .models import (
    AnswerRequest,
    ContextFigure,
    Declaration,
    Indicator,
    NetworkMember,
    Pivot,
    Plan,
    PlanAction,
    PlanIssue,
    PlanRegion,
    Priority,
    Report,
    ReportLink,
)

READERS = (
    RoleKind.DIRECTOR,
    RoleKind.MANAGER,
    RoleKind.ADVISER,
    RoleKind.BOARD,
    RoleKind.COORDINATOR,
    RoleKind.TREASURER,
)
EDITORS = (RoleKind.DIRECTOR, RoleKind.MANAGER, RoleKind.COORDINATOR)
NETWORK_READERS = (RoleKind.DIRECTOR, RoleKind.MANAGER, RoleKind.BOARD)


OPENS = {
    "accompaniment": (RoleKind.DIRECTOR, RoleKind.MANAGER, RoleKind.ADVISER, RoleKind.BOARD),
    "market": (RoleKind.DIRECTOR, RoleKind.COORDINATOR),
}
"""Who opens the pages of a context's work; those of other contexts open for every reader of figures."""


def opens(*, user: Any, organisation_id: int, page: str) -> bool:
    """Whether the page named `page` (`context:name`) of the organisation's work opens for `user`."""
    kinds = OPENS.get(page.partition(":")[0])
    return kinds is None or directory.holds(user=user, organisation_id=organisation_id, kinds=kinds)


@dataclass(frozen=True)
class Scope:
    """Whose rows an organisation's figures are made of, and whether its people may open them."""

    organisation: Organisation
    organisation_ids: tuple[int, ...]
    shows_rows: bool

    @property
    def is_network(self) -> bool:
        return not self.shows_rows

    def asks(self, period: Period | None, **more: Any) -> FactContext:
        return FactContext(organisation_ids=self.organisation_ids, period=period, **more)


def scope_of(organisation: Organisation, *, period: Period | None = None) -> Scope:
    """A network counts the work of its members on the platform, without their rows; others count their own."""
    members = NetworkMember.objects.filter(network=organisation)
    if period is not None:
        members = members.filter(during__overlap=(period.start, period.end))
    pairs = list(members.values_list("member_id", "observed"))
    if not pairs and not NetworkMember.objects.filter(network=organisation).exists():
        return Scope(organisation, (organisation.pk,), True)
    return Scope(organisation, tuple(sorted({m for m, observed in pairs if observed})), False)


def organisations_of(*, user: Any, kinds: tuple[str, ...] = READERS) -> list[Organisation]:
    """The organisations whose figures `user` may read, by name."""
    ids = directory.organisations_where(user=user, kinds=kinds)
    if getattr(user, "is_platform_admin", False):
        return list(Organisation.objects.filter(merged_into=None).order_by(Sorting("name"))[:200])
    return list(Organisation.objects.filter(pk__in=ids).order_by(Sorting("name")))


def organisation_asked(
    *, user: Any, public_id: str | UUID | None, kinds: tuple[str, ...] = READERS
) -> Organisation | None:
    """The organisation of a page: the one asked, or the first of the user's; None if there is none. Http404."""
    if public_id:
        try:
            return directory.organisation_for(user=user, public_id=UUID(str(public_id)), kinds=kinds)
        except ValueError as error:
            raise Http404 from error
    found = organisations_of(user=user, kinds=kinds)
    return found[0] if found else None


def may(*, user: Any, organisation_id: int, kinds: tuple[str, ...]) -> bool:
    return directory.holds(user=user, organisation_id=organisation_id, kinds=kinds)


def today() -> date:
    return timezone.localdate()


# --- Rules of actions (`core.actions`)

house = House()
team = works(EDITORS)
readers = works(READERS)
an_indicator = given(team, works(EDITORS, "indicator", Indicator))
indicator = works(EDITORS, "indicator_id", Indicator)
link = works(EDITORS, "link_id", ReportLink, "report__organisation_id")
network = works(EDITORS, "network_id")
declaration = works(EDITORS, "declaration_id", Declaration, "network_id")
declaring = works(EDITORS, "declaration_id", Declaration, "member_id")
"""Who holds its link acts in no account's name."""
member_link = works(EDITORS, "link_id", NetworkMember, "network_id")
member_side = works(EDITORS, "link_id", NetworkMember, "member_id")
either_side = either(member_link, member_side)
pivot = either(own("pivot_id", Pivot, "owner_id"), works((RoleKind.DIRECTOR, RoleKind.MANAGER), "pivot_id", Pivot))
plan = works(EDITORS, "plan_id", Plan)
a_plan = given(team, plan)
figure = works(EDITORS, "figure_id", ContextFigure, "plan__organisation_id")
region = works(EDITORS, "region_id", PlanRegion, "plan__organisation_id")
issue = works(EDITORS, "issue_id", PlanIssue, "plan__organisation_id")
priority = works(EDITORS, "priority_id", Priority, "region__plan__organisation_id")
plan_action = works(EDITORS, "action_id", PlanAction, "plan__organisation_id")
request = works(EDITORS, "request_id", AnswerRequest, "action__plan__organisation_id")
report = works(EDITORS, "report_id", Report)
