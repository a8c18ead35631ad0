"""The shop: a market and its open cycle, its offers by page, its facets, a member's cart. Tuples, few statements."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.http import Http404
from django.utils import timezone
from django.utils.translation import get_language

from maillage.catalogue.search import known_words, near
from maillage.core.memo import Memo
from maillage.core.quantity import Temperature
from maillage.core.text import sorting
from maillage.core.typed import search_words
from maillage.directory.models import Account, Organisation
from maillage.directory.types import BUYERS

from .. import sql
from ..models import Cycle, CycleState, Market

PAGE = 24
FEW = Decimal(5)
"""At most so many pieces left are told."""


class Shop(NamedTuple):
    """A market as a visitor meets it: its terms, its open cycle (or the next one), and who looks."""

    market_id: int
    slug: str
    name: str
    summary: str
    margin_mode: str
    margin_rate: Decimal
    membership_required: bool
    payment_methods: list[str]
    credit_limit: Decimal
    order_minimum: Decimal
    interac_email: str
    is_demo: bool
    organisation_id: int
    organisation_public_id: UUID
    book_id: int | None
    cycle_id: int | None
    cycle_number: int | None
    state: str | None
    opens_at: datetime | None
    closes_at: datetime | None
    delivered_on: date | None
    note: str | None
    offers_version: int | None
    person_id: int | None
    is_member: bool
    in_cart: int
    order_public_id: UUID | None
    order_id: int | None
    buyer_id: int | None
    buyer_name: str | None
    buyers: list[dict[str, str]] | None

    @property
    def holder(self) -> int | None:
        """Whose orders these are, as one number: the person, or minus the organisation."""
        return self.person_id if self.buyer_id is None else -self.buyer_id

    def is_open(self, now: datetime) -> bool:
        return self.state == "open" and self.closes_at is not None and now < self.closes_at

    @property
    def may_order(self) -> bool:
        return self.person_id is not None and (self.is_member or not self.membership_required)


_BUYS = "role.kind = ANY(%(buyers)s::text[]) AND role.during @> %(today)s::date"
_SHOP = f"""
SELECT market.id, market.slug, market.name, market.summary, market.margin_mode, market.margin_rate,
       market.membership_required, market.payment_methods, market.credit_limit, market.order_minimum,
       market.interac_email, market.is_demo, market.organisation_id, organisation.public_id, book.id,
       cycle.id, cycle.number, cycle.state, cycle.opens_at, cycle.closes_at, cycle.delivered_on, cycle.note,
       cycle.offers_version, person.id,
       EXISTS (SELECT FROM membership_membership member
               WHERE member.organisation_id = market.organisation_id
                 AND member.holder = coalesce(buyer.id * -1, person.id)
                 AND member.during @> %(today)s::date),
       (SELECT count(*) FROM market_cartline line JOIN market_cart cart ON cart.id = line.cart_id
         WHERE cart.cycle_id = cycle.id AND cart.person_id = person.id),
       standing.public_id, standing.id, buyer.id, buyer.name,
       (SELECT json_agg(json_build_object('id', theirs.public_id, 'name', theirs.name) ORDER BY theirs.name)
          FROM directory_organisation theirs
         WHERE theirs.id <> market.organisation_id AND theirs.merged_into_id IS NULL AND theirs.id IN (
             SELECT role.organisation_id FROM directory_role role WHERE role.person_id = person.id AND {_BUYS}))
FROM market_market market
JOIN directory_organisation organisation ON organisation.id = market.organisation_id
LEFT JOIN ledger_book book ON book.organisation_id = market.organisation_id
LEFT JOIN LATERAL (
    SELECT * FROM market_cycle cycle WHERE cycle.market_id = market.id AND cycle.state IN ('open', 'draft')
    ORDER BY cycle.state DESC, cycle.closes_at LIMIT 1
) cycle ON true
LEFT JOIN directory_person person ON person.account_id = %(account)s
LEFT JOIN LATERAL (
    SELECT organisation.id, organisation.name FROM market_buyingfor chosen
    JOIN directory_organisation organisation ON organisation.id = chosen.organisation_id
    WHERE chosen.market_id = market.id AND chosen.person_id = person.id AND EXISTS (
        SELECT FROM directory_role role
        WHERE role.person_id = person.id AND role.organisation_id = organisation.id AND {_BUYS})
) buyer ON true
LEFT JOIN market_order standing
       ON standing.cycle_id = cycle.id AND standing.state <> 'cancelled'
      AND coalesce(standing.buyer_id * -1, standing.person_id) = coalesce(buyer.id * -1, person.id)
WHERE market.slug = %(slug)s
"""  # noqa: S608 - the piece is the constant above


_KINDS = sql.array(kind.value for kind in BUYERS)


def shop_of(*, user: Any, slug: str, now: datetime) -> Shop:
    """The market of that address and its current cycle, for anyone; Http404 without such a market. One statement."""
    account = user.pk if isinstance(user, Account) else None
    found = sql.rows(_SHOP, {"slug": slug, "account": account, "today": timezone.localdate(now), "buyers": _KINDS})
    if not found:
        raise Http404
    return Shop._make(found[0])


def visible_markets(*, now: datetime) -> QuerySet[Market]:
    """Every market, for anyone; those that take orders first, each with `closes_at` then."""
    taking = Cycle.objects.filter(market=OuterRef("pk"), state=CycleState.OPEN, opens_at__lte=now, closes_at__gt=now)
    return (
        Market.objects.select_related("organisation")
        .annotate(closes_at=Subquery(taking.order_by("closes_at").values("closes_at")[:1]))
        .order_by(F("closes_at").asc(nulls_last=True), "name")
    )


# --- offers by page -----------------------------------------------------------------------------------------------

SUGGESTED = ""
SORTS = {
    SUGGESTED: "rank, id",
    "nom": "immutable_unaccent(lower(product_name)), product_name, id",
    "prix": "member_price, product_name, id",
    "unite": "(CASE WHEN by_weight THEN member_price ELSE member_price / content END), product_name, id",
    "producteur": "immutable_unaccent(lower(producer_name)), immutable_unaccent(lower(product_name)), id",
}


@dataclass(frozen=True)
class Filters:
    """What a visitor asked of the shop; unknown values are ignored."""

    text: str = ""
    category: str = ""
    producer: int | None = None
    label: str = ""
    temperature: str = ""
    in_stock: bool = False
    sort: str = SUGGESTED
    page: int = 1

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "Filters":
        def number(name: str) -> int | None:
            value = query.get(name, "")
            return int(value) if value.isascii() and value.isdigit() and len(value) < 12 else None

        text = " ".join(search_words(query.get("q")))
        temperature, sort = query.get("temperature", ""), query.get("tri", SUGGESTED)
        return cls(
            text=text if any(letter.isalnum() for letter in text) else "",
            category=query.get("rayon", "")[:80],
            producer=number("producteur"),
            label=query.get("etiquette", "")[:40],
            temperature=temperature if temperature in Temperature.values else "",
            in_stock=query.get("stock") == "1",
            sort=sort if sort in SORTS else SUGGESTED,
            page=min(max(number("page") or 1, 1), 500),
        )

    @property
    def any(self) -> bool:
        return bool(self.text or self.category or self.producer or self.label or self.temperature or self.in_stock)


class OfferRow(NamedTuple):
    id: int
    product_name: str
    format_name: str
    producer_id: int
    producer_name: str
    category_id: int
    picture: str
    labels: tuple[str, ...]
    temperature: str
    tax_class: str
    content: Decimal
    content_unit: str
    by_weight: bool
    deposit: Decimal
    member_price: Decimal
    producer_price: Decimal
    quantity: Decimal | None
    sold: Decimal
    max_per_member: Decimal | None
    step: Decimal
    product: UUID

    @property
    def left(self) -> Decimal | None:
        return None if self.quantity is None else self.quantity - self.sold


_PRODUCT = """
    (SELECT product.public_id FROM catalogue_productformat format
       JOIN catalogue_product product ON product.id = format.product_id WHERE format.id = market_offer.format_id)
"""
_COLUMNS = ", ".join(OfferRow._fields[:-1])
OFFER_COLUMNS = f"{_COLUMNS}, {_PRODUCT}"
"""What makes an `OfferRow` of a row of `market_offer`; the product is looked up for the few rows of a page only."""


def offer_row(row: tuple[Any, ...]) -> OfferRow:
    return OfferRow._make((*row[:7], tuple(row[7]), *row[8:]))


@dataclass(frozen=True)
class OfferPage:
    rows: list[OfferRow]
    number: int
    has_next: bool

    @property
    def previous(self) -> int:
        return self.number - 1

    @property
    def next(self) -> int:
        return self.number + 1


def offers_page(*, cycle_id: int, filters: Filters, facets: "Facets") -> OfferPage:
    """One page of the open offers of a cycle, filtered and sorted. One statement; a second one if words find nothing:
    they are then taken for unfinished or misspelt.
    """
    statement, params = _listed(cycle_id, filters, facets)
    params["text"] = filters.text
    found = sql.rows(statement.format(query="websearch_to_tsquery"), params)
    if filters.text and not found:
        params["text"] = near(filters.text, facets.words)
        found = sql.rows(statement.format(query="to_tsquery"), params)
    rows = [offer_row(row) for row in found]
    return OfferPage(rows[:PAGE], filters.page, has_next=len(rows) > PAGE)


_CONDITIONS = {
    "category": "category_id = ANY(%(category)s)",
    "producer": "producer_id = %(producer)s",
    "label": "labels @> ARRAY[%(label)s]::varchar[]",
    "temperature": "temperature = %(temperature)s",
    "in_stock": "(quantity IS NULL OR quantity > sold)",
}


def _listed(cycle_id: int, filters: Filters, facets: "Facets") -> tuple[str, dict[str, Any]]:
    """The statement that lists the offers: one text for each set of filters and page, so that the server plans it once,
    knowing how few rows are wanted of it.

    With words, `{query}` is the function that reads them; the best come first unless another order is asked for.
    """
    asked = _asked(filters, facets)
    conditions = "".join(f" AND {condition}" for name, condition in _CONDITIONS.items() if name in asked)
    words, order = "", SORTS[filters.sort]
    if filters.text:
        words = ", {query}('public.fr_unaccent', %(text)s) words"
        conditions += " AND search @@ words"
        order = order if filters.sort else f"ts_rank(search, words) DESC, {order}"
    page = (
        f"SELECT {_COLUMNS}, format_id FROM market_offer{words} "  # noqa: S608 - columns and conditions
        f"WHERE cycle_id = %(cycle)s AND is_open{conditions} ORDER BY {order} "
        f"LIMIT {PAGE + 1} OFFSET {(filters.page - 1) * PAGE}"
    )
    statement = f"SELECT {OFFER_COLUMNS} FROM ({page}) market_offer"  # noqa: S608 - products of this page's rows alone
    return statement, asked | {"cycle": cycle_id}


def _asked(filters: Filters, facets: "Facets") -> dict[str, Any]:
    asked = {
        "category": facets.descendants(filters.category) if filters.category else None,
        "producer": filters.producer,
        "label": filters.label or None,
        "temperature": filters.temperature or None,
        "in_stock": filters.in_stock or None,
    }
    return {name: value for name, value in asked.items() if value is not None}


# --- facets: counted once per version of the offers ---------------------------------------------------------------


class Choice(NamedTuple):
    """A value of a facet: what the address says, what people read, how many offers."""

    value: str
    name: str
    many: int


@dataclass
class Aisle:
    """A category with offers in it or below it."""

    id: int
    slug: str
    name: str
    icon: str
    count: int = 0
    children: list["Aisle"] = field(default_factory=list)

    def ids(self) -> list[int]:
        return [self.id, *(i for child in self.children for i in child.ids())]


@dataclass
class Facets:
    """What the open offers of a cycle can be browsed by."""

    total: int
    aisles: list[Aisle]
    by_slug: dict[str, Aisle]
    icons: dict[int, str]
    producers: list[Choice]
    labels: list[Choice]
    temperatures: list[Choice]
    words: list[str]

    def descendants(self, slug: str) -> list[int]:
        """Keys of the category and of all below it; none for an unknown one."""
        aisle = self.by_slug.get(slug)
        return aisle.ids() if aisle else []

    def label_names(self) -> dict[str, str]:
        return {choice.value: choice.name for choice in self.labels}


_COUNTS = """
SELECT category_id, producer_id, max(producer_name), temperature, count(*) FROM market_offer
WHERE cycle_id = %(cycle)s AND is_open
GROUP BY GROUPING SETS ((category_id), (producer_id), (temperature), ())
"""
_NAMES = """
SELECT DISTINCT unnest(ARRAY[product_name, producer_name]) FROM market_offer WHERE cycle_id = %(cycle)s AND is_open
"""
_LABELS = """
SELECT used.code, coalesce(label.name, used.code), coalesce(nullif(label.name_en, ''), label.name, used.code), used.many
FROM (SELECT unnest(labels) AS code, count(*) AS many FROM market_offer
      WHERE cycle_id = %(cycle)s AND is_open GROUP BY 1) used
LEFT JOIN catalogue_label label ON label.code = used.code ORDER BY used.many DESC, 2
"""
_CATEGORIES = """
SELECT id, parent_id, slug, name, coalesce(nullif(name_en, ''), name), icon FROM catalogue_category
ORDER BY position, name
"""
_kept: Memo[Facets] = Memo(64)


def facets_of(*, cycle_id: int, version: int) -> Facets:
    """What the cycle can be browsed by, kept in the process per `offers_version` and language. 0 or 4 statements."""
    language = get_language() or "fr"
    return _kept.get((cycle_id, version, language), lambda: _count_facets(cycle_id, english=language.startswith("en")))


def _count_facets(cycle_id: int, *, english: bool) -> Facets:
    by_category: dict[int, int] = {}
    producers, temperatures, total = [], {}, 0
    for category, producer, producer_name, temperature, many in sql.rows(_COUNTS, {"cycle": cycle_id}):
        if category is not None:
            by_category[category] = many
        elif producer is not None:
            producers.append(Choice(str(producer), producer_name, many))
        elif temperature is not None:
            temperatures[temperature] = many
        else:
            total = many
    aisles, by_slug, icons = _tree(by_category, english=english)
    return Facets(
        total=total,
        aisles=aisles,
        by_slug=by_slug,
        icons=icons,
        producers=sorted(producers, key=lambda choice: sorting(choice.name)),
        labels=[Choice(c, en if english else fr, many) for c, fr, en, many in sql.rows(_LABELS, {"cycle": cycle_id})],
        temperatures=[
            Choice(value, str(Temperature(value).label), temperatures[value])
            for value in Temperature.values
            if value in temperatures
        ],
        words=known_words(name for (name,) in sql.rows(_NAMES, {"cycle": cycle_id})),
    )


def _tree(counts: Mapping[int, int], *, english: bool) -> tuple[list[Aisle], dict[str, Aisle], dict[int, str]]:
    """Categories as a tree, those without any offer pruned; each counts what is below it."""
    rows = sql.rows(_CATEGORIES, {})
    nodes = {i: Aisle(i, slug, en if english else fr, icon, counts.get(i, 0)) for i, _p, slug, fr, en, icon in rows}
    roots: list[Aisle] = []
    for i, parent, *_rest in rows:
        (nodes[parent].children if parent in nodes else roots).append(nodes[i])

    def prune(aisle: Aisle) -> int:
        aisle.children = [child for child in aisle.children if prune(child)]
        aisle.count += sum(child.count for child in aisle.children)
        return aisle.count

    kept = [root for root in roots if prune(root)]
    parents = {i: p for i, p, *_rest in rows}

    def icon(i: int | None) -> str:
        while i is not None:
            if nodes[i].icon:
                return nodes[i].icon
            i = parents[i]
        return ""

    return kept, {a.slug: a for a in nodes.values() if a.count}, {i: icon(i) for i in nodes}


# --- the cart -----------------------------------------------------------------------------------------------------

_CART = """
SELECT line.offer_id, line.quantity, offer.member_price, offer.content, offer.by_weight
FROM market_cartline line
JOIN market_cart cart ON cart.id = line.cart_id
JOIN market_offer offer ON offer.id = line.offer_id
WHERE cart.cycle_id = %(cycle)s AND cart.person_id = %(person)s
"""


@dataclass(frozen=True)
class CartSummary:
    """Pieces by offer and their goods in dollars, before taxes and deposits."""

    quantities: dict[int, Decimal]
    goods: Decimal

    @property
    def count(self) -> int:
        return len(self.quantities)


def cart_summary(*, cycle_id: int | None, person_id: int | None) -> CartSummary:
    """A member's cart of a cycle, in short. One statement; none without a person."""
    if cycle_id is None or person_id is None:
        return CartSummary({}, Decimal("0.00"))
    goods, quantities = Decimal("0.00"), {}
    for offer, quantity, price, content, by_weight in sql.rows(_CART, {"cycle": cycle_id, "person": person_id}):
        quantities[offer] = quantity
        goods += (price * quantity * (content if by_weight else 1)).quantize(Decimal("0.01"))
    return CartSummary(quantities, goods)


_LAST = """
SELECT held.product_name, sum(line.quantity), max(offer.id) FILTER (WHERE offer.is_open)
FROM market_orderline line
JOIN market_offer held ON held.id = line.offer_id
LEFT JOIN market_offer offer ON offer.cycle_id = %(cycle)s AND offer.format_id = held.format_id
WHERE line.order_id = (
    SELECT o.id FROM market_order o JOIN market_cycle c ON c.id = o.cycle_id
    WHERE coalesce(o.buyer_id * -1, o.person_id) = %(holder)s
      AND (o.person_id = %(holder)s OR o.buyer_id = -(%(holder)s))
      AND c.market_id = %(market)s AND c.id <> %(cycle)s AND o.state <> 'cancelled'
    ORDER BY o.placed_at DESC LIMIT 1)
GROUP BY held.format_id, held.product_name ORDER BY held.product_name
"""


@dataclass(frozen=True)
class LastTime:
    """What a member had last time: pieces by offer of this cycle, and the names of what is not offered any more."""

    quantities: dict[int, Decimal]
    gone: list[str]


def last_time(*, market_id: int, cycle_id: int, holder: int) -> LastTime:
    """The last order of `holder` (`Shop.holder`) in another cycle of the market, in terms of this cycle's offers.
    One statement."""
    params = {"market": market_id, "cycle": cycle_id, "holder": holder}
    found = sql.rows(_LAST, params)
    return LastTime(
        {offer: quantity for _name, quantity, offer in found if offer}, [name for name, _q, offer in found if not offer]
    )


def organisation_key(public_id: str) -> int:
    """The key of one of the organisations that `Shop.buyers` names."""
    return Organisation.objects.values_list("pk", flat=True).get(public_id=public_id)
