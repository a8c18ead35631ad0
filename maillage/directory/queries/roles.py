"""Who may do what: the roles that an account holds today."""

from datetime import date
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.http import Http404
from django.utils import timezone

from ..models import Account, Organisation, Person, Role
from ..types import Held


def held_roles(*, user: Any, today: date | None = None) -> frozenset[Held]:
    """The roles that `user` holds today; one query for the life of the account object (a request).

    A role in an organisation is one in the duplicates united with it too: their rows stay theirs, and those who worked
    with them go on.
    """
    if not isinstance(user, Account):
        return frozenset()
    known: frozenset[Held] | None = getattr(user, "_held_roles", None)
    if known is None:
        day = today or timezone.localdate()
        rows = Role.objects.filter(person__account=user, during__contains=day).values_list(
            "organisation_id", "organisation__duplicates", "kind"
        )
        known = frozenset(Held(pk, kind) for own, twin, kind in rows for pk in (own, twin) if pk is not None)
        user._held_roles = known  # type: ignore[attr-defined]
    return known


def holds(*, user: Any, organisation_id: int, kinds: tuple[str, ...]) -> bool:
    """Whether `user` holds one of `kinds` in the organisation today. A platform administrator holds all."""
    if isinstance(user, Account) and user.is_platform_admin:
        return True
    return any(h.organisation_id == organisation_id and h.kind in kinds for h in held_roles(user=user))


def organisations_where(*, user: Any, kinds: tuple[str, ...]) -> list[int]:
    """Keys of the organisations where `user` holds one of `kinds` today."""
    return sorted({h.organisation_id for h in held_roles(user=user) if h.kind in kinds})


def organisation_for(*, user: Any, public_id: UUID | str, kinds: tuple[str, ...]) -> Organisation:
    """The organisation, if `user` holds one of `kinds` there; Http404 otherwise (nobody learns that it exists)."""
    organisation = Organisation.objects.filter(public_id=public_id).first()
    if organisation is None or not holds(user=user, organisation_id=organisation.pk, kinds=kinds):
        raise Http404
    return organisation


def address_is_confirmed(*, email: str) -> bool:
    """Whether somebody's account proved that the address is theirs."""
    return bool(EmailAddress.objects.filter(email__iexact=email.strip(), verified=True).exists())


def person_of(*, user: Any) -> Person | None:
    """The person behind an account, if any."""
    return Person.objects.filter(account=user).first() if isinstance(user, Account) else None
