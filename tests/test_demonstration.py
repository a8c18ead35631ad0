"""The demonstration territory: its published scales, and the sums that hold to the cent in what it loads."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db.models import Count, F, Sum
from django.db.models.functions import Coalesce
from django.test import Client

from maillage.catalogue.models import Product, SupplyAgreement
from maillage.directory.models import Organisation, Person
from maillage.ledger.models import Entry
from maillage.market.models import (
    Cycle,
    CycleState,
    Market,
    Offer,
    Order,
    OrderChange,
    OrderLine,
    OrderState,
    ProducerStatement,
    Reception,
    SlotCapacity,
)
from maillage.membership.models import Membership
from maillage.site.demo import load

NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)


@pytest.mark.django_db
def test_territory_loads_once_and_holds_to_the_cent(subtests: pytest.Subtests) -> None:
    """One test, since loading takes long; each check is a subtest of its own name."""
    load(now=NOW, echo=lambda text: None)
    for check in CHECKS:
        with subtests.test(check.__name__):
            check()


def markets_have_their_published_scale() -> None:
    scales = {"outaouais": (100, 3000, 5000, 9), "quebec": (36, 860, 700, 4), "soulanges": (63, 1035, 900, 2)}
    for slug, scale in scales.items():
        market = Market.objects.get(slug=slug)
        agreed = SupplyAgreement.objects.filter(organisation=market.organisation).values("producer_id")
        assert scale == (
            agreed.count(),
            Product.objects.filter(producer_id__in=agreed).count(),
            Membership.objects.filter(organisation=market.organisation, person__isnull=False).count(),
            market.points.count(),
        )


def market_has_twelve_settled_cycles_one_to_pack_and_one_open() -> None:
    for market in Market.objects.all():
        states = dict(Cycle.objects.filter(market=market).values_list("state").annotate(Count("pk")).order_by())
        assert states == {CycleState.SETTLED: 12, CycleState.CLOSED: 1, CycleState.OPEN: 1}


def open_shops_are_searched() -> None:
    client = Client()
    for slug, words in (("outaouais", "fromage"), ("quebec", "carottes"), ("soulanges", "pain")):
        found = client.get(f"/marches/{slug}/boutique/", {"q": words}).content.decode()
        assert "data-offer=" in found, slug


def today_has_deliveries_calls_and_weeks_off() -> None:
    for market in Market.objects.all():
        received = Reception.objects.filter(offer__cycle__market=market)
        assert received.filter(received__lt=F("expected")).count() == 1
        assert received.count() > 10
        assert OrderChange.objects.filter(order__cycle__market=market, by_staff=True, kind="placed").count() == 3
        assert market.pauses.count() == 2


def everything_synthetic_is_marked() -> None:
    assert not Person.objects.filter(is_demo=False).exists()
    assert not Organisation.objects.filter(is_demo=False, roles__isnull=False).exists()
    assert not Product.objects.filter(is_demo=False).exists()


def orders_are_the_sums_of_their_lines() -> None:
    wrong = (
        Order.objects.annotate(
            g=Coalesce(Sum("lines__goods"), Decimal(0)),
            p=Coalesce(Sum("lines__producers"), Decimal(0)),
            d=Coalesce(Sum("lines__deposits"), Decimal(0)),
        )
        .exclude(goods=F("g"), producers=F("p"), deposits=F("d"))
        .count()
    )
    assert wrong == 0


def stock_and_crates_count_what_was_ordered() -> None:
    sold = dict(
        OrderLine.objects.exclude(order__state=OrderState.CANCELLED)
        .values_list("offer")
        .annotate(Sum("quantity"))
        .order_by()
    )
    assert all(sold.get(pk, 0) == count for pk, count in Offer.objects.values_list("pk", "sold"))
    assert SlotCapacity.objects.filter(taken__gt=0).exists()


def books_balance_and_agree_with_the_orders() -> None:
    for market in Market.objects.all():
        entries = Entry.objects.filter(account__book__organisation=market.organisation)
        assert entries.aggregate(s=Sum("amount"))["s"] == 0
        by_kind = dict(entries.values_list("account__kind").annotate(Sum("amount")).order_by())
        orders = Order.objects.filter(cycle__market=market).aggregate(
            Sum("margin"), Sum("tps"), Sum("tvq"), Sum("deposits"), Sum("delivery"), Sum("producers")
        )
        paid_out = ProducerStatement.objects.filter(cycle__market=market, paid_on__isnull=False).aggregate(
            s=Sum("net")
        )["s"]
        assert -by_kind["margin"] == orders["margin__sum"]
        assert -by_kind["tps"] == orders["tps__sum"]
        assert -by_kind["tvq"] == orders["tvq__sum"]
        assert -by_kind.get("deposits", Decimal(0)) == orders["deposits__sum"]
        assert -by_kind["producer"] == orders["producers__sum"] - paid_out


def second_load_changes_nothing() -> None:
    before = Order.objects.count(), Entry.objects.count()
    assert load(now=NOW, echo=lambda text: None) is False
    assert (Order.objects.count(), Entry.objects.count()) == before


CHECKS = [
    markets_have_their_published_scale,
    market_has_twelve_settled_cycles_one_to_pack_and_one_open,
    open_shops_are_searched,
    today_has_deliveries_calls_and_weeks_off,
    everything_synthetic_is_marked,
    orders_are_the_sums_of_their_lines,
    stock_and_crates_count_what_was_ordered,
    books_balance_and_agree_with_the_orders,
    second_load_changes_nothing,
]
