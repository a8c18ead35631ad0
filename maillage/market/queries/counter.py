"""Orders as the market's staff handle them: those of a cycle, one entered for a member by phone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, Q, QuerySet, When
from django.http import Http404

from maillage.core.money import ZERO
from maillage.core.text import Sorting
from maillage.core.typed import search_text, search_words
from maillage.directory.models import Organisation, Person, Role
from maillage.directory.types import BUYERS
from maillage.ledger import queries as ledger
from maillage.ledger.types import AccountKind
from maillage.membership import queries as memberships
from maillage.membership.models import Membership

from .. import sql
from ..drafting import Draft, draft
from ..models import Cycle, Market, Offer, Order, OrderState
from ..models.order import HOLDER, Party, party
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
    numbers = _numbers(cycle.market, {o.holder for o in made})
    rows = [Placed(o, vars(o)["line_count"], numbers.get(o.holder)) for o in made]
    return matching(rows, text, name=lambda r: r.name, numbers=lambda r: (r.order.number, r.member_number))


def _numbers(market: Market, holders: Iterable[int]) -> dict[int, int]:
    """Member numbers of people, and of organisations (minus their key)."""
    rows = Membership.objects.filter(organisation_id=market.organisation_id, holder__in=list(holders))
    return dict(rows.order_by("during").values_list("holder", "number"))


# --- for whom ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Buyer:
    """Someone for whom an order may be entered, in their own name or in that of an organisation that they buy for.

    `order`: the one that they (or the organisation) have in the cycle already.
    """

    person: Person
    organisation: Organisation | None = None
    number: int | None = None
    is_member: bool = False
    order: Order | None = None

    @property
    def name(self) -> str:
        return self.organisation.name if self.organisation else self.person.name

    @property
    def organisation_id(self) -> int | None:
        return self.organisation.pk if self.organisation else None

    @property
    def holder(self) -> int:
        return -self.organisation.pk if self.organisation else self.person.pk

    @property
    def account(self) -> Party:
        return party(self.person.pk, self.organisation_id)


def people_who_buy(market: Market) -> QuerySet[Person]:
    """Members of the market's organisation, past ones too, whoever ordered there, and those who buy for a member."""
    members = Membership.objects.filter(organisation_id=market.organisation_id).values("person_id")
    bought = Order.objects.filter(cycle__market=market).order_by().values("person_id")
    for_others = Role.objects.filter(organisation__in=organisations_that_buy(market), kind__in=BUYERS).order_by()
    known = Q(pk__in=members) | Q(pk__in=bought) | Q(pk__in=for_others.values("person_id"))
    return Person.objects.filter(known, erased_at=None)


def organisations_that_buy(market: Market) -> QuerySet[Organisation]:
    """Organisations that are members of the market's own, past ones too."""
    members = Membership.objects.filter(organisation_id=market.organisation_id, member_organisation__isnull=False)
    return Organisation.objects.filter(pk__in=members.order_by().values("member_organisation_id"), merged_into=None)


def find_buyers(cycle: Cycle, text: str, *, today: date) -> list[Buyer]:
    """At most 12 people by name (accents and a typo forgiven), member number, e-mail or telephone, each followed by the
    organisations that they buy for; and organisations by name or member number, with who buys for them.
    """
    people, text = people_who_buy(cycle.market), search_text(text)
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
    pairs: list[tuple[Person, Organisation | None]] = [(person, None) for person in found[:MOST]]
    pairs += _for_organisations(cycle.market, found[:MOST], text, today)
    return _buyers(cycle, pairs, today)


def _for_organisations(market: Market, people: list[Person], text: str, today: date) -> list[tuple[Person, Any]]:
    """Who may buy today for the market's organisations of that name or number, or for those of `people`."""
    organisations = {o.pk: o for o in organisations_that_buy(market)}
    if not organisations:
        return []
    numbers = _numbers(market, [-pk for pk in organisations]) if text.strip().isdigit() else {}
    named = matching(list(organisations.values()), text, name=lambda o: o.name, numbers=lambda o: (numbers.get(-o.pk),))
    keys, mine = {o.pk for o in named[:MOST]}, {p.pk for p in people}
    roles = Role.objects.filter(organisation__in=organisations, kind__in=BUYERS, during__contains=today)
    roles = roles.filter(Q(organisation__in=keys) | Q(person__in=mine), person__erased_at=None)
    by_key: dict[tuple[int, int], tuple[Person, Any]] = {}
    for role in roles.select_related("person").order_by(Sorting("organisation__name"), "pk"):
        by_key.setdefault((role.organisation_id, role.person_id), (role.person, organisations[role.organisation_id]))
    return list(by_key.values())[:MOST]


def buyer_for(cycle: Cycle, public_id: UUID, organisation: UUID | None = None, *, today: date) -> Buyer:
    """One of those people, or of the organisations that they buy for; Http404 for anyone else."""
    person = people_who_buy(cycle.market).filter(public_id=public_id).first()
    if person is None:
        raise Http404
    theirs = None
    if organisation is not None:
        roles = Role.objects.filter(person=person, kind__in=BUYERS, during__contains=today)
        theirs = organisations_that_buy(cycle.market).filter(
            public_id=organisation, pk__in=roles.values("organisation_id")
        ).first()  # fmt: skip
        if theirs is None:
            raise Http404
    return _buyers(cycle, [(person, theirs)], today)[0]


def _buyers(cycle: Cycle, pairs: list[tuple[Person, Organisation | None]], today: date) -> list[Buyer]:
    buyers = [Buyer(person, organisation) for person, organisation in pairs]
    holders = [b.holder for b in buyers]
    current = set(
        memberships.members_of(cycle.market.organisation_id, today)
        .filter(holder__in=holders)
        .values_list("holder", flat=True)
    )
    numbers = _numbers(cycle.market, holders)
    live = Order.objects.filter(cycle=cycle).exclude(state=OrderState.CANCELLED)
    live = live.annotate(of=HOLDER).filter(of__in=holders).select_related("slot")
    orders = {order.holder: order for order in live}
    return [
        replace(b, number=numbers.get(b.holder), is_member=b.holder in current, order=orders.get(b.holder))
        for b in buyers
    ]


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
    named = Case(When(product_name__unaccent__icontains=search_words(text)[0], then=0), default=1)
    return list(rows.defer("search").order_by(named, "product_name", "producer_name", "pk")[: FOUND + 1])


def last_choices(market: Market, buyer: Buyer) -> Order | None:
    """Where and how they bought the last time."""
    rows = Order.objects.filter(cycle__market=market, buyer=buyer.organisation).select_related("slot")
    rows = rows if buyer.organisation else rows.filter(person=buyer.person)
    return rows.order_by("-placed_at").first()


def balance_of(market: Market, account: Party) -> Decimal:
    """Dollars that the member owes the market (negative: prepaid)."""
    book = ledger.book_of(market.organisation_id)
    return ledger.balance(book.pk, AccountKind.MEMBER, **account) if book else ZERO
