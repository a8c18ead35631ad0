"""Agreements that a person may read, and what they exclude."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404

from maillage.core.period import Period
from maillage.core.text import Sorting
from maillage.directory.queries import organisations_where

from .models import Accountability, Agreement, Funder, Instalment, Stream
from .types import READERS, WRITERS, Balance


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
        .prefetch_related("streams", "instalments")
        .order_by("-during", "pk")
    )


def agreement_for(*, user: Any, public_id: UUID | str, to_change: bool = False) -> Agreement:
    """Http404 for outsiders (and for readers, `to_change`)."""
    ours = organisations_where(user=user, kinds=WRITERS if to_change else READERS)
    row = (
        Agreement.objects.filter(organisation__in=ours, public_id=public_id)
        .select_related("organisation", "funder__organisation")
        .prefetch_related("streams", "excludes__funder__organisation", "instalments", "accounts")
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
    return Funder.objects.select_related("organisation").order_by(Sorting("organisation__name"))


def balance_of(agreement: Agreement) -> Balance:
    """What was received, what is to come, what no instalment says yet. Needs `instalments`."""
    rows = list(agreement.instalments.all())
    received = sum((i.amount for i in rows if i.received_on), Decimal(0))
    planned = sum((i.amount for i in rows if not i.received_on), Decimal(0))
    left = None if agreement.amount is None else agreement.amount - received
    unplanned = None if left is None else max(Decimal(0), left - planned)
    return Balance(received, planned, left, unplanned)


def year_of(agreement: Agreement, day: date) -> Period:
    """The funder's fiscal year that holds `day`."""
    first = agreement.fiscal_month
    return Period.fiscal_year(day.year - (day.month < first), first_month=first)


def line_for(*, user: Any, kind: type[Instalment | Accountability], public_id: UUID | str) -> Any:
    """An instalment, or an account to give, of an agreement that the user may change; Http404 otherwise."""
    ours = organisations_where(user=user, kinds=WRITERS)
    row = kind._default_manager.filter(agreement__organisation__in=ours, public_id=public_id).first()
    if row is None:
        raise Http404
    return row


def accounts_due(*, organisation_ids: list[int]) -> list[Accountability]:
    """Accounts still to give, the soonest first."""
    rows = Accountability.objects.filter(agreement__organisation__in=organisation_ids, given_on=None)
    return list(rows.select_related("agreement__funder__organisation").order_by("due_on", "pk"))


def accounts_to_remind(*, today: date) -> list[Accountability]:
    """Accounts still to give whose day comes within their days of reminder, nobody reminded yet."""
    rows = Accountability.objects.filter(given_on=None, reminded_on=None, due_on__gte=today, agreement__is_demo=False)
    found = rows.select_related("agreement__funder__organisation", "agreement__organisation")
    return [
        a for a in found.filter(due_on__lte=today + timedelta(days=120)) if (a.due_on - today).days <= a.remind_days
    ]
