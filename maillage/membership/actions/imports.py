"""Members that an organisation has already, from its spreadsheet."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from maillage.core.actions import action
from maillage.directory import actions as directory_actions
from maillage.directory.models import Account, Organisation, Person, RoleKind

from .. import access, queries
from ..models import MemberSequence, Membership
from ..types import Holder, MemberRow
from .enrolment import SeveralSuch, organisation_called
from .members import NumberTaken, insert, lock_sequence, next_number


@dataclass(frozen=True)
class Imported:
    """What an import did, in numbers of members."""

    made: int
    known: int


@dataclass
class _Known:
    """What is known before the first row, and what the rows add to it."""

    organisation_id: int
    people: dict[str, Person]
    numbers: dict[int, int]
    held: set[tuple[int, Any]]
    organisations: dict[str, int] = field(default_factory=dict)


@action(access.register)
def import_members(*, organisation_id: int, rows: Sequence[MemberRow], by: Account | None = None) -> Imported:
    """Take the members that an organisation has already; nothing is charged. The same rows twice change nothing.

    A person is found by e-mail, else by member number; an organisation by NEQ, else by name. One that is not in the
    directory yet is made, and the person named on its row may order for it (nobody is given a role in an organisation
    that was there before). Raises NumberTaken, SeveralSuch.
    """
    lock_sequence(organisation_id)
    last = max((r.number for r in rows), default=0)
    MemberSequence.objects.filter(organisation_id=organisation_id, last__lt=last).update(last=last)
    here = Membership.objects.filter(organisation_id=organisation_id)
    known = _Known(
        organisation_id,
        queries.people_known([r.email for r in rows if r.email]),
        dict(here.values_list("number", "holder").distinct()),
        {(holder, during.lower) for holder, during in here.values_list("holder", "during")},
    )
    made = sum(_take(row, known, by) for row in sorted(rows, key=lambda r: r.number == 0))
    return Imported(made=made, known=len(rows) - made)


def members_known(*, organisation_id: int, rows: Sequence[MemberRow]) -> set[int]:
    """The lines whose member is there already with that first day: importing them changes nothing."""
    people = queries.people_known([r.email for r in rows if r.email])
    here = Membership.objects.filter(organisation_id=organisation_id)
    numbers = dict(here.values_list("number", "holder").distinct())
    held = {(holder, during.lower) for holder, during in here.values_list("holder", "during")}
    known = set()
    for row in rows:
        if row.organisation or row.neq:
            try:
                found = organisation_called(name=row.organisation, neq=row.neq)
            except SeveralSuch:
                found = None
            holder = Holder(organisation_id=found.pk).key if found else None
        elif row.email.lower() in people:
            holder = Holder(person_id=people[row.email.lower()].pk).key
        else:
            holder = numbers.get(row.number) if row.number and not row.email else None
        if holder is not None and (holder, row.since) in held:
            known.add(row.line)
    return known


def _take(row: MemberRow, known: _Known, by: Account | None) -> bool:
    """Whether the row made a membership."""
    holder = _organisation(row, known, by) if row.organisation or row.neq else _person(row, known)
    if (holder.key, row.since) in known.held:
        return False
    if known.numbers.get(row.number, holder.key) != holder.key:
        raise NumberTaken(_("Ligne %(line)s : ce numéro est celui d'un autre membre.") % {"line": row.line})
    number = row.number or next_number(holder, known.organisation_id)
    insert(holder, row.member_class_id, known.organisation_id, number, (row.since, row.until))
    known.numbers[number] = holder.key
    known.held.add((holder.key, row.since))
    return True


def _person(row: MemberRow, known: _Known) -> Holder:
    found = known.people.get(row.email.lower()) if row.email else None
    if found is not None:
        return Holder(person_id=found.pk)
    holder = known.numbers.get(row.number, 0)
    if not row.email and holder > 0:
        return Holder(person_id=holder)
    return Holder(person_id=_made(row, known).pk)


def _made(row: MemberRow, known: _Known) -> Person:
    person = Person.objects.create(
        given_name=row.given_name, family_name=row.family_name, email=row.email, phone=row.phone
    )
    if row.email:
        known.people[row.email.lower()] = person
    return person


def _organisation(row: MemberRow, known: _Known, by: Account | None) -> Holder:
    key = row.neq or row.organisation.casefold()
    if key not in known.organisations:
        try:
            found = organisation_called(name=row.organisation, neq=row.neq)
        except SeveralSuch as refused:
            raise SeveralSuch(_("Ligne %(line)s : %(why)s") % {"line": row.line, "why": refused}) from refused
        known.organisations[key] = (found or _new(row, known, by)).pk
    return Holder(organisation_id=known.organisations[key])


def _new(row: MemberRow, known: _Known, by: Account | None) -> Organisation:
    made = directory_actions.create_organisation(
        name=row.organisation or row.neq, neq=row.neq, email=row.email, phone=row.phone, by=by, today=row.since
    )
    if row.given_name or row.family_name:
        person = (known.people.get(row.email.lower()) if row.email else None) or _made(row, known)
        directory_actions.give_role(
            person_id=person.pk, organisation_id=made.pk, kind=RoleKind.BUYER, since=row.since, by=by
        )
    return made
