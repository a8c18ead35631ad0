"""Public reads of membership. `today` may be any past date: the status that day is the answer."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Subquery, When
from django.http import Http404

from maillage.core.numbers import whole
from maillage.directory.models import Organisation, Person

from .models import MemberClass, Membership
from .types import Status


def is_member(person_id: int, organisation_id: int, today: date) -> bool:
    """Whether the person is a member that day. One query."""
    return Membership.objects.filter(
        person_id=person_id, organisation_id=organisation_id, during__contains=today
    ).exists()


def membership_of(person_id: int, organisation_id: int, today: date) -> Membership | None:
    """The membership in force that day, or None."""
    return (
        Membership.objects.filter(person_id=person_id, organisation_id=organisation_id, during__contains=today)
        .select_related("member_class")
        .first()
    )


def members_of(organisation_id: int, today: date) -> QuerySet[Membership]:
    """Memberships in force that day, with person and class, by member number."""
    return (
        Membership.objects.filter(organisation_id=organisation_id, during__contains=today)
        .select_related("person", "member_class")
        .order_by("number")
    )


def memberships_of_person(person_id: int) -> QuerySet[Membership]:
    """Everything that the person was or is a member of, the latest first."""
    return (
        Membership.objects.filter(person_id=person_id)
        .select_related("member_class", "organisation", "fee_transaction")
        .order_by("-during")
    )


def status_of(person_id: int, organisation_id: int, today: date) -> Status:
    """The person's status that day."""
    rows = Membership.objects.filter(person_id=person_id, organisation_id=organisation_id)
    return _status([m.during for m in rows], today)


def _status(periods: list[Any], today: date) -> Status:
    if any(today in period for period in periods):
        return Status.ACTIVE
    if any(period.upper and period.upper <= today for period in periods):
        return Status.EXPIRED
    return Status.UPCOMING if periods else Status.NEVER


def register(organisation_id: int, *, today: date, status: str = "", search: str = "") -> QuerySet[Membership]:
    """One row a person: their last membership begun by `today` (or else the next one), with person and class.

    `status` is "active", "expired" or "" for all; `search` reads names, e-mail and number, without accents.
    """
    latest = (
        Membership.objects.filter(organisation_id=organisation_id, person_id=OuterRef("person_id"))
        .order_by(Case(When(during__startswith__lte=today, then=0), default=1), "-during")
        .values("pk")[:1]
    )
    rows = Membership.objects.filter(organisation_id=organisation_id, pk=Subquery(latest))
    if status == Status.ACTIVE:
        rows = rows.filter(during__contains=today)
    elif status == Status.EXPIRED:
        rows = rows.filter(during__fully_lt=(today, None))
    for word in search.split():
        number = whole(word.lstrip("#"))
        if number is not None:
            rows = rows.filter(number=number)
        else:
            rows = rows.filter(
                Q(person__given_name__unaccent__icontains=word)
                | Q(person__family_name__unaccent__icontains=word)
                | Q(person__email__icontains=word)
            )
    return rows.select_related("person", "member_class").order_by("number")


def classes_of(organisation_id: int, *, only_open: bool = False) -> QuerySet[MemberClass]:
    """Classes of the organisation, the least expensive first."""
    rows = MemberClass.objects.filter(organisation_id=organisation_id)
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
        person_id=OuterRef("person_id"),
        during__startswith__gte=OuterRef("during__endswith"),
    )
    return (
        Membership.objects.filter(during__endswith__gt=start, during__endswith__lte=end, reminded_on=None)
        .filter(~Exists(following))
        .exclude(person__email="")
        .select_related("person", "organisation", "member_class")
        .order_by("pk")
    )


def people_known(organisation_id: int, emails: list[str]) -> dict[str, Person]:
    """People by e-mail in lower case, among those given."""
    return {p.email.lower(): p for p in Person.objects.filter(email__in=emails)}


def latest_of(person_id: int, organisation_id: int) -> Membership | None:
    """The person's last membership in the organisation, whatever its dates."""
    return memberships_of_person(person_id).filter(organisation_id=organisation_id).first()


def counts(organisation_id: int, *, today: date) -> dict[str, int]:
    """People by status that day: `active`, `expired`, and `ending` (within 30 days, among the active)."""
    rows = Membership.objects.filter(organisation_id=organisation_id)
    active = Q(during__contains=today)
    ending = active & Q(during__endswith__lte=today + timedelta(days=30))
    counted = rows.aggregate(
        active=Count("person", distinct=True, filter=active),
        begun=Count("person", distinct=True, filter=Q(during__startswith__lte=today)),
        ending=Count("person", distinct=True, filter=ending),
    )
    return {
        "active": counted["active"],
        "expired": counted["begun"] - counted["active"],
        "ending": counted["ending"],
    }
