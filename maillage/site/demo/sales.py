"""Cycles with their offers, orders, adjustments, payments and payouts: a season of work, to the cent, in bulk."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from maillage.core import sql
from maillage.market import pricing
from maillage.market.models import Cycle, CycleState, CycleStep, Offer, Slot
from maillage.market.ranking import rank_offers

from .bulk import refresh_statistics, reserve
from .orders import Orders
from .season import Season, at
from .settling import confirm, settle

ORDER_OF_STATES = list(CycleState)


def write_cycle(season: Season, *, number: int, state: CycleState, closes_at: datetime, orders: int) -> Cycle:
    """One cycle in `state` with about `orders` orders; settled ones are adjusted, paid and (but the last) paid out."""
    opens_at = closes_at - timedelta(days=3, hours=8)
    delivered_on = (timezone.localtime(closes_at) + timedelta(days=3)).date()
    cycle = Cycle.objects.create(
        market=season.market,
        number=number,
        state=state,
        opens_at=opens_at,
        closes_at=closes_at,
        delivered_on=delivered_on,
        order_count=orders,
        offers_version=1,
    )
    _steps(season, cycle)
    slots = _slots(season, cycle)
    offers = _offers(season, cycle)
    rows = Orders(season, cycle, slots, offers)
    rows.write(orders)
    if state == CycleState.OPEN:
        _make_searchable(cycle)
        refresh_statistics()
        rank_offers(cycle_id=cycle.pk)
    if state == CycleState.SETTLED:
        settle(season, cycle, rows)
    if state == CycleState.CLOSED:
        confirm(season, cycle, rows)
    return cycle


def _make_searchable(cycle: Cycle) -> None:
    """What the shop is searched by, as an offer takes it from its product."""
    sql.run(
        """
        UPDATE market_offer offer SET search = product.search FROM catalogue_productformat format
          JOIN catalogue_product product ON product.id = format.product_id
         WHERE format.id = offer.format_id AND offer.cycle_id = %(cycle)s""",
        {"cycle": cycle.pk},
    )


def _steps(season: Season, cycle: Cycle) -> None:
    moments = [
        cycle.opens_at - timedelta(days=1),
        cycle.opens_at,
        cycle.closes_at,
        at(cycle.delivered_on, 11),
        at(cycle.delivered_on, 20),
        at(cycle.delivered_on + timedelta(days=2), 10),
    ]
    reached = ORDER_OF_STATES[: ORDER_OF_STATES.index(CycleState(cycle.state)) + 1]
    CycleStep.objects.bulk_create(
        CycleStep(
            cycle=cycle,
            state=step,
            at=moment,
            by=None if step in {CycleState.OPEN, CycleState.CLOSED} else season.coordinator,
        )
        for step, moment in zip(reached, moments, strict=False)
    )


def _slots(season: Season, cycle: Cycle) -> list[Slot]:
    made = Slot.objects.bulk_create(
        Slot(
            cycle=cycle,
            point_id=place.point_id,
            zone_id=place.zone_id,
            name=place.name,
            starts_at=at(cycle.delivered_on, 15),
            ends_at=at(cycle.delivered_on, 19),
            fee=place.fee,
        )
        for place in season.places
    )
    return list(made)


def _offers(season: Season, cycle: Cycle) -> list[dict[str, Any]]:
    month, random, market = cycle.delivered_on.month, season.random, season.market
    seasonal = [m for m in season.made if m.in_season(month)]
    keys = reserve(Offer, len(seasonal))
    rows = []
    for pk, made in zip(keys, seasonal, strict=True):
        basis = "shelf" if market.margin_mode == "retained" else "producer"
        prices = pricing.split(made.price, basis, market.margin_mode, market.margin_rate)
        limited = random.random() < 0.55
        rows.append(
            {
                "id": pk,
                "public_id": season.uuid(),
                "cycle_id": cycle.pk,
                "format_id": made.format_id,
                "producer_id": made.producer_id,
                "category_id": made.category_id,
                "product_name": made.product_name,
                "format_name": made.size.name,
                "producer_name": made.producer_name,
                "labels": list(made.labels),
                "temperature": made.kind.temperature,
                "tax_class": made.kind.tax,
                "content": made.size.content,
                "content_unit": made.size.unit,
                "by_weight": made.size.by_weight,
                "crates": made.kind.crates,
                "deposit": made.size.deposit,
                "member_price": prices.member,
                "producer_price": prices.producer,
                "quantity": Decimal(random.choice([6, 8, 10, 12, 15, 20, 24, 30, 40, 60])) if limited else None,
                "low_stock_at": Decimal(3) if limited else None,
                "low_stock_told_at": cycle.closes_at if limited else None,
                "sold": Decimal(0),
            }
        )
    return rows
