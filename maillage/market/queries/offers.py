"""What a cycle offers, for its coordinator: at a glance, beside the cycle before, one offer with its trail."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.db.models import Count, F, Q, QuerySet
from django.http import Http404

from maillage.catalogue.models import Category
from maillage.core.changes import past_of, with_after
from maillage.core.text import Sorting, sorting
from maillage.core.typed import search_words
from maillage.directory.models import Account

from ..models import Cycle, Offer


@dataclass(frozen=True)
class Cell:
    """Formats of one producer in one category: offered (open), and how many of them are out of stock."""

    offers: int
    out: int


@dataclass(frozen=True)
class OfferTable:
    """Categories × producers. `rows`: (producer's public id, name, cells by category, total)."""

    categories: Sequence[tuple[int, str]]
    rows: Sequence[tuple[UUID, str, Sequence[Cell | None], int]]
    totals: Sequence[int]


def offer_table(cycle: Cycle) -> OfferTable:
    """How many formats each producer offers in each top category. Two queries."""
    parents = {c.pk: c for c in Category.objects.all()}
    counts = (
        Offer.objects.filter(cycle=cycle, is_open=True)
        .order_by()
        .values("producer__public_id", "producer_name", "category_id")
        .annotate(n=Count("pk"), out=Count("pk", filter=Q(quantity__isnull=False, sold__gte=F("quantity"))))
    )
    cells: dict[tuple[UUID, str], dict[int, Cell]] = defaultdict(dict)
    for row in counts:
        top = _top(parents, row["category_id"])
        known = cells[row["producer__public_id"], row["producer_name"]]
        before = known.get(top.pk, Cell(0, 0))
        known[top.pk] = Cell(before.offers + row["n"], before.out + row["out"])
    used = {key for by in cells.values() for key in by}
    columns = [c for c in sorted(parents.values(), key=lambda c: (c.position, c.name)) if c.pk in used]
    rows = [
        (public_id, name, [by.get(c.pk) for c in columns], sum(cell.offers for cell in by.values()))
        for (public_id, name), by in sorted(cells.items(), key=lambda item: sorting(item[0][1]))
    ]
    totals = [sum(by[c.pk].offers for by in cells.values() if c.pk in by) for c in columns]
    return OfferTable([(c.pk, _category_name(c)) for c in columns], rows, totals)


def _top(parents: dict[int, Category], key: int) -> Category:
    category = parents[key]
    while category.parent_id is not None:
        category = parents[category.parent_id]
    return category


def _category_name(category: Category) -> str:
    from django.utils.translation import get_language

    return category.name_en if (get_language() or "fr").startswith("en") and category.name_en else category.name


@dataclass(frozen=True)
class OfferMove:
    """An offer beside the one of the cycle before: what is new, gone, or costs another price (members', dollars)."""

    kind: str
    product: str
    format: str
    producer: str
    before: Decimal | None
    after: Decimal | None

    @property
    def change(self) -> Decimal | None:
        """As a fraction of the price before."""
        return (self.after - self.before) / self.before if self.before and self.after is not None else None


@dataclass(frozen=True)
class OfferMoves:
    previous: int | None
    new: Sequence[OfferMove] = ()
    gone: Sequence[OfferMove] = ()
    moved: Sequence[OfferMove] = ()


def offer_moves(cycle: Cycle) -> OfferMoves:
    """What changed in the offer since the cycle before (by number). Two queries."""
    previous = Cycle.objects.filter(market_id=cycle.market_id, number__lt=cycle.number).order_by("-number").first()
    if previous is None:
        return OfferMoves(None)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT CASE WHEN b.id IS NULL THEN 'new' WHEN a.id IS NULL THEN 'gone' ELSE 'moved' END,
                   COALESCE(a.product_name, b.product_name), COALESCE(a.format_name, b.format_name),
                   COALESCE(a.producer_name, b.producer_name), b.member_price, a.member_price
            FROM (SELECT * FROM market_offer WHERE cycle_id = %s AND is_open) a
            FULL JOIN (SELECT * FROM market_offer WHERE cycle_id = %s AND is_open) b USING (format_id)
            WHERE a.id IS NULL OR b.id IS NULL OR a.member_price <> b.member_price
            ORDER BY 4, 2, 3
            """,
            [cycle.pk, previous.pk],
        )
        found = [OfferMove(*row) for row in cursor.fetchall()]
    by_kind: dict[str, list[OfferMove]] = {"new": [], "gone": [], "moved": []}
    for move in found:
        by_kind[move.kind].append(move)
    by_kind["moved"].sort(key=lambda m: abs(m.change or Decimal(0)), reverse=True)
    return OfferMoves(previous.number, by_kind["new"], by_kind["gone"], by_kind["moved"])


def offers_of(
    cycle: Cycle, *, text: str = "", producer: UUID | None = None, state: str = "", categories: Iterable[int] = ()
) -> QuerySet[Offer]:
    """The cycle's offers, filtered: words without accents, a producer, a state (`low`, `closed`, `overridden`)."""
    offers = Offer.objects.filter(cycle=cycle).select_related("format", "producer")
    for word in search_words(text):
        offers = offers.filter(Q(product_name__unaccent__icontains=word) | Q(producer_name__unaccent__icontains=word))
    if producer is not None:
        offers = offers.filter(producer__public_id=producer)
    kept = list(categories)
    if kept:
        offers = offers.filter(category_id__in=kept)
    if state == "low":
        offers = offers.filter(is_open=True, quantity__isnull=False, sold__gte=F("quantity") * Decimal("0.9"))
    elif state == "closed":
        offers = offers.filter(is_open=False)
    elif state == "overridden":
        offers = offers.filter(price_overridden=True)
    return offers.order_by(Sorting("producer_name"), Sorting("product_name"), "pk")


def under(category_id: int) -> list[int]:
    """A category and all below it. One query."""
    children: dict[int | None, list[int]] = defaultdict(list)
    for key, parent in Category.objects.values_list("pk", "parent_id"):
        children[parent].append(key)
    found, queue = [], [category_id]
    while queue:
        key = queue.pop()
        found.append(key)
        queue.extend(children[key])
    return found


@dataclass(frozen=True)
class OfferChange:
    """What an offer became, when, and who changed it."""

    at: datetime
    by: str
    member_price: Decimal
    quantity: Decimal | None
    is_open: bool


def history_of(offer: Offer) -> list[OfferChange]:
    """The last twenty changes of an offer's price, quantity or sale, last first. Two queries.

    What members buy moves `sold` alone, and leaves no change here.
    """
    told = with_after(past_of(Offer, [offer.pk], latest=20), {offer.pk: offer})
    accounts = Account.objects.filter(pk__in={was.account_id for was, _after in told if was.account_id})
    names = {a.pk: a.person.name if hasattr(a, "person") else a.email for a in accounts.select_related("person")}
    return [
        OfferChange(was.at, names.get(was.account_id or 0, ""), after.member_price, after.quantity, after.is_open)
        for was, after in reversed(told)
        if after is not None
    ]


def offer_of(cycle: Cycle, public_id: UUID) -> Offer:
    """An offer of the cycle; Http404 if it is another's."""
    offer = Offer.objects.select_related("format", "producer").filter(cycle=cycle, public_id=public_id).first()
    if offer is None:
        raise Http404
    return offer
