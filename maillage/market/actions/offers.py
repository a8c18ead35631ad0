"""What a cycle offers: from the catalogue or the last cycle, set by producers, overridden by the market."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from maillage.catalogue.models import PriceBasis, Product
from maillage.catalogue.queries import offerable_formats
from maillage.catalogue.types import ProductPictured
from maillage.core.actions import House, Refused, action
from maillage.core.events import publish

from .. import access, pricing
from ..models import Cycle, CycleState, Market, Offer
from ..ranking import rank_offers
from ..types import StockLow


class OffersFixed(Refused):
    """The cycle is closed: what it offered is a matter of record."""

    def __init__(self, cycle: Cycle) -> None:
        super().__init__(
            _("Le cycle %(number)s est %(state)s : son offre ne change plus.")
            % {"number": cycle.number, "state": cycle.get_state_display()}
        )


class OffersRefused(Refused):
    """Some changes cannot be made; none was. `problems` says why, by the offer's public_id."""

    def __init__(self, problems: Mapping[UUID, str]) -> None:
        self.problems = dict(problems)
        super().__init__(" ".join(dict.fromkeys(self.problems.values())))


@dataclass(frozen=True)
class OfferTerms:
    """What is set for an offer. `price` is on `basis` (the format's own when None), dollars a piece or a kilogram.

    `quantity`, `max_per_member`, `low_stock_at` and `step` are pieces; None: no limit, no alert.
    """

    price: Decimal
    quantity: Decimal | None
    is_open: bool = True
    max_per_member: Decimal | None = None
    step: Decimal = Decimal(1)
    low_stock_at: Decimal | None = None
    basis: str | None = None


@dataclass(frozen=True)
class _Row:
    """One offer to insert: the format, and what the catalogue does not say."""

    format_id: int
    prices: pricing.UnitPrices
    quantity: Decimal | None = None
    max_per_member: Decimal | None = None
    step: Decimal = Decimal(1)
    low_stock_at: Decimal | None = None
    overridden: bool = False
    is_open: bool = True


@action(access.producer)
def offer_products(
    *,
    cycle_id: int,
    today: date,
    producer_id: int | None = None,
    format_ids: Iterable[UUID] | None = None,
    by: Any,
) -> int:
    """Add what the catalogue has for this market to a draft or open cycle, without limit of stock; how many were added.

    Of one producer, or of some formats (public ids), or all. What is offered already stays as it is; what may not be
    offered (no agreement, withdrawn) is left out. Prices are the catalogue's, split by the market's terms.
    Raises OffersFixed.
    """
    cycle = _lock_for_offers(cycle_id)
    market = cycle.market
    formats = offerable_formats(organisation_id=market.organisation_id, today=today).exclude(
        pk__in=Offer.objects.filter(cycle=cycle).values("format_id")
    )
    if producer_id is not None:
        formats = formats.filter(product__producer_id=producer_id)
    if format_ids is not None:
        formats = formats.filter(public_id__in=list(format_ids))
    rows = [
        _Row(format_id, _split(market, price, basis))
        for format_id, price, basis in formats.values_list("pk", "price", "price_basis")
    ]
    added = _insert(cycle, rows)
    if added:
        _bump(cycle)
    return added


def copy_offers(*, source: Cycle, target: Cycle, today: date) -> int:
    """The offers of `source` in `target` (see clone_cycle); how many. Two statements whatever their number."""
    market = target.market
    offerable = offerable_formats(organisation_id=market.organisation_id, today=today)
    kept = Offer.objects.filter(cycle=source, format__in=offerable.order_by().values("pk"))
    rows = [
        _Row(
            o["format_id"],
            pricing.UnitPrices(o["member_price"], o["producer_price"])
            if o["price_overridden"]
            else _split(market, o["format__price"], o["format__price_basis"]),
            o["quantity"],
            o["max_per_member"],
            o["step"],
            o["low_stock_at"],
            o["price_overridden"],
            o["is_open"],
        )
        for o in kept.values(
            "format_id",
            "format__price",
            "format__price_basis",
            "member_price",
            "producer_price",
            "price_overridden",
            "quantity",
            "max_per_member",
            "step",
            "low_stock_at",
            "is_open",
        )
    ]
    return _insert(target, rows)


@action(access.producer)
def set_offers(*, cycle_id: int, producer_id: int, changes: Mapping[UUID, OfferTerms], by: Any) -> int:
    """A producer sets their own offers of a draft or open cycle, all or nothing; how many changed.

    A quantity never goes under what is sold. Once something is sold the producer's price holds: the coordinator can
    still change it. Raises OffersFixed, or OffersRefused with a sentence for each offer.
    """
    return _set(cycle_id, Q(producer_id=producer_id), changes, as_coordinator=False)


@action(access.cycle)
def override_offers(*, cycle_id: int, changes: Mapping[UUID, OfferTerms], by: Any) -> int:
    """The coordinator sets offers of any producer, all or nothing; how many changed. Orders keep the price they had.

    A price that was changed here is marked: the next cycle keeps it. Each change leaves an OfferEvent with its author.
    Raises OffersFixed, OffersRefused.
    """
    return _set(cycle_id, Q(), changes, as_coordinator=True)


@action(access.cycle)
def follow_catalogue(*, cycle_id: int, offer_id: UUID, by: Any) -> None:
    """The offer's price is the catalogue's again, now and in the next cycles. Raises OffersFixed."""
    cycle = _lock_for_offers(cycle_id)
    offer = (
        Offer.objects.select_related("format")
        .select_for_update(of=("self",), no_key=True)
        .get(cycle=cycle, public_id=offer_id)
    )
    prices = _split(cycle.market, offer.format.price, offer.format.price_basis)
    offer.member_price, offer.producer_price, offer.price_overridden = prices.member, prices.producer, False
    offer.save(update_fields=["member_price", "producer_price", "price_overridden"])
    _bump(cycle)


@action(House())
def send_stock_alerts(*, now: datetime, by: Any = None) -> int:
    """Mark offers of open cycles that reached their alert, once each; publish StockLow per producer. How many."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE market_offer o SET low_stock_told_at = %s
            FROM market_cycle c
            WHERE c.id = o.cycle_id AND c.state = 'open' AND o.low_stock_at IS NOT NULL AND o.low_stock_told_at IS NULL
              AND o.is_open AND o.quantity IS NOT NULL AND o.quantity - o.sold <= o.low_stock_at
            RETURNING o.cycle_id, o.producer_id
            """,
            [now],
        )
        told = cursor.fetchall()
    for cycle_id, producer_id in sorted(set(told)):
        publish(StockLow(cycle_id, producer_id, now.isoformat()))
    return len(told)


_LIVE = (CycleState.DRAFT, CycleState.OPEN)


def follow_picture(event: ProductPictured) -> int:
    """Show the product's picture on its offers of cycles to come or open; how many changed. Hears ProductPictured.

    A picture is no term of a sale: unlike names and prices, it does not wait for the next cycle.
    """
    picture = Product.objects.values_list("picture", flat=True).get(pk=event.product_id) or ""
    live = Offer.objects.filter(format__product_id=event.product_id, cycle__state__in=_LIVE).exclude(picture=picture)
    cycles = list(live.order_by().values_list("cycle_id", flat=True).distinct())
    with transaction.atomic():
        changed: int = live.update(picture=picture)
        Cycle.objects.filter(pk__in=cycles).update(offers_version=F("offers_version") + 1)
    return changed


def _set(cycle_id: int, whose: Q, changes: Mapping[UUID, OfferTerms], *, as_coordinator: bool) -> int:
    cycle = _lock_for_offers(cycle_id)
    offers = list(
        Offer.objects.filter(whose, cycle=cycle, public_id__in=list(changes))
        .select_related("format")
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )
    problems, changed = {}, []
    for offer in offers:
        terms = changes[offer.public_id]
        if problem := _problem(cycle.market, offer, terms, as_coordinator=as_coordinator):
            problems[offer.public_id] = problem
        elif _apply(cycle.market, offer, terms, as_coordinator=as_coordinator):
            changed.append(offer)
    if problems:
        raise OffersRefused(problems)
    if changed:
        Offer.objects.bulk_update(changed, _SETTABLE, batch_size=500)
        _bump(cycle)
    return len(changed)


_SETTABLE = (
    "member_price",
    "producer_price",
    "price_overridden",
    "quantity",
    "is_open",
    "max_per_member",
    "step",
    "low_stock_at",
)


def _problem(market: Market, offer: Offer, terms: OfferTerms, *, as_coordinator: bool) -> str:
    name = offer.product_name
    if terms.price <= 0:
        return _("%(name)s : le prix doit être plus grand que zéro.") % {"name": name}
    if terms.quantity is not None and terms.quantity < offer.sold:
        return _("%(name)s : déjà %(sold)s vendus, la quantité ne peut pas être moindre.") % {
            "name": name,
            "sold": _plain(offer.sold),
        }
    if terms.step <= 0:
        return _("%(name)s : le pas doit être plus grand que zéro.") % {"name": name}
    if terms.max_per_member is not None and terms.max_per_member < terms.step:
        return _("%(name)s : le maximum par membre doit valoir au moins un pas.") % {"name": name}
    moved = _prices(market, offer, terms) != pricing.UnitPrices(offer.member_price, offer.producer_price)
    if moved and offer.sold and not as_coordinator:
        return _("%(name)s : déjà vendu dans ce cycle, son prix reste. Écrivez au marché pour le changer.") % {
            "name": name
        }
    return ""


def _apply(market: Market, offer: Offer, terms: OfferTerms, *, as_coordinator: bool) -> bool:
    before = [getattr(offer, field) for field in _SETTABLE]
    prices = _prices(market, offer, terms)
    if prices != pricing.UnitPrices(offer.member_price, offer.producer_price):
        offer.price_overridden = as_coordinator
    offer.member_price, offer.producer_price = prices.member, prices.producer
    offer.quantity, offer.is_open, offer.max_per_member = terms.quantity, terms.is_open, terms.max_per_member
    offer.step, offer.low_stock_at = terms.step, terms.low_stock_at
    return before != [getattr(offer, field) for field in _SETTABLE]


def _prices(market: Market, offer: Offer, terms: OfferTerms) -> pricing.UnitPrices:
    """The prices asked for; those that stand when the price given is the one shown (no drift by rounding)."""
    basis = terms.basis or offer.format.price_basis
    shown = offer.member_price if basis == PriceBasis.SHELF else offer.producer_price
    if terms.price == shown:
        return pricing.UnitPrices(offer.member_price, offer.producer_price)
    return _split(market, terms.price, basis)


def _split(market: Market, price: Decimal, basis: str) -> pricing.UnitPrices:
    return pricing.split(price, basis, market.margin_mode, market.margin_rate)


def _lock_for_offers(cycle_id: int) -> Cycle:
    """The cycle, kept from closing until the transaction ends, as orders keep it (see Cycle). Raises OffersFixed."""
    list(Cycle.objects.raw("SELECT id FROM market_cycle WHERE id = %s FOR KEY SHARE", [cycle_id]))
    cycle = Cycle.objects.select_related("market").get(pk=cycle_id)
    if cycle.state not in (CycleState.DRAFT, CycleState.OPEN):
        raise OffersFixed(cycle)
    return cycle


def _bump(cycle: Cycle) -> None:
    Cycle.objects.filter(pk=cycle.pk).update(offers_version=F("offers_version") + 1)


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}".replace(".", ",")


def _insert(cycle: Cycle, rows: list[_Row]) -> int:
    """Copy names, labels, weights and search vectors from the catalogue beside the given terms. One statement."""
    if not rows:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            [
                [uuid4() for _row in rows],
                [r.format_id for r in rows],
                [r.prices.member for r in rows],
                [r.prices.producer for r in rows],
                [r.quantity for r in rows],
                [r.max_per_member for r in rows],
                [r.step for r in rows],
                [r.low_stock_at for r in rows],
                [r.overridden for r in rows],
                [r.is_open for r in rows],
                cycle.pk,
            ],
        )
        many = int(cursor.rowcount)
    rank_offers(cycle_id=cycle.pk, only_new=cycle.state == CycleState.OPEN)
    return many


_INSERT = """
WITH term AS (
    SELECT * FROM unnest(
        %s::uuid[], %s::bigint[], %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[],
        %s::numeric[], %s::boolean[], %s::boolean[]
    ) AS t(public_id, format_id, member_price, producer_price, quantity, max_per_member, step, low_stock_at, overridden,
           is_open)
), certified AS (
    SELECT pl.product_id, array_agg(l.code ORDER BY l.code) AS codes
    FROM catalogue_productlabel pl JOIN catalogue_label l ON l.id = pl.label_id
    WHERE pl.certifier <> '' OR NOT l.needs_certifier
    GROUP BY pl.product_id
)
INSERT INTO market_offer (
    public_id, cycle_id, format_id, producer_id, category_id, product_name, format_name, producer_name, picture, labels,
    temperature, tax_class, content, content_unit, by_weight, crates, deposit, member_price, producer_price, quantity,
    sold, max_per_member, step, low_stock_at, price_overridden, is_open, search
)
SELECT t.public_id, %s, f.id, p.producer_id, p.category_id, p.name, f.name, o.name, COALESCE(p.picture, ''),
    COALESCE(l.codes, '{}'), p.temperature, p.tax_class, f.content, f.content_unit, f.by_weight, f.crates, f.deposit,
    t.member_price, t.producer_price, t.quantity, 0, t.max_per_member, t.step, t.low_stock_at, t.overridden, t.is_open,
    p.search
FROM term t
JOIN catalogue_productformat f ON f.id = t.format_id
JOIN catalogue_product p ON p.id = f.product_id
JOIN directory_organisation o ON o.id = p.producer_id
LEFT JOIN certified l ON l.product_id = p.id
ON CONFLICT (cycle_id, format_id) DO NOTHING
"""
