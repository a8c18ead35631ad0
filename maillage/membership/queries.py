"""Public reads of membership. `today` may be any past date: the status that day is the answer."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Lower
from django.http import Http404
from django.utils import timezone

from maillage.core.numbers import whole
from maillage.core.text import Sorting
from maillage.core.typed import search_words
from maillage.directory import queries as directory
from maillage.directory.models import Account, Organisation, Person
from maillage.directory.types import BUYERS

from .models import HeldBy, MemberClass, Membership
from .types import Holder, Standing, Status


def is_member(person_id: int, organisation_id: int, today: date) -> bool:
    """Whether the person is a member that day, in their own name. One query."""
    return Membership.objects.filter(
        person_id=person_id, organisation_id=organisation_id, during__contains=today
    ).exists()


def organisation_is_member(member_id: int, organisation_id: int, today: date) -> bool:
    """Whether the organisation `member_id` (or a duplicate united with it) is a member that day. One query."""
    return (
        Membership.objects.filter(organisation_id=organisation_id, during__contains=today)
        .filter(_organisation(member_id))
        .exists()
    )


def _organisation(pk: int) -> Q:
    return Q(member_organisation=pk) | Q(member_organisation__merged_into=pk)


def _held_by(holder: Holder) -> Q:
    return Q(person=holder.person_id) if holder.person_id is not None else _organisation(holder.organisation_id or 0)


def standings_of(*, user: Any, organisation_id: int, today: date) -> list[Standing]:
    """In whose name `user` may belong to an organisation, or order from it: their own first, then the organisations
    where they hold a role that buys (`directory.types.BUYERS`), by name.

    Four statements; none when the account has no person.
    """
    person = directory.person_of(user=user)
    if person is None:
        return []
    ids = set(directory.organisations_where(user=user, kinds=BUYERS)) - {organisation_id}
    theirs = list(Organisation.objects.filter(pk__in=ids, merged_into=None).order_by(Sorting("name"), "pk"))
    rows = Membership.objects.filter(organisation_id=organisation_id).filter(
        Q(person=person) | Q(member_organisation__in=theirs) | Q(member_organisation__merged_into__in=theirs)
    )
    held: dict[int, list[Membership]] = {}
    for row in rows.select_related("member_class", "member_organisation").order_by("-during"):
        whose = row.member_organisation
        held.setdefault(-(whose.merged_into_id or whose.pk) if whose else 0, []).append(row)
    found = [_standing(person, None, held.get(0, []), today)]
    return found + [_standing(person, o, held.get(-o.pk, []), today) for o in theirs]


def _standing(person: Person, organisation: Organisation | None, rows: list[Membership], today: date) -> Standing:
    now = next((m for m in rows if today in m.during), None)
    last = next(iter(rows), None)
    return Standing(person, organisation, now or last, last, now is not None)


def may_order(*, user: Any, organisation_id: int, today: date, for_organisation_id: int | None = None) -> bool:
    """Whether `user` may order from an organisation as its member: in their own name, or in that of
    `for_organisation_id`, where they must hold a role that buys. Two statements at most.
    """
    if not isinstance(user, Account):
        return False
    if for_organisation_id is None:
        return Membership.objects.filter(
            person__account=user, organisation_id=organisation_id, during__contains=today
        ).exists()
    if for_organisation_id not in directory.organisations_where(user=user, kinds=BUYERS):
        return False
    return organisation_is_member(for_organisation_id, organisation_id, today)


def membership_of(person_id: int, organisation_id: int, today: date) -> Membership | None:
    """The person's own membership in force that day, or None."""
    return (
        Membership.objects.filter(person_id=person_id, organisation_id=organisation_id, during__contains=today)
        .select_related("member_class")
        .first()
    )


def members_of(organisation_id: int, today: date) -> QuerySet[Membership]:
    """Memberships in force that day, with their member and class, by member number."""
    return (
        Membership.objects.filter(organisation_id=organisation_id, during__contains=today)
        .select_related("person", "member_organisation", "member_class")
        .order_by("number")
    )


def memberships_of_person(person_id: int) -> QuerySet[Membership]:
    """Everything that the person was or is a member of, in their own name, the latest first."""
    return _history(Membership.objects.filter(person_id=person_id))


def history_of(membership: Membership) -> QuerySet[Membership]:
    """Every membership of the same member in the same organisation, the latest first."""
    return _history(Membership.objects.filter(organisation_id=membership.organisation_id, holder=membership.holder))


def _history(rows: QuerySet[Membership]) -> QuerySet[Membership]:
    return rows.select_related("member_class", "organisation", "fee_transaction").order_by("-during")


def status_of(person_id: int, organisation_id: int, today: date) -> Status:
    """The person's status that day."""
    rows = Membership.objects.filter(person_id=person_id, organisation_id=organisation_id)
    return status_on([m.during for m in rows], today)


def status_on(periods: list[Any], today: date) -> Status:
    """The status that memberships of these dates give that day."""
    if any(today in period for period in periods):
        return Status.ACTIVE
    if any(period.upper and period.upper <= today for period in periods):
        return Status.EXPIRED
    return Status.UPCOMING if periods else Status.NEVER


def register(
    organisation_id: int, *, today: date, status: str = "", search: str = "", held_by: str = ""
) -> QuerySet[Membership]:
    """One row a member: their last membership begun by `today` (or else the next one), with the member and class.

    `status` is "active", "expired" or "" for all; `held_by` "person", "organisation" or "" for both; `search` reads
    names, e-mail, NEQ and number, without accents.
    """
    latest = (
        Membership.objects.filter(organisation_id=organisation_id, holder=OuterRef("holder"))
        .order_by(Case(When(during__startswith__lte=today, then=0), default=1), "-during")
        .values("pk")[:1]
    )
    rows = Membership.objects.filter(organisation_id=organisation_id, pk=Subquery(latest))
    if status == Status.ACTIVE:
        rows = rows.filter(during__contains=today)
    elif status == Status.EXPIRED:
        rows = rows.filter(during__fully_lt=(today, None))
    if held_by in (HeldBy.PERSON, HeldBy.ORGANISATION):
        rows = rows.filter(person__isnull=held_by == HeldBy.ORGANISATION)
    for word in search_words(search):
        number = whole(word.lstrip("#"))
        if number is not None and len(word) == 10:
            rows = rows.filter(member_organisation__neq=word)
        elif number is not None:
            rows = rows.filter(number=number)
        else:
            rows = rows.filter(
                Q(person__given_name__unaccent__icontains=word)
                | Q(person__family_name__unaccent__icontains=word)
                | Q(person__email__icontains=word)
                | Q(member_organisation__name__unaccent__icontains=word)
                | Q(member_organisation__email__icontains=word)
            )
    return rows.select_related("person", "member_organisation", "member_class").order_by("number")


def classes_of(organisation_id: int, *, only_open: bool = False, held_by: str = "") -> QuerySet[MemberClass]:
    """Classes of the organisation, the least expensive first; those that a person, or an organisation, may hold."""
    rows = MemberClass.objects.filter(organisation_id=organisation_id)
    if held_by:
        rows = rows.filter(held_by__in=[held_by, HeldBy.ANYONE])
    return rows.filter(is_open=True) if only_open else rows


def organisation_to_join(*, public_id: UUID) -> Organisation:
    """An organisation that has a class open to all; Http404 otherwise."""
    organisation = Organisation.objects.filter(public_id=public_id).first()
    if organisation is None or not classes_of(organisation.pk).exists():
        raise Http404
    return organisation


def ending_between(start: date, end: date) -> QuerySet[Membership]:
    """Memberships whose last day is past `start` and by `end`, without a following one, not reminded yet."""
    following = Membership.objects.filter(
        organisation_id=OuterRef("organisation_id"),
        holder=OuterRef("holder"),
        during__startswith__gte=OuterRef("during__endswith"),
    )
    return (
        Membership.objects.filter(during__endswith__gt=start, during__endswith__lte=end, reminded_on=None)
        .filter(~Exists(following))
        .select_related("person", "member_organisation", "organisation", "member_class")
        .order_by("pk")
    )


def addresses_of(membership: Membership) -> list[tuple[str, str]]:
    """Where the member is written to, as (address, language): the person; or, for an organisation, those who order for
    it today, else its own address.
    """
    if membership.person is not None:
        people = [membership.person]
    else:
        people = list(buyers_of(membership.member_organisation_id or 0))
    found = {p.email.lower(): (p.email, p.language or "fr") for p in people if p.email}
    if not found and membership.member_organisation is not None and membership.member_organisation.email:
        return [(membership.member_organisation.email, "fr")]
    return list(found.values())


def buyers_of(organisation_id: int, day: date | None = None) -> QuerySet[Person]:
    """Who orders in an organisation's name that day (today), by name, with the roles they hold there (`held`)."""
    return directory.people_of(organisation_id, day=day or timezone.localdate(), kinds=BUYERS)


def people_known(emails: list[str]) -> dict[str, Person]:
    """People by e-mail in lower case, among those given."""
    wanted = {e.lower() for e in emails}
    rows = Person.objects.alias(plain=Lower("email")).filter(plain__in=wanted, erased_at=None)
    return {p.email.lower(): p for p in rows.order_by("-account_id")}


def counts(organisation_id: int, *, today: date) -> dict[str, int]:
    """Members by status that day: `active`, `expired`, and `ending` (within 30 days, among the active)."""
    rows = Membership.objects.filter(organisation_id=organisation_id)
    active = Q(during__contains=today)
    ending = active & Q(during__endswith__lte=today + timedelta(days=30))
    counted = rows.aggregate(
        active=Count("holder", distinct=True, filter=active),
        begun=Count("holder", distinct=True, filter=Q(during__startswith__lte=today)),
        ending=Count("holder", distinct=True, filter=ending),
    )
    return {
        "active": counted["active"],
        "expired": counted["begun"] - counted["active"],
        "ending": counted["ending"],
    }
