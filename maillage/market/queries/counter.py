"""Orders as the market's staff handle them: those of a cycle, one entered for a member by phone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Case, Count, Q, QuerySet, When
from django.http import Http404

from maillage.core.money import ZERO
from maillage.directory.models import Person
from maillage.ledger import queries as ledger
from maillage.ledger.types import AccountKind
from maillage.membership import queries as memberships
from maillage.membership.models import Membership

from .. import sql
from ..drafting import Draft, draft
from ..models import Cycle, Market, Offer, Order, OrderState
from ..names import MOST, matching
from .offers import offers_of

FOUND = 8


@dataclass(frozen=True)
class Placed:
    """An order in the list of a cycle."""

    order: Order
    lines: int
    member_number: int | None

    @property
    def name(self) -> str:
        return self.order.holder_name


def orders_in(cycle: Cycle, *, text: str = "", slot: UUID | None = None, state: str = "") -> list[Placed]:
    """The cycle's orders, last first, found by name (a typo forgiven), order or member number. Two queries."""
    orders = (
        Order.objects.filter(cycle=cycle)
        .select_related("person", "buyer", "slot")
        .annotate(line_count=Count("lines", filter=Q(lines__quantity__gt=0)))
        .order_by("-number")
    )
    if slot is not None:
        orders = orders.filter(slot__public_id=slot)
    orders = orders.filter(state=state) if state in OrderState.values else orders
    made = list(orders)
    numbers = _numbers(cycle.market, [o.person_id for o in made])
    rows = [Placed(o, vars(o)["line_count"], numbers.get(o.person_id)) for o in made]
    return matching(rows, text, name=lambda r: r.name, numbers=lambda r: (r.order.number, r.member_number))


def _numbers(market: Market, people: Sequence[int]) -> dict[int, int]:
    rows = Membership.objects.filter(organisation_id=market.organisation_id, person__in=people)
    return dict(rows.values_list("person_id", "number"))


# --- for whom ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Buyer:
    """Someone for whom an order may be entered. `order`: the one they have in the cycle already."""

    person: Person
    number: int | None
    is_member: bool
    order: Order | None = None

    @property
    def name(self) -> str:
        return self.person.name


def people_who_buy(market: Market) -> QuerySet[Person]:
    """Members of the market's organisation, past ones too, and whoever ordered there."""
    members = Membership.objects.filter(organisation_id=market.organisation_id).values("person_id")
    bought = Order.objects.filter(cycle__market=market).order_by().values("person_id")
    return Person.objects.filter(Q(pk__in=members) | Q(pk__in=bought), erased_at=None)


def find_buyers(cycle: Cycle, text: str, *, today: date) -> list[Buyer]:
    """At most 12 people by name (accents and a typo forgiven), member number, e-mail or telephone."""
    people = people_who_buy(cycle.market)
    digits = "".join(c for c in text if c.isdigit())
    if "@" in text:
        found = list(people.filter(email__icontains=text.strip())[:MOST])
    elif len(digits) >= 7:
        last = digits[-7:]
        found = [p for p in people.exclude(phone="") if "".join(c for c in p.phone if c.isdigit()).endswith(last)]
    else:
        names = list(people.values_list("pk", "given_name", "family_name"))
        numbers = _numbers(cycle.market, [pk for pk, _given, _family in names]) if text.strip().isdigit() else {}
        near = matching(names, text, name=lambda r: f"{r[1]} {r[2]}", numbers=lambda r: (numbers.get(r[0]),))
        found = list(Person.objects.filter(pk__in=[r[0] for r in near[: MOST * 2]]))
    return _buyers(cycle, found[:MOST], today)


def buyer_for(cycle: Cycle, public_id: UUID, *, today: date) -> Buyer:
    """One of those people; Http404 for anyone else."""
    person = people_who_buy(cycle.market).filter(public_id=public_id).first()
    if person is None:
        raise Http404
    return _buyers(cycle, [person], today)[0]


def _buyers(cycle: Cycle, people: list[Person], today: date) -> list[Buyer]:
    keys = [p.pk for p in people]
    current = set(
        memberships.members_of(cycle.market.organisation_id, today)
        .filter(person__in=keys)
        .values_list("person", flat=True)
    )
    numbers = _numbers(cycle.market, keys)
    live = Order.objects.filter(cycle=cycle, person__in=keys, buyer=None).exclude(state=OrderState.CANCELLED)
    orders = {o.person_id: o for o in live.select_related("slot")}
    return [Buyer(p, numbers.get(p.pk), p.pk in current, orders.get(p.pk)) for p in people]


# --- what they order --------------------------------------------------------------------------------------------------


def held_by(order: Order) -> dict[int, Decimal]:
    """Pieces by offer in the order. One query."""
    return dict(order.lines.filter(quantity__gt=0).values_list("offer_id", "quantity"))


def entered_draft(cycle: Cycle, order: Order | None, quantities: dict[int, Decimal], *, delivery: Decimal) -> Draft:
    """The order that the entered quantities make; what cannot be had is told. One statement."""
    params = {
        "cycle": cycle.pk, "order": order.pk if order else None,
        "offers": list(quantities), "quantities": list(quantities.values()),
    }  # fmt: skip
    return draft(sql.rows(sql.READ_GIVEN, params), adding=False, delivery=delivery)


def offers_found(cycle: Cycle, text: str, *, without: Sequence[int]) -> list[Offer]:
    """Open offers that have those words, not in the order yet: by the product's name before the producer's. One query.

    One more than `FOUND` when there are more.
    """
    if not text.strip():
        return []
    rows = offers_of(cycle, text=text).filter(is_open=True).exclude(pk__in=list(without))
    named = Case(When(product_name__unaccent__icontains=text.split()[0], then=0), default=1)
    return list(rows.defer("search").order_by(named, "product_name", "producer_name", "pk")[: FOUND + 1])


def last_choices(market: Market, person_id: int) -> Order | None:
    """Where and how they bought the last time."""
    rows = Order.objects.filter(cycle__market=market, person=person_id, buyer=None).select_related("slot")
    return rows.order_by("-placed_at").first()


def balance_of(market: Market, person_id: int) -> Decimal:
    """Dollars that the person owes the market (negative: prepaid)."""
    book = ledger.book_of(market.organisation_id)
    return ledger.balance(book.pk, AccountKind.MEMBER, person_id=person_id) if book else ZERO
