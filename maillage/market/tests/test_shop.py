import html
import re
import uuid
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from maillage.core.dates import say
from maillage.directory.models import Person
from maillage.directory.tests.factories import with_role
from maillage.ledger.models import Entry, LedgerAccount
from maillage.market import emails
from maillage.market.actions import carts, orders
from maillage.market.models import CartLine, Cycle, CycleState, Offer, Order, OrderLine, OrderState, Slot
from maillage.market.ranking import rank_offers
from maillage.market.types import OrderCancelled, OrderPlaced
from maillage.payments.actions import record

from .factories import (
    CycleFactory,
    DeliverySlotFactory,
    MarketFactory,
    MemberFactory,
    OfferFactory,
    PersonFactory,
    SlotFactory,
)
from .test_orders import check_sums, place

pytestmark = pytest.mark.django_db


@pytest.fixture
def slot() -> Slot:
    return SlotFactory()


@pytest.fixture
def cycle(slot: Slot) -> Cycle:
    return slot.cycle


@pytest.fixture
def member(cycle: Cycle) -> Person:
    return MemberFactory(cycle.market)


@pytest.fixture
def web(client: Client, member: Person) -> Client:
    client.force_login(member.account)
    return client


def url(name: str, cycle: Cycle) -> str:
    return reverse(f"market:{name}", args=[cycle.market.slug])


def fill(member: Person, cycle: Cycle, wanted: dict[Offer, Any]) -> None:
    quantities = {offer.pk: Decimal(q) for offer, q in wanted.items()}
    carts.fill(person_id=member.pk, cycle_id=cycle.pk, quantities=quantities, now=timezone.now(), by=None)


def form_of(page: Any, **changes: str) -> dict[str, str]:
    """The checkout form as a browser would send it."""
    text = page.content.decode()
    found = dict(re.findall(r'<input type="hidden" name="(key|expected|rest)" value="([^"]*)"', text))
    found |= dict(re.findall(r'name="(slot|method)" value="([^"]*)"[^>]* checked', text))
    return found | changes


def test_visitor_browses_with_prices_and_signs_in_at_the_cart(client: Client, cycle: Cycle) -> None:
    OfferFactory(cycle=cycle, product_name="Fromage de chèvre", content="0.250", content_unit="kg")
    page = client.get(url("shop", cycle))
    assert page.status_code == 200
    text = page.content.decode()
    assert "Fromage de chèvre" in text
    assert "40,00" in text  # per kilogram
    assert "7,80" in text  # to the farm
    answer = client.post(url("cart", cycle), {"q-1": "1"})
    assert answer.status_code == 302
    assert reverse("account_login") in answer["Location"]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("q=chevre", {"Fromage de chèvre"}),
        ("q=chevrre", {"Fromage de chèvre"}),
        ("temperature=frozen", {"Bleuets"}),
        ("etiquette=bio", {"Bleuets"}),
        ("stock=1", {"Bleuets", "Fromage de chèvre"}),
        ("rayon=inconnu", set()),
        ("page=3", set()),
    ],
)
def test_shop_is_filtered(client: Client, cycle: Cycle, query: str, shown: set[str]) -> None:
    OfferFactory(cycle=cycle, product_name="Fromage de chèvre")
    OfferFactory(cycle=cycle, product_name="Bleuets", temperature="frozen", labels=["bio"])
    OfferFactory(cycle=cycle, product_name="Pain épuisé", quantity=0)
    OfferFactory(cycle=cycle, product_name="Retiré", is_open=False)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE market_offer SET search = catalogue_vector(product_name, producer_name, '')")
    text = client.get(url("shop", cycle) + "?" + query).content.decode()
    assert {n for n in ("Fromage de chèvre", "Bleuets", "Pain épuisé", "Retiré") if f">{n}</a></h2>" in text} == shown


def test_parent_category_shows_what_is_below_it(client: Client, cycle: Cycle) -> None:
    offer = OfferFactory(cycle=cycle, product_name="Carottes")
    parent = type(offer.category).objects.create(name="Jardin", slug="jardin")
    offer.category.parent = parent
    offer.category.save()
    text = client.get(url("shop", cycle) + "?rayon=jardin").content.decode()
    assert "Carottes</a></h2>" in text


@pytest.mark.parametrize("query", ["", "?q=carottes", "?rayon=jardin", "?rayon=jardin&stock=1"])
def test_aisles_lead_to_the_same_shop_with_what_was_asked(client: Client, cycle: Cycle, query: str) -> None:
    offer = OfferFactory(cycle=cycle, product_name="Carottes")
    offer.category.parent = type(offer.category).objects.create(name="Jardin", slug="jardin")
    offer.category.save()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE market_offer SET search = catalogue_vector(product_name, producer_name, '')")
    text = client.get(url("shop", cycle) + query).content.decode()
    links = [html.unescape(link) for link in re.findall(r'href="([^"]*rayon=[^"]*)"', text)]
    assert links
    for link in links:
        assert link.startswith("?")
        kept = dict(parse_qsl(query[1:])) | dict(parse_qsl(link[1:]))
        assert dict(parse_qsl(link[1:])) == kept
        assert "Carottes</a></h2>" in client.get(url("shop", cycle) + link).content.decode()


def test_few_pieces_left_are_told(client: Client, cycle: Cycle) -> None:
    OfferFactory(cycle=cycle, quantity=3)
    OfferFactory(cycle=cycle, quantity=0)
    text = client.get(url("shop", cycle)).content.decode()
    assert "Plus que 3" in text
    assert "Épuisé" in text


def test_shop_page_costs_the_same_for_many_offers(web: Client, cycle: Cycle, member: Person) -> None:
    counts = []
    for many in (1, 40):
        offers = OfferFactory.create_batch(many, cycle=cycle)
        fill(member, cycle, dict.fromkeys(offers, 1))
        Cycle.objects.filter(pk=cycle.pk).update(offers_version=many)
        with CaptureQueriesContext(connection) as queries:
            assert web.get(url("shop", cycle)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 10


def test_one_form_fills_many_lines_without_javascript(web: Client, cycle: Cycle) -> None:
    one, two, other = OfferFactory(cycle=cycle), OfferFactory(cycle=cycle), OfferFactory()
    data = {f"q-{one.pk}": "2", f"q-{two.pk}": "1,5", f"q-{other.pk}": "9", "q-x": "1", f"q-{10**15}": "oups"}
    answer = web.post(url("cart", cycle), data | {"change": f"{one.pk}:1"})
    assert answer.status_code == 302
    assert dict(CartLine.objects.values_list("offer_id", "quantity")) == {one.pk: 3, two.pk: Decimal("1.5")}
    web.post(url("cart", cycle), {f"q-{two.pk}": "0"})
    assert list(CartLine.objects.values_list("offer_id", flat=True)) == [one.pk]


def test_cart_never_redirects_elsewhere(web: Client, cycle: Cycle) -> None:
    answer = web.post(url("cart", cycle), {"next": "https://ailleurs.example/"})
    assert answer["Location"] == url("cart", cycle)


def test_last_order_comes_back_and_tells_what_is_gone(web: Client, cycle: Cycle, member: Person) -> None:
    before = SlotFactory(cycle=CycleFactory(market=cycle.market), point__market=cycle.market)
    kept, gone = OfferFactory(cycle=before.cycle), OfferFactory(cycle=before.cycle, product_name="Asperges")
    place(member, before, {kept: 2, gone: 1})
    Cycle.objects.filter(pk=before.cycle_id).update(state=CycleState.CLOSED)
    offer = OfferFactory(cycle=cycle, format=kept.format)
    page = web.post(reverse("market:cart_again", args=[cycle.market.slug]), follow=True)
    assert dict(CartLine.objects.values_list("offer_id", "quantity")) == {offer.pk: 2}
    assert "Asperges" in page.content.decode()


def test_member_orders_in_one_page(web: Client, cycle: Cycle, slot: Slot, member: Person) -> None:
    offer = OfferFactory(cycle=cycle, tax_class="taxable")
    fill(member, cycle, {offer: 2})
    page = web.get(url("checkout", cycle))
    data = form_of(page, method="pickup")
    assert data["expected"] == "23.00"
    with CaptureQueriesContext(connection) as queries:
        answer = web.post(url("checkout", cycle), data)
    assert len([q for q in queries if "SAVEPOINT" not in q["sql"]]) <= 15
    order = Order.objects.get()
    assert answer["Location"] == reverse("market:order", args=[order.public_id])
    text = web.get(answer["Location"]).content.decode()
    assert "23,00" in text
    again = web.post(url("checkout", cycle), data)
    assert again["Location"] == answer["Location"]
    assert Order.objects.get().revision == 1
    check_sums(cycle)


def test_what_ran_out_is_told_and_one_click_takes_the_rest(
    web: Client, cycle: Cycle, slot: Slot, member: Person
) -> None:
    few, plenty = OfferFactory(cycle=cycle, quantity=5, product_name="Fraises"), OfferFactory(cycle=cycle)
    fill(member, cycle, {few: 5, plenty: 1})
    data = form_of(web.get(url("checkout", cycle)), method="pickup")
    place(MemberFactory(cycle.market), slot, {few: 3})
    page = web.post(url("checkout", cycle), data)
    assert page.status_code == 409
    assert not Order.objects.filter(person=member).exists()
    text = page.content.decode()
    assert "Fraises" in text
    assert "Continuer avec le reste" in text
    rest = form_of(page, method="pickup", slot=str(slot.pk))
    assert (rest["rest"], rest["expected"]) == ("1", "30.00")
    assert web.post(url("checkout", cycle), rest).status_code == 302
    order = Order.objects.get(person=member)
    assert dict(OrderLine.objects.filter(order=order).values_list("offer_id", "quantity")) == {few.pk: 2, plenty.pk: 1}
    check_sums(cycle)


def test_full_slot_is_told_with_the_other_ones(web: Client, cycle: Cycle, slot: Slot, member: Person) -> None:
    other = SlotFactory(cycle=cycle, point__market=cycle.market)
    fill(member, cycle, {OfferFactory(cycle=cycle): 1})
    data = form_of(web.get(url("checkout", cycle)), method="pickup", slot=str(slot.pk))
    Slot.objects.filter(pk=slot.pk).update(places=0)
    page = web.post(url("checkout", cycle), data)
    assert page.status_code == 409
    assert "Complet" in page.content.decode()
    assert web.post(url("checkout", cycle), data | {"slot": str(other.pk)}).status_code == 302


def test_home_delivery_at_checkout(web: Client, cycle: Cycle, member: Person) -> None:
    home = DeliverySlotFactory(cycle=cycle)
    fill(member, cycle, {OfferFactory(cycle=cycle): 5})
    data = form_of(web.get(url("checkout", cycle) + f"?slot={home.pk}"), method="pickup")
    refused = web.post(url("checkout", cycle), data | {"address": "3, rue Eddy", "postal_code": "H2X 1A1"})
    assert "n’est pas dans la zone" in refused.content.decode()
    assert (
        web.post(url("checkout", cycle), data | {"address": "3, rue Eddy", "postal_code": "j8x 1a1"}).status_code == 302
    )
    assert Order.objects.get().delivery == Decimal("6.00")


def test_closed_market_takes_no_form(web: Client, cycle: Cycle, slot: Slot, member: Person) -> None:
    fill(member, cycle, {OfferFactory(cycle=cycle): 1})
    data = form_of(web.get(url("checkout", cycle)), method="pickup")
    Cycle.objects.filter(pk=cycle.pk).update(state=CycleState.CLOSED)
    assert web.post(url("checkout", cycle), data)["Location"] == url("shop", cycle)
    assert not Order.objects.exists()
    assert not Entry.objects.exists()
    assert "fermée entre deux cycles" in web.get(url("shop", cycle)).content.decode()


def test_stranger_sees_nothing_of_an_order(client: Client, cycle: Cycle, slot: Slot, member: Person) -> None:
    placed = place(member, slot, {OfferFactory(cycle=cycle): 1})
    client.force_login(PersonFactory().account)
    for name, method in [("order", "get"), ("order_amend", "get"), ("order_cancel", "post"), ("order_restore", "post"),
                         ("order_calendar", "get")]:  # fmt: skip
        assert getattr(client, method)(reverse(f"market:{name}", args=[placed.public_id])).status_code == 404
    assert Order.objects.get().state == OrderState.PLACED
    client.force_login(with_role(cycle.market.organisation, "coordinator").account)
    assert client.get(reverse("market:order", args=[placed.public_id])).status_code == 200


def test_member_amends_cancels_and_takes_the_order_back(web: Client, cycle: Cycle, slot: Slot, member: Person) -> None:
    offer = OfferFactory(cycle=cycle, quantity=9)
    placed = place(member, slot, {offer: 1})
    page = reverse("market:order", args=[placed.public_id])
    assert web.get(page + "modification/").status_code == 200
    change = {"slot": str(slot.pk), "method": "pickup", "save": "1"}
    assert web.post(page + "modification/", change | {f"q-{offer.pk}": "4"})["Location"] == page
    assert Order.objects.get().total == Decimal("40.00")
    assert web.post(page + "modification/", change | {f"q-{offer.pk}": "40"}).status_code == 409
    web.post(page + "annulation/")
    assert Order.objects.get().state == OrderState.CANCELLED
    assert "Reprendre la commande" in web.get(page).content.decode()
    again = web.post(page + "reprise/")
    taken = Order.objects.get(state=OrderState.PLACED)
    assert again["Location"] == reverse("market:order", args=[taken.public_id])
    assert taken.total == Decimal("40.00")
    check_sums(cycle)


def test_member_adds_products_and_moves_while_amending(web: Client, cycle: Cycle, slot: Slot, member: Person) -> None:
    kept = OfferFactory(cycle=cycle, product_name="Lait")
    other, few = SlotFactory(cycle=cycle), OfferFactory(cycle=cycle, product_name="Pâté chinois", quantity=2)
    placed = place(member, slot, {kept: 1})
    page = reverse("market:order_amend", args=[placed.public_id])
    wanted = {f"q-{kept.pk}": "2", "slot": str(other.pk), "method": "pickup", "revision": "1"}
    found = web.post(page, wanted | {"q": "pate"}).content.decode()
    assert f'name="q-{few.pk}" value="0"' in found  # found while the other quantities are kept
    assert f'name="q-{kept.pk}" value="2"' in found
    assert Order.objects.get().revision == 1
    refused = web.post(page, wanted | {f"q-{few.pk}": "3", "save": "1"})
    assert refused.status_code == 409
    assert "il en reste 2" in refused.content.decode()
    assert Order.objects.get().goods == Decimal("10.00")
    assert web.post(page, wanted | {f"q-{few.pk}": "2", "save": "1"}).status_code == 302
    order = Order.objects.get()
    assert (order.goods, order.slot, order.revision) == (Decimal("40.00"), other, 2)
    few.refresh_from_db()
    assert few.sold == 2
    stale = web.post(page, wanted | {f"q-{few.pk}": "1", "save": "1"})
    assert stale.status_code == 409  # the page showed revision 1
    check_sums(cycle)


def test_what_is_owed_or_prepaid_is_told_and_opens_on_its_lines(
    web: Client, cycle: Cycle, slot: Slot, member: Person
) -> None:
    assert "mon-compte/?compte" not in web.get(url("shop", cycle)).content.decode()
    offer = OfferFactory(cycle=cycle)
    place(member, slot, {offer: 2})
    fill(member, cycle, {offer: 1})
    account = LedgerAccount.objects.get(kind="member", person=member)
    address = f"{reverse('ledger:mine')}?compte={account.public_id}"
    for name in ("shop", "cart", "checkout"):
        text = web.get(url(name, cycle)).content.decode()
        assert address in text
        assert "Vous devez 20,00" in text
    assert "Commande" in web.get(address).content.decode()
    record(organisation_id=cycle.market.organisation_id, person_id=member.pk, method="cash", amount=Decimal(25),
           reference="", key="x", occurred_on=timezone.localdate(), by=None)  # fmt: skip
    assert "5,00\xa0$ d’avance" in web.get(url("shop", cycle)).content.decode()


def test_order_goes_to_the_agenda(web: Client, cycle: Cycle, slot: Slot, member: Person) -> None:
    placed = place(member, slot, {OfferFactory(cycle=cycle): 1})
    event = web.get(reverse("market:order_calendar", args=[placed.public_id]))
    assert event["Content-Type"].startswith("text/calendar")
    assert b"BEGIN:VEVENT" in event.content
    assert slot.starts_at.strftime("%Y%m%d").encode() in event.content


def test_list_of_orders_costs_the_same_for_many(web: Client, cycle: Cycle, slot: Slot, member: Person) -> None:
    counts = []
    for _ in range(2):
        other = SlotFactory()
        other.cycle.market.membership_required = False
        other.cycle.market.save()
        place(member, other, {OfferFactory(cycle=other.cycle): 1})
        with CaptureQueriesContext(connection) as queries:
            assert web.get(reverse("market:orders")).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_member_gets_one_message_for_each_state_of_the_order(cycle: Cycle, slot: Slot, member: Person) -> None:
    offer = OfferFactory(cycle=cycle, product_name="Carottes")
    placed = place(member, slot, {offer: 1}, payment_method="interac")
    place(member, slot, {offer: 1}, payment_method="interac")
    emails.confirm_order(OrderPlaced(order_id=placed.order_id, revision=1))  # amended since
    assert mail.outbox == []
    emails.confirm_order(OrderPlaced(order_id=placed.order_id, revision=2))
    assert [m.to for m in mail.outbox] == [[member.email]]
    assert "2 × Carottes" in mail.outbox[0].body
    orders.cancel_order(order_id=placed.order_id, now=timezone.now(), by=None)
    emails.confirm_cancellation(OrderCancelled(order_id=placed.order_id))
    assert "annulée" in mail.outbox[1].subject


def test_key_answers_even_after_the_close(web: Client, cycle: Cycle, slot: Slot, member: Person) -> None:
    key = uuid.uuid4()
    placed = place(member, slot, {OfferFactory(cycle=cycle): 1}, key=key)
    Cycle.objects.filter(pk=cycle.pk).update(state=CycleState.CLOSED)
    answer = web.post(url("checkout", cycle), {"key": str(key), "slot": str(slot.pk), "method": "pickup"})
    assert answer["Location"] == reverse("market:order", args=[placed.public_id])


# --- suggestions ---


def test_suggestions_give_each_aisle_its_turn_and_start_with_what_sold_last_time(client: Client) -> None:
    before = CycleFactory(number=1, state=CycleState.CLOSED)
    now = CycleFactory(market=before.market, number=2)
    first = OfferFactory(cycle=now, product_name="Agneau haché")
    same = OfferFactory(cycle=now, product_name="Agneau haché", category=first.category)
    loved = OfferFactory(cycle=now, product_name="Saucisse", category=first.category)
    other = OfferFactory(cycle=now, product_name="Zucchini")
    OfferFactory(cycle=before, format=loved.format, producer=loved.producer, category=loved.category, sold=Decimal(9))
    rank_offers(cycle_id=now.pk)
    page = client.get(reverse("market:shop", args=[now.market.slug])).content.decode()
    shown = [int(key) for key in re.findall(r'data-offer="(\d+)"', page)]
    assert shown[0] == loved.pk
    assert shown[1] == other.pk
    assert {*shown[2:]} == {first.pk, same.pk}


def test_new_offers_take_no_place_from_those_that_members_order(cycle: Cycle) -> None:
    OfferFactory.create_batch(3, cycle=cycle)
    rank_offers(cycle_id=cycle.pk)
    before = dict(cycle.offers.values_list("pk", "rank"))
    new = OfferFactory(cycle=cycle)
    assert rank_offers(cycle_id=cycle.pk, only_new=True) == 1
    after = dict(cycle.offers.values_list("pk", "rank"))
    assert after.pop(new.pk) > 0
    assert after == before


def test_who_is_no_member_is_led_to_become_one(client: Client, cycle: Cycle) -> None:
    cycle.market.membership_required = True
    cycle.market.save()
    person, offer = PersonFactory(), OfferFactory(cycle=cycle)
    carts.fill(
        person_id=person.pk, cycle_id=cycle.pk, quantities={offer.pk: Decimal(1)}, now=timezone.now(), by=person.account
    )
    client.force_login(person.account)
    join = reverse("membership:join", args=[cycle.market.organisation.public_id])
    for name in ("market:cart", "market:checkout"):
        assert join in client.get(reverse(name, args=[cycle.market.slug])).content.decode()


# --- search ---


def _found(client: Client, cycle: Cycle, text: str, **more: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE market_offer SET search = catalogue_vector(product_name, producer_name, '')")
    page = client.get(reverse("market:shop", args=[cycle.market.slug]), {"q": text} | more).content.decode()
    return re.findall(r'offer-name"><a [^>]*>([^<]*)<', page)


@pytest.mark.parametrize("text", ["carottes", "CAROTTE", "carotes", "carrottes", "caro", "carottes nantaise"])
def test_a_word_is_found_without_accents_unfinished_or_misspelt(client: Client, cycle: Cycle, text: str) -> None:
    OfferFactory(cycle=cycle, product_name="Carottes nantaises")
    OfferFactory(cycle=cycle, product_name="Pain au levain")
    assert _found(client, cycle, text) == ["Carottes nantaises"]


def test_right_words_bring_no_lookalikes_and_keep_the_filters(client: Client, cycle: Cycle) -> None:
    OfferFactory(cycle=cycle, product_name="Poires", is_open=True)
    OfferFactory(cycle=cycle, product_name="Poivre")
    OfferFactory(cycle=cycle, product_name="Poires tapées", is_open=False)
    assert _found(client, cycle, "poires") == ["Poires"]
    assert _found(client, cycle, "poires", temperature="frozen") == []


@pytest.mark.parametrize(
    "text", ["zzzzqqq", "de", "'; drop table", "a & | ! :*", "a\x00x", "%_%", "_", "(" * 300, "é" * 500]
)
def test_odd_words_are_searched_without_an_error(client: Client, cycle: Cycle, text: str) -> None:
    OfferFactory(cycle=cycle, product_name="Pain au levain")
    assert len(_found(client, cycle, text)) <= 1


def test_markets_that_take_orders_come_first_and_say_until_when(client: Client, cycle: Cycle) -> None:
    resting = MarketFactory(name="Aaa, au repos")
    page = client.get(reverse("market:markets")).content.decode()
    assert page.index(cycle.market.name) < page.index(resting.name)
    opened, closed = page.split(resting.name)
    assert say(cycle.closes_at, r"l j F, G \h i") in opened
    assert "jusqu’au" not in closed
