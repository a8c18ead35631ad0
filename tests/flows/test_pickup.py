"""A volunteer at the pickup desk, phone in hand: find, tick, note what is missing, weigh, receive, hand over, undo."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from maillage.directory.tests.factories import with_role
from maillage.market.models import LineState, Order, OrderLine, OrderState
from maillage.market.tests.test_settle import Scene

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def scene(live_server: Any) -> Scene:
    made = Scene()
    type(made.person).objects.filter(pk=made.person.pk).update(given_name="Élodie", family_name="Bérubé")
    return made


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
def test_volunteer_hands_an_order_over(
    page: Callable[..., Page],
    live_server: Any,
    sign_in: Any,
    assert_accessible: Any,
    shot: Any,
    scene: Scene,
    javascript: bool,
) -> None:
    phone = page(390, javascript=javascript)
    sign_in(phone, with_role(scene.cycle.market.organisation, "packer"))
    phone.goto(f"{live_server.url}/marches/{scene.cycle.market.slug}/accueil/")
    if javascript:
        assert_accessible(phone)
    phone.get_by_role("link", name=scene.slot.name).click()
    phone.get_by_role("searchbox").fill("elodi berube")
    phone.get_by_role("searchbox").press("Enter")
    expect(phone.get_by_text("Élodie Bérubé")).to_be_visible()
    if javascript:
        assert_accessible(phone)
        shot(phone, "pickup-list")
    phone.get_by_text("Élodie Bérubé").click()
    carrots, chicken = scene.carrots.product_name, scene.chicken.product_name

    first = phone.locator(".desk-line", has_text=carrots)
    first.get_by_role("button", name=f"Remettre {carrots}").click()
    expect(first.get_by_role("button", name=f"Remettre {carrots}")).to_have_attribute("aria-pressed", "true")

    first.locator("summary").click()
    first.get_by_role("button", name="Abîmé").click()
    expect(first).to_contain_text("Abîmés : 1")
    first.get_by_role("button", name="Annuler").click()
    expect(first).not_to_contain_text("Abîmés : 1")

    weighed = phone.locator(".desk-line", has_text=chicken)
    weighed.locator("summary").click()
    weighed.get_by_label("Poids final").fill("6")
    weighed.get_by_role("button", name="Inscrire").click()
    expect(weighed.get_by_role("alert")).to_contain_text("confirmez ce poids")
    weighed.locator("summary").click()
    weighed.get_by_label("Poids final").fill("1,95")
    weighed.get_by_role("button", name="Inscrire").click()
    expect(weighed).to_contain_text("1,95 kg")
    if javascript:
        assert_accessible(phone)
        shot(phone, "pickup-order")

    phone.get_by_role("button", name="Comptant").click()
    expect(phone.get_by_text("Rien à payer")).to_be_visible()
    phone.get_by_role("button", name="Tout remettre").click()
    expect(phone.get_by_text("remise à Élodie Bérubé")).to_be_visible()
    order = Order.objects.get(pk=scene.order_id)
    assert order.state == OrderState.HANDED_OVER
    assert scene.owed() == 0
    assert {line.state for line in OrderLine.objects.filter(order=order)} == {LineState.HANDED_OVER}


def test_a_lost_connection_is_said(page: Callable[..., Page], live_server: Any, sign_in: Any, scene: Scene) -> None:
    phone = page(390)
    phone.add_init_script("console.error = () => {}")  # htmx reports the failure that this test asks for
    sign_in(phone, with_role(scene.cycle.market.organisation, "packer"))
    order = Order.objects.get(pk=scene.order_id)
    base = f"{live_server.url}/marches/{scene.cycle.market.slug}/accueil/{scene.slot.public_id}"
    phone.goto(f"{base}/commandes/{order.public_id}/")
    phone.route("**/coche/", lambda route: route.fulfill(status=409, body=""))
    button = phone.get_by_role("button", name=f"Remettre {scene.carrots.product_name}")
    button.click()
    expect(phone.locator("#toasts")).to_contain_text("réessayez")
    expect(button).to_have_attribute("aria-pressed", "false")


def test_code_of_a_crate_opens_the_order_at_the_desk(
    page: Callable[..., Page], live_server: Any, sign_in: Any, scene: Scene
) -> None:
    phone = page(390)
    sign_in(phone, with_role(scene.cycle.market.organisation, "packer"))
    phone.goto(f"{live_server.url}/c/{Order.objects.get(pk=scene.order_id).public_id}/")
    expect(phone.get_by_role("button", name="Tout cocher")).to_be_visible()


def test_packer_weighs_a_product_down_the_column(
    page: Callable[..., Page], live_server: Any, sign_in: Any, assert_accessible: Any, shot: Any, scene: Scene
) -> None:
    for width in (390, 1280):
        screen = page(width)
        sign_in(screen, with_role(scene.cycle.market.organisation, "packer"))
        screen.goto(f"{live_server.url}/marches/{scene.cycle.market.slug}/gestion/cycles/{scene.cycle.number}/poids/")
        assert_accessible(screen)
        shot(screen, "weights")
    screen.locator(".weigh-input").fill("2,1")
    screen.get_by_role("button", name="Inscrire les poids").click()
    expect(screen.get_by_text("1 poids inscrit")).to_be_visible()
    assert str(scene.line(scene.chicken).final_weight) == "2.100"


def test_what_another_volunteer_ticks_shows_and_a_lost_tap_says_so(
    page: Callable[..., Page], live_server: Any, sign_in: Any, scene: Scene
) -> None:
    market, order = scene.cycle.market, Order.objects.get(pk=scene.order_id)
    address = f"{live_server.url}/marches/{market.slug}/accueil/{scene.slot.public_id}/commandes/{order.public_id}/"
    mine, theirs = page(390), page(390)
    for phone in (mine, theirs):
        sign_in(phone, with_role(market.organisation, "packer"))
        phone.goto(address)
    carrots, chicken = scene.carrots.product_name, scene.chicken.product_name
    theirs.get_by_role("button", name=f"Remettre {carrots}").click()
    tick = mine.get_by_role("button", name=f"Remettre {carrots}")
    expect(tick).to_have_attribute("aria-pressed", "true", timeout=20_000)

    mine.context.set_offline(True)
    mine.get_by_role("button", name=f"Remettre {chicken}").click()
    lost = mine.locator(".desk-line", has_text=chicken)
    expect(lost.get_by_text("Pas encore enregistré")).to_be_visible()
    expect(mine.get_by_role("alert").filter(has_text="le réseau ne répond pas")).to_be_visible()
    assert OrderLine.objects.get(order=order, offer=scene.chicken).state == LineState.ORDERED
    mine.context.set_offline(False)
    expect(mine.get_by_role("button", name=f"Remettre {chicken}")).to_have_attribute("aria-pressed", "true")
    assert OrderLine.objects.get(order=order, offer=scene.chicken).state == LineState.HANDED_OVER
