"""What those who follow an enterprise note of it: its dated situation, its staff. Never its name or its addresses."""

from datetime import date, datetime

from maillage.core.actions import action
from maillage.directory import actions as directory
from maillage.directory.models import PastSituation, Person
from maillage.directory.types import Account, RoleKind

from .. import access


@action(access.named)
def note_staff(
    *,
    enterprise_id: int,
    name: str,
    since: date,
    by: Account | None,
    title: str = "",
    email: str = "",
    phone: str = "",
) -> Person:
    """Someone of the enterprise, who receives no access. Raises WrongDates."""
    given, _space, family = name.strip().partition(" ")
    return directory.add_person(
        organisation_id=enterprise_id,
        kind=RoleKind.STAFF,
        since=since,
        title=title,
        by=by,
        given_name=given,
        family_name=family,
        email=email,
        phone=phone,
    )


@action(access.staff)
def note_staff_left(*, role_id: int, on: date, by: Account | None) -> None:
    """A member of the staff left the enterprise."""
    directory.end_role(role_id=role_id, on=on, by=by)


@action(access.described)
def note_situation(
    *,
    enterprise_id: int,
    since: date,
    mrc_id: int | None,
    sector_id: int | None,
    employees: int | None,
    now: datetime,
    by: Account | None,
) -> PastSituation:
    """`directory.actions.change_situation`; raises what it raises."""
    return directory.change_situation(
        organisation_id=enterprise_id,
        since=since,
        mrc_id=mrc_id,
        sector_id=sector_id,
        employees=employees,
        now=now,
        by=by,
    )


@action(access.situation)
def take_back_situation(*, situation_id: int, by: Account | None) -> None:
    """`directory.actions.undo_change`; raises what it raises."""
    directory.undo_change(situation_id=situation_id, by=by)


@action(access.situation)
def move_situation(*, situation_id: int, since: date, now: datetime, by: Account | None) -> None:
    """`directory.actions.move_change`; raises what it raises."""
    directory.move_change(situation_id=situation_id, since=since, now=now, by=by)
