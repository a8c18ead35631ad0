"""Who may change an organisation's file: its own people, those to whom it gave it, or who made it while it has none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

from django.db.models import CharField, QuerySet, Value
from django.utils import timezone

from ..models import Account, ContactChange, ContactCheck, Organisation, Role, RoleKind, Stewardship
from ..types import DEPUTIES, MANAGERS, WORKERS
from .roles import held_roles, holds

HOLD = timedelta(days=3)
"""How long payouts to an organisation wait after its e-mail changed."""


class Right(IntEnum):
    """What an account may change of a file. Each includes those before it."""

    NONE = 0
    FILE = 1
    """All but the address where its money is announced, its people, and whether it is one with another file."""
    ALL = 2


def right_over(*, user: Any, organisation: Organisation) -> Right:
    """The one rule of who may change an organisation's file.

    ALL: the platform's administration; its direction and coordination; while neither has an active account, its
    producers; while none of these has one, its treasury, buyers, advisers and programme managers. « Équipe » is no
    right: whoever accompanies an enterprise notes its staff. While nobody of its own acts: who made the file, and those
    who work today where they worked when they made it; without its contact as soon as anyone of its own has an account.
    FILE: those who work where it gave its file to keep (`Stewardship`).
    """
    return standing_of(user=user, organisation=organisation).right


@dataclass(frozen=True)
class Standing:
    """What an account may change of a file, and whether its direction or coordination has an active account today."""

    right: Right
    managed: bool


def standing_of(*, user: Any, organisation: Organisation) -> Standing:
    """`right_over`, and whether the organisation manages its file itself. Two statements at most."""
    return _standings(user, [organisation])[organisation.pk]


def rights_over(*, user: Any, organisations: Sequence[Organisation]) -> dict[int, Right]:
    """`right_over` each of them, by key. Two statements at most, however many they are."""
    return {pk: standing.right for pk, standing in _standings(user, organisations).items()}


def _standings(user: Any, organisations: Sequence[Organisation]) -> dict[int, Standing]:
    if not isinstance(user, Account):
        return {o.pk: Standing(Right.NONE, managed=True) for o in organisations}
    working = {h.organisation_id for h in held_roles(user=user) if h.kind in WORKERS}
    own, given = _own_and_given(organisations, working)
    made = _made(user, working, organisations)
    found = {}
    for organisation in organisations:
        pk, kinds = organisation.pk, own[organisation.pk]
        right = Right.FILE if pk in given else Right.NONE
        first = next((kinds_ for kinds_ in _TURNS if not kinds.isdisjoint(kinds_)), ())
        if holds(user=user, organisation_id=pk, kinds=first or MANAGERS):
            right = Right.ALL
        elif not first and pk in made:
            right = Right.FILE if kinds else Right.ALL
        found[pk] = Standing(right, managed=not kinds.isdisjoint(MANAGERS))
    return found


def may_edit(*, user: Any, organisation: Organisation) -> bool:
    """Whether `user` may correct the file (`right_over`)."""
    return right_over(user=user, organisation=organisation) >= Right.FILE


def may_change_contact(*, user: Any, organisation: Organisation) -> bool:
    """Whether `user` may change the address where money is announced, give the file to keep, unite it with another."""
    return right_over(user=user, organisation=organisation) == Right.ALL


_TURNS: tuple[tuple[str, ...], ...] = (MANAGERS, (RoleKind.PRODUCER,), DEPUTIES)
"""Whose turn it is to keep a file: the first of these of whom someone has an account."""
_GIVEN = "given"
"""Stands for a stewardship among the kinds of roles."""


def _own_and_given(organisations: Sequence[Organisation], working: set[int]) -> tuple[dict[int, set[str]], set[int]]:
    """The roles that people with an active account hold today in each; which gave their file to where `user` works."""
    found: dict[int, set[str]] = {o.pk: set() for o in organisations}
    held = Role.objects.filter(
        organisation__in=found, during__contains=timezone.localdate(), person__account__is_active=True
    )
    rows = held.order_by().values_list("organisation_id", "kind")
    given = Stewardship.objects.filter(organisation__in=found, steward__in=working, ended_at=None).order_by()
    if working:
        mark = Value(_GIVEN, output_field=CharField())
        rows = rows.union(given.annotate(kind=mark).values_list("organisation_id", "kind"))
    for pk, kind in rows:
        found[pk].add(kind)
    return {pk: kinds - {_GIVEN} for pk, kinds in found.items()}, {pk for pk in found if _GIVEN in found[pk]}


def _made(user: Account, working: set[int], organisations: Sequence[Organisation]) -> set[int]:
    """Those that `user` made, or that someone made who worked then where `user` works now."""
    mine = {o.pk for o in organisations if o.created_by_id == user.pk}
    others = {o.created_by_id for o in organisations if o.created_by_id and o.pk not in mine}
    if not working or not others:
        return mine
    worked = list(
        Role.objects.filter(organisation__in=working, person__account__in=others, kind__in=WORKERS).values_list(
            "person__account_id", "during"
        )
    )
    return mine | {
        o.pk
        for o in organisations
        if any(by == o.created_by_id and timezone.localdate(o.created_at) in during for by, during in worked)
    }


def stewardships_of(organisation: Organisation) -> QuerySet[Stewardship]:
    """Those to whom the organisation gave its file, today."""
    return Stewardship.objects.filter(organisation=organisation, ended_at=None).select_related("steward")


def contact_changes_of(organisation: Organisation) -> QuerySet[ContactChange]:
    """The changes of the addresses that its money follows, the latest first."""
    return ContactChange.objects.filter(organisation=organisation).select_related("by__person")


@dataclass(frozen=True)
class Hold:
    """Payouts wait: the address of `change` is new. `check`: the payer made sure of it; they wait no more."""

    change: ContactChange
    check: ContactCheck | None

    @property
    def until(self) -> datetime:
        return self.change.at + HOLD

    @property
    def standing(self) -> bool:
        return self.check is None

    @property
    def by(self) -> str:
        """Who changed it; "" for the clock."""
        by = self.change.by
        return by.person.name if by is not None and hasattr(by, "person") else ""


def holds_on(organisation_ids: Iterable[int], *, payer_id: int, now: datetime) -> dict[int, Hold]:
    """For each organisation whose e-mail changed in the last days (`HOLD`): its latest change, and whether `payer_id`
    checked it. Two statements.
    """
    recent = (
        ContactChange.objects.filter(
            organisation__in=set(organisation_ids), field=ContactChange.Field.EMAIL, at__gt=now - HOLD
        )
        .select_related("by__person")
        .order_by("at", "pk")
    )
    latest = {change.organisation_id: change for change in recent}
    if not latest:
        return {}
    checks = {
        check.change_id: check
        for check in ContactCheck.objects.filter(
            change__in=[c.pk for c in latest.values()], payer=payer_id
        ).select_related("by__person")
    }
    return {pk: Hold(change, checks.get(change.pk)) for pk, change in latest.items()}
