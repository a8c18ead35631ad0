"""What figure pages read from an address: the organisation, the period, the filters."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, QueryDict

from maillage.core.facts import BadFilter, Fact
from maillage.core.numbers import whole
from maillage.core.period import Period
from maillage.core.templatetags.maillage import colon
from maillage.directory.types import Organisation, SignedIn

from .. import access, wording

OWN = {
    "organisme",
    "debut",
    "fin",
    "dernier",
    "annee",
    "filtrer",
    "page",
    "par",
    "lignes",
    "colonnes",
    "fait",
    "compte",
    "vue",
}


@dataclass(frozen=True)
class YearLink:
    label: str
    query: str
    current: bool


def organisation_of(request: SignedIn, kinds: tuple[str, ...] = access.READERS) -> Organisation | None:
    """The organisation asked by `?organisme=`, or the first. Http404 for one that the user does not read."""
    return access.organisation_asked(user=request.user, public_id=request.GET.get("organisme"), kinds=kinds)


def fiscal_year_of(day: date, first_month: int = 4) -> int:
    return day.year if day.month >= first_month else day.year - 1


def period_asked(query: QueryDict | Mapping[str, Any], today: date) -> Period:
    """`debut` and `fin` (the first day out) or `dernier` (the last day in), or `annee`, or the current year."""
    start, end, last = (
        wording.day_of(query.get("debut")),
        wording.day_of(query.get("fin")),
        wording.day_of(query.get("dernier")),
    )
    if last and last < date.max:  # what a person types: the last day that counts
        end = last + timedelta(days=1)
    if start and end and start < end:
        return Period(start, end)
    year = whole(query.get("annee"))
    if year is not None and 1990 <= year <= 2100:
        return Period.fiscal_year(year)
    return Period.fiscal_year(fiscal_year_of(today))


def year_links(request: SignedIn, period: Period, today: date, *, count: int = 6) -> list[YearLink]:
    """The last fiscal years, as links that keep the other choices."""
    latest = fiscal_year_of(today)
    years = [Period.fiscal_year(y) for y in range(latest, latest - count, -1)]
    if period not in years and period.end:
        years.append(period)
    return [
        YearLink(
            wording.year_name(p),
            with_query(request, debut=p.start, fin=p.end, dernier=None, annee=None, page=None),
            p == period,
        )
        for p in years
    ]


def with_query(request: SignedIn, **changes: Any) -> str:
    """The address's query with some values changed (None takes one away)."""
    query = request.GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = str(value)
    return "?" + query.urlencode()


def filters_asked(query: QueryDict, fact: Fact) -> dict[str, tuple[str, ...]]:
    """The filters of an address that the fact knows; others are passed over."""
    return {name: tuple(query.getlist(name)) for name in query if name in fact.dims and name not in OWN}


@dataclass(frozen=True)
class Chip:
    """An active filter: what it says, and the address without it."""

    label: str
    remove: str


def chips(request: SignedIn, fact: Fact, filters: Mapping[str, tuple[str, ...]]) -> list[Chip]:
    """The active filters in words. Http404 for a value that the dimension cannot have."""
    try:
        return _chips(request, fact, filters)
    except BadFilter as error:
        raise Http404 from error


def _chips(request: SignedIn, fact: Fact, filters: Mapping[str, tuple[str, ...]]) -> list[Chip]:
    return [
        Chip(
            f"{fact.dims[name].label}{colon()} {wording.values_of(fact, name, values)}",
            with_query(request, **{name: None, "page": None}),
        )
        for name, values in filters.items()
    ]


def page_number(request: SignedIn) -> int:
    return whole(request.GET.get("page")) or 1


def query_for(period: Period, **more: Any) -> str:
    pairs = [("debut", period.start.isoformat()), ("fin", period.end.isoformat() if period.end else "")]
    return "?" + urlencode([*pairs, *((k, str(v)) for k, v in more.items() if v is not None)])


def last_day(period: Period) -> date:
    return period.end - timedelta(days=1) if period.end else date.max


def or_404[T](value: T | None) -> T:
    if value is None:
        raise Http404
    return value
