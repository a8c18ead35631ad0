"""Agreements that a person may read, and what they exclude."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404

from maillage.directory.queries import organisations_where

from .models import Agreement, Funder, Stream
from .types import READERS, WRITERS


def agreements_for(
    *, user: Any, on: date | None = None, organisation_ids: list[int] | None = None
) -> QuerySet[Agreement]:
    """Agreements of the organisations where the user directs, manages or keeps the books (of `organisation_ids` among
    them); those in force `on`, if given."""
    ours = organisations_where(user=user, kinds=READERS)
    rows = Agreement.objects.filter(organisation__in=ours)
    if organisation_ids is not None:
        rows = rows.filter(organisation__in=organisation_ids)
    if on is not None:
        rows = rows.filter(during__contains=on)
    return (
        rows.select_related("organisation", "funder__organisation")
        .prefetch_related("streams")
        .order_by("-during", "pk")
    )


def agreement_for(*, user: Any, public_id: UUID | str, to_change: bool = False) -> Agreement:
    """Http404 for outsiders (and for readers, `to_change`)."""
    ours = organisations_where(user=user, kinds=WRITERS if to_change else READERS)
    row = (
        Agreement.objects.filter(organisation__in=ours, public_id=public_id)
        .select_related("organisation", "funder__organisation")
        .prefetch_related("streams", "excludes__funder__organisation")
        .first()
    )
    if row is None:
        raise Http404
    return row


def streams_of(*, organisation_id: int, held: Iterable[int] = ()) -> QuerySet[Stream]:
    """The streams in use of the organisation, and those common to all; those already `held` (keys), even if retired."""
    ours = Q(organisation=None) | Q(organisation=organisation_id)
    return Stream.objects.filter(ours, Q(retired_on=None) | Q(pk__in=held))


def streams_seen(*, organisation_ids: list[int]) -> QuerySet[Stream]:
    """The streams in use of these organisations, and those common to all."""
    return Stream.objects.filter(Q(organisation=None) | Q(organisation__in=organisation_ids), retired_on=None)


def funders() -> QuerySet[Funder]:
    """Every funder, by name."""
    return Funder.objects.select_related("organisation").order_by("organisation__name")
