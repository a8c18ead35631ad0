"""What a cycle offers: from the catalogue, cloned, set by producers, overridden, told when it runs out."""

import io
from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from procrastinate.contrib.django.models import ProcrastinateJob

from maillage.catalogue.actions import set_picture
from maillage.catalogue.models import ProductFormat, SupplyAgreement
from maillage.catalogue.tests.factories import LabelFactory, ProductFormatFactory, ProductLabelFactory
from maillage.catalogue.types import ProductPictured
from maillage.directory.tests.factories import with_role
from maillage.market import actions, notices
from maillage.market.actions import cycles, offers
from maillage.market.actions.offers import follow_picture
from maillage.market.models import Cycle, CycleTemplate, Offer
from maillage.market.queries.offers import history_of, offer_moves, offer_table
from maillage.market.types import StockLow

from .factories import CycleFactory, OfferFactory, PointFactory

pytestmark = pytest.mark.django_db
NOW = timezone.now()
TODAY = timezone.localdate(NOW)


def agreed(cycle: Cycle, made: ProductFormat) -> ProductFormat:
    """The market of the cycle sells what the format's producer makes."""
    SupplyAgreement.objects.get_or_create(
        organisation=cycle.market.organisation, producer=made.product.producer, since=date(2020, 1, 1)
    )
    return made


def offered(cycle: Cycle, **values: Any) -> Offer:
    made = agreed(cycle, ProductFormatFactory(price=Decimal("10.0000")))
    offer: Offer = OfferFactory(cycle=cycle, format=made, **values)
    return offer


def terms(offer: Offer, **changes: Any) -> offers.OfferTerms:
    values = {"price": offer.member_price, "quantity": offer.quantity, "step": offer.step}
    return offers.OfferTerms(**{**values, **changes})


def with_template(cycle: Cycle) -> Cycle:
    CycleTemplate.objects.create(market=cycle.market, opens_time=time(12), closes_time=time(20))
    return cycle


class TestFromTheCatalogue:
    def test_what_producers_of_the_market_have_is_offered_with_its_split(self) -> None:
        cycle = CycleFactory(draft=True)
        mine = agreed(cycle, ProductFormatFactory(price=Decimal("4.0000")))
        ProductLabelFactory(product=mine.product, label=LabelFactory(code="biologique"), certifier="Écocert")
        ProductLabelFactory(product=mine.product, label=LabelFactory(code="equitable", needs_certifier=True))
        ProductFormatFactory()  # of a producer who has no agreement
        assert actions.offer_products(cycle_id=cycle.pk, today=TODAY, by=None) == 1
        offer = Offer.objects.get(cycle=cycle)
        assert (offer.member_price, offer.producer_price) == (Decimal("4.0000"), Decimal("3.1200"))
        assert offer.labels == ["biologique"]
        assert (offer.product_name, offer.producer_name) == (mine.product.name, mine.product.producer.name)
        assert offer.search
        assert offer.left is None

    def test_twice_adds_nothing_and_changes_nothing(self) -> None:
        cycle = CycleFactory()
        offer = offered(cycle, quantity=Decimal(5))
        assert actions.offer_products(cycle_id=cycle.pk, today=TODAY, by=None) == 0
        offer.refresh_from_db()
        assert offer.quantity == 5

    def test_a_closed_cycle_offers_nothing_more(self) -> None:
        cycle = CycleFactory(state="closed")
        agreed(cycle, ProductFormatFactory())
        with pytest.raises(offers.OffersFixed):
            actions.offer_products(cycle_id=cycle.pk, today=TODAY, by=None)
        assert not Offer.objects.filter(cycle=cycle).exists()


class TestClone:
    def test_offers_follow_the_catalogue_unless_overridden(self) -> None:
        cycle = with_template(CycleFactory())
        followed = offered(cycle, quantity=Decimal(12), sold=Decimal(4), max_per_member=Decimal(2))
        kept = offered(cycle, member_price=Decimal("7.0000"), producer_price=Decimal("6.0000"), price_overridden=True)
        ProductFormat.objects.update(price=Decimal("20.0000"))
        made = cycles.clone_cycle(cycle_id=cycle.pk, now=NOW, by=None)
        new = {o.format_id: o for o in made.offers.all()}
        assert (new[followed.format_id].member_price, new[followed.format_id].producer_price) == (20, Decimal("15.6"))
        assert (new[followed.format_id].quantity, new[followed.format_id].sold) == (12, 0)
        assert new[followed.format_id].max_per_member == 2
        assert (new[kept.format_id].member_price, new[kept.format_id].producer_price) == (7, 6)

    def test_what_left_the_catalogue_is_left_out(self) -> None:
        cycle = with_template(CycleFactory())
        gone, ended, stays = offered(cycle), offered(cycle), offered(cycle)
        gone.format.product.__class__.objects.filter(pk=gone.format.product_id).update(is_active=False)
        SupplyAgreement.objects.filter(producer=ended.producer).update(until=date(2021, 1, 1))
        made = cycles.clone_cycle(cycle_id=cycle.pk, now=NOW, by=None)
        assert [o.format_id for o in made.offers.all()] == [stays.format_id]
        moves = offer_moves(made)
        assert (len(moves.new), len(moves.gone), len(moves.moved)) == (0, 2, 0)

    def test_number_dates_and_slots(self) -> None:
        cycle = with_template(CycleFactory())
        PointFactory(market=cycle.market).windows.create(opens="16:00", closes="19:00")
        made = cycles.clone_cycle(cycle_id=cycle.pk, now=NOW, by=None)
        assert made.number == cycle.number + 1
        assert made.state == "draft"
        assert made.opens_at >= cycle.closes_at
        assert made.slots.count() == 1
        with pytest.raises(cycles.DraftExists):
            cycles.clone_cycle(cycle_id=cycle.pk, now=NOW, by=None)

    def test_statements_do_not_depend_on_the_offers(self, django_assert_max_num_queries: Any) -> None:
        cycle = with_template(CycleFactory())
        for _ in range(12):
            offered(cycle)
        with django_assert_max_num_queries(20):
            cycles.clone_cycle(cycle_id=cycle.pk, now=NOW, by=None)

    def test_without_a_calendar_it_says_so(self) -> None:
        with pytest.raises(cycles.NoTemplate):
            cycles.clone_cycle(cycle_id=CycleFactory().pk, now=NOW, by=None)


class TestSetting:
    def test_a_producer_sets_quantity_and_price_and_pages_know(self) -> None:
        cycle = CycleFactory()
        offer = offered(cycle)
        changes = {offer.public_id: terms(offer, price=Decimal(8), quantity=Decimal(30), low_stock_at=Decimal(3))}
        assert actions.set_offers(cycle_id=cycle.pk, producer_id=offer.producer_id, changes=changes, by=None) == 1
        offer.refresh_from_db()
        cycle.refresh_from_db()
        assert (offer.member_price, offer.producer_price) == (Decimal(8), Decimal("6.24"))
        assert (offer.quantity, offer.low_stock_at, offer.price_overridden) == (30, 3, False)
        assert cycle.offers_version == 1

    def test_a_quantity_never_goes_under_what_is_sold_and_nothing_else_changes(self) -> None:
        cycle = CycleFactory()
        sold = offered(cycle, quantity=Decimal(10), sold=Decimal(4))
        other = OfferFactory(cycle=cycle, producer=sold.producer, quantity=Decimal(10))
        changes = {
            other.public_id: terms(other, quantity=Decimal(5)),
            sold.public_id: terms(sold, quantity=Decimal(3)),
        }
        with pytest.raises(offers.OffersRefused, match="déjà 4 vendus") as refusal:
            actions.set_offers(cycle_id=cycle.pk, producer_id=sold.producer_id, changes=changes, by=None)
        assert set(refusal.value.problems) == {sold.public_id}
        other.refresh_from_db()
        assert other.quantity == 10

    def test_the_price_of_what_is_sold_holds_for_the_producer_not_for_the_coordinator(self) -> None:
        cycle = CycleFactory()
        offer = offered(cycle, sold=Decimal(1))
        changes = {offer.public_id: terms(offer, price=Decimal(9))}
        with pytest.raises(offers.OffersRefused):
            actions.set_offers(cycle_id=cycle.pk, producer_id=offer.producer_id, changes=changes, by=None)
        by = with_role(cycle.market.organisation, "coordinator").account
        assert actions.override_offers(cycle_id=cycle.pk, changes=changes, by=by) == 1
        offer.refresh_from_db()
        assert (offer.member_price, offer.price_overridden) == (9, True)
        change = history_of(offer)[0]
        assert (change.member_price, change.by) == (9, by.person.name)

    def test_a_producer_cannot_touch_the_offers_of_another(self) -> None:
        cycle = CycleFactory()
        mine, theirs = offered(cycle), offered(cycle)
        changes = {theirs.public_id: terms(theirs, price=Decimal(1))}
        assert actions.set_offers(cycle_id=cycle.pk, producer_id=mine.producer_id, changes=changes, by=None) == 0
        theirs.refresh_from_db()
        assert theirs.member_price == 10

    def test_an_override_can_be_given_back_to_the_catalogue(self) -> None:
        cycle = CycleFactory()
        offer = offered(cycle, member_price=Decimal(7), producer_price=Decimal(5), price_overridden=True)
        actions.follow_catalogue(cycle_id=cycle.pk, offer_id=offer.public_id, by=None)
        offer.refresh_from_db()
        assert (offer.member_price, offer.price_overridden) == (10, False)

    @pytest.mark.parametrize("wrong", [{"price": Decimal(0)}, {"step": Decimal(0)}, {"max_per_member": Decimal("0.5")}])
    def test_nonsense_is_refused(self, wrong: dict[str, Decimal]) -> None:
        cycle = CycleFactory()
        offer = offered(cycle)
        with pytest.raises(offers.OffersRefused):
            actions.override_offers(cycle_id=cycle.pk, changes={offer.public_id: terms(offer, **wrong)}, by=None)


class TestRunningOut:
    def test_a_producer_is_told_once_for_each_offer(self) -> None:
        cycle = CycleFactory()
        low = offered(cycle, quantity=Decimal(10), sold=Decimal(8), low_stock_at=Decimal(2))
        offered(cycle, quantity=Decimal(10), sold=Decimal(7), low_stock_at=Decimal(2))
        with_role(low.producer, "producer")
        assert actions.send_stock_alerts(now=NOW) == 1
        assert actions.send_stock_alerts(now=NOW) == 0
        assert notices.tell_stock_low(StockLow(cycle.pk, low.producer_id, NOW.isoformat()))
        assert low.product_name in mail.outbox[0].body
        assert "il en reste 2" in mail.outbox[0].body

    def test_nothing_is_told_of_a_cycle_that_is_not_open(self) -> None:
        offered(CycleFactory(state="closed"), quantity=Decimal(1), sold=Decimal(1), low_stock_at=Decimal(2))
        assert actions.send_stock_alerts(now=NOW) == 0


def test_overview_counts_formats_by_producer_and_top_category() -> None:
    cycle = CycleFactory()
    first = offered(cycle)
    child = first.category.__class__.objects.create(parent=first.category, name="Racines", slug="racines")
    OfferFactory(cycle=cycle, producer=first.producer, producer_name=first.producer_name, category=child, quantity=0)
    table = offer_table(cycle)
    assert [name for _key, name in table.categories] == [first.category.name]
    ((_key, _name, cells, total),) = table.rows
    assert (cells[0].offers, cells[0].out, total) == (2, 1, 2)


def test_a_new_picture_shows_on_offers_that_are_not_over(client: Client) -> None:
    offer = OfferFactory()
    product, market = offer.format.product, offer.cycle.market
    over = OfferFactory(cycle=CycleFactory(market=market, state="closed"), format=offer.format)
    drawing = io.BytesIO()
    Image.new("RGB", (60, 40), "green").save(drawing, "PNG")
    drawing.seek(0)
    shop = reverse("market:shop", args=[market.slug])
    assert "<img" not in client.get(shop).content.decode().split("<main")[1]
    name = set_picture(product_id=product.pk, file=drawing, by=None)
    assert ProcrastinateJob.objects.filter(args__contains={"payload": {"product_id": product.pk}}).exists()
    assert follow_picture(ProductPictured(product.pk)) == 1
    assert follow_picture(ProductPictured(product.pk)) == 0
    offer.refresh_from_db()
    over.refresh_from_db()
    assert (offer.picture, over.picture) == (name, "")
    assert "<img" in client.get(shop).content.decode().split("<main")[1]
    set_picture(product_id=product.pk, file=None, by=None)
    assert follow_picture(ProductPictured(product.pk)) == 1
