"""Bodies, who sits there on a day, who leaves when; what the public may see."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404
from django.utils import timezone

from maillage.core.text import sorting
from maillage.directory.models import Consent, Organisation
from maillage.directory.queries import organisations_where

from ..actions.bodies import CONSENT
from ..models import Body, BodyKind, Seat, Term
from ..types import READERS, WRITERS, Composition, Held

_ORDER = [BodyKind.BOARD, BodyKind.EXECUTIVE, BodyKind.COMMITTEE, BodyKind.REGIONAL, BodyKind.ADVISORY, BodyKind.STAFF]


def bodies_for(*, user: Any, organisation_ids: list[int] | None = None) -> list[Body]:
    """The bodies of the user's organisations (of `organisation_ids` among them): the board first, the staff last."""
    rows = Body.objects.filter(organisation__in=organisations_where(user=user, kinds=READERS))
    if organisation_ids is not None:
        rows = rows.filter(organisation__in=organisation_ids)
    found = list(rows.select_related("organisation", "territory"))
    return sorted(found, key=lambda b: (sorting(b.organisation.name), _ORDER.index(BodyKind(b.kind)), sorting(b.name)))


def body_for(*, user: Any, public_id: UUID | str, to_change: bool = False) -> Body:
    """Http404 for outsiders."""
    ours = organisations_where(user=user, kinds=WRITERS if to_change else READERS)
    row = Body.objects.filter(organisation__in=ours, public_id=public_id).select_related("organisation", "territory")
    return _one(row)


def seat_for(*, user: Any, public_id: UUID | str, to_change: bool = False) -> Seat:
    """Http404 for outsiders."""
    ours = organisations_where(user=user, kinds=WRITERS if to_change else READERS)
    rows = Seat.objects.filter(body__organisation__in=ours, public_id=public_id)
    return _one(rows.select_related("body__organisation", "represents"))


def term_for(*, user: Any, public_id: UUID | str) -> Term:
    """A term, to change; Http404 otherwise."""
    ours = organisations_where(user=user, kinds=WRITERS)
    rows = Term.objects.filter(seat__body__organisation__in=ours, public_id=public_id)
    return _one(rows.select_related("seat__body__organisation", "person"))


def _one[T: Any](rows: QuerySet[T]) -> T:
    row = rows.first()
    if row is None:
        raise Http404
    return row


def public_bodies(*, slug: str) -> tuple[Organisation, list[Body]]:
    """The bodies that an organisation shows to everyone; Http404 when it shows none."""
    rows = Body.objects.filter(organisation__slug=slug, is_public=True, dissolved_on=None)
    found = sorted(
        rows.select_related("organisation", "territory"), key=lambda b: (_ORDER.index(BodyKind(b.kind)), b.name)
    )
    if not found:
        raise Http404
    return found[0].organisation, found


def composition(body: Body, *, day: date, public: bool = False) -> Composition:
    """The body that day, seat by seat; `public`: with the names of those who agreed, alone."""
    return compositions([body], day=day, public=public)[0]


def compositions(bodies: Iterable[Body], *, day: date, public: bool = False) -> list[Composition]:
    """Each body that day. Two statements, one more for the public."""
    listed = list(bodies)
    there = Q(abolished_on=None) | Q(abolished_on__gt=day)
    terms = Term.objects.filter(during__startswith__lte=day).select_related("person", "organisation", "meeting")
    seats = Seat.objects.filter(there, body__in=listed).select_related("represents")
    rows = list(seats.prefetch_related(Prefetch("terms", queryset=terms.order_by("during"), to_attr="until")))
    named = _agreed([t.person_id for s in rows for t in s.until if t.person_id]) if public else None
    of_body: dict[int, list[Held]] = {}
    for seat in rows:
        if held := _held(seat, day, named):
            of_body.setdefault(seat.body_id, []).append(held)
    return [
        Composition(b, day, tuple(of_body.get(b.pk, ())) if b.dissolved_on is None or day < b.dissolved_on else ())
        for b in listed
    ]


def _held(seat: Seat, day: date, named: set[int] | None) -> Held | None:
    """None for a post or seat that nobody held yet, in a past that it does not belong to."""
    past: list[Term] = seat.until  # type: ignore[attr-defined]
    term = next((t for t in past if t.during.upper is None or t.during.upper > day), None)
    if term is None:
        ended = past[-1].during.upper if past else None
        if not past and timezone.localdate(seat.created_at) > day:
            return None
        return Held(seat, None, vacant_since=ended)
    if term.person is None:
        return Held(seat, term)
    seen = named is None or term.person_id in named
    return Held(seat, term, shown=term.person.name if seen else "")


def _agreed(person_ids: list[int]) -> set[int]:
    """Those whose consent to be named stands."""
    rows = Consent.objects.filter(person__in=person_ids, text__purpose=CONSENT, withdrawn_at=None)
    return set(rows.values_list("person_id", flat=True))


def leaving(*, organisation_ids: list[int], day: date, months: int = 12) -> list[Term]:
    """The terms that end within `months` of `day`, the first to end first."""
    until = day + timedelta(days=round(months * 30.44))
    rows = Term.objects.filter(
        seat__body__organisation__in=organisation_ids,
        seat__abolished_on=None,
        seat__body__dissolved_on=None,
        during__contains=day,
        during__endswith__lte=until,
    )
    found = rows.select_related("seat__body", "person", "organisation")
    return sorted(found, key=lambda t: (t.during.upper, t.seat.order))


def history_of_seat(seat: Seat) -> list[Term]:
    """Everyone who held the seat, the latest first."""
    rows = seat.terms.select_related("person", "organisation", "meeting__body", "election")
    return list(rows.order_by("-during"))
