"""What the pages of governance share."""

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from maillage.core.numbers import whole
from maillage.core.text import Sorting
from maillage.core.typed import day_of
from maillage.directory.models import Organisation, Person
from maillage.directory.queries import organisations_where, seen_by_name
from maillage.directory.types import SignedIn

from ..models import Term
from ..types import WRITERS


def writes(request: SignedIn, organisation_id: int) -> bool:
    return organisation_id in organisations_where(user=request.user, kinds=WRITERS)


def day_asked(request: HttpRequest, name: str = "le") -> date:
    """The day of `?le=2023-04-01`; today without one, or for anything else."""
    return day_of(request.GET.get(name)) or timezone.localdate()


def people_known(organisation: Organisation) -> QuerySet[Person]:
    """Who may be given a seat: those who hold or held a role or a seat there, by name."""
    sat = Term.objects.filter(seat__body__organisation=organisation, person__isnull=False).values("person_id")
    known = Q(roles__organisation=organisation) | Q(pk__in=sat)
    return (
        Person.objects.filter(known, erased_at=None)
        .distinct()
        .order_by(Sorting("family_name"), Sorting("given_name"), "pk")
    )


def person_chosen(organisation: Organisation, text: Any) -> Person | None:
    """The one of them that a form names; None for nobody, or for anyone else."""
    key = whole(text)
    return people_known(organisation).filter(pk=key).first() if key else None


def organisation_named(request: SignedIn, text: str) -> Organisation | None:
    """The one organisation of the directory with this name (accents forgiven) or NEQ."""
    found = seen_by_name(user=request.user, text=text)
    return found[0] if len(found) == 1 else None
