"""A member on a phone: browses, fills a cart, orders, amends, cancels and takes the order back."""

from typing import Any

import pytest

from maillage.market.models import Cycle, Order, OrderState
from maillage.market.tests.factories import MemberFactory, OfferFactory, SlotFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture
def cycle() -> Cycle:
    slot = SlotFactory(cycle__market__name="Marché du Ruisseau", point__name="Café du coin")
    for name, price in [("Carottes", "4.5000"), ("Fromage de chèvre", "9.2500"), ("Pain au levain", "7.0000")]:
        OfferFactory(
            cycle=slot.cycle, format__product__name=name, member_price=price, producer_price="3.0000", quantity=4
        )
    return slot.cycle


def test_member_orders_on_a_phone(
    page: Any, live_server: Any, sign_in: Any, assert_accessible: Any, cycle: Cycle
) -> None:
    member = MemberFactory(cycle.market)
    phone = page(390)
    sign_in(phone, member.account)
    phone.goto(f"{live_server.url}/marches/{cycle.market.slug}/boutique/")
    assert_accessible(phone)
    phone.get_by_role("button", name="Ajouter : Carottes").click()
    phone.get_by_role("button", name="Ajouter : Carottes").click()
    phone.get_by_role("button", name="Ajouter : Pain au levain").click()
    phone.get_by_text("2 produits").wait_for()
    phone.get_by_role("link", name="2 produits").click()
    assert_accessible(phone)
    phone.get_by_role("link", name="Commander").click()
    phone.get_by_label("Café du coin").check()
    phone.get_by_label("À la cueillette").check()
    assert_accessible(phone)
    phone.get_by_role("button", name="Passer la commande").click()
    phone.get_by_role("heading", level=1).get_by_text("est passée").wait_for()
    assert_accessible(phone)
    order = Order.objects.get()
    assert (order.person, str(order.total)) == (member, "16.00")

    phone.get_by_role("link", name="Modifier").click()
    phone.get_by_role("textbox", name="Quantité : Carottes").fill("3")
    phone.get_by_role("searchbox").fill("chevre")
    phone.get_by_role("textbox", name="Quantité : Fromage de chèvre").fill("1")
    assert_accessible(phone)
    phone.get_by_role("button", name="Enregistrer").click()
    phone.get_by_text("La commande est modifiée.").wait_for()
    phone.locator("summary", has_text="Annuler la commande").click()
    phone.get_by_role("button", name="Annuler la commande").click()
    phone.get_by_role("button", name="Reprendre la commande").click()
    phone.get_by_text("La commande est reprise.").wait_for()
    assert str(Order.objects.get(state=OrderState.PLACED).total) == "29.75"
    phone.goto(f"{live_server.url}/commandes/")
    assert_accessible(phone)


def test_member_reads_about_a_product_and_adds_it(
    page: Any, live_server: Any, sign_in: Any, assert_accessible: Any, cycle: Cycle
) -> None:
    member = MemberFactory(cycle.market)
    phone = page(390)
    sign_in(phone, member.account)
    phone.goto(f"{live_server.url}/marches/{cycle.market.slug}/boutique/")
    phone.get_by_role("link", name="Fromage de chèvre").click()
    phone.get_by_role("heading", level=1, name="Fromage de chèvre").wait_for()
    assert_accessible(phone)
    phone.get_by_role("button", name="Ajouter : ").click()
    phone.get_by_role("link", name="1 produit").click()
    phone.get_by_text("Votre panier").wait_for()
    assert "9,25" in phone.content()


def test_member_orders_without_javascript(page: Any, live_server: Any, sign_in: Any, cycle: Cycle) -> None:
    member = MemberFactory(cycle.market)
    desk = page(1280, javascript=False)
    sign_in(desk, member.account)
    desk.goto(f"{live_server.url}/marches/{cycle.market.slug}/boutique/?q=carottes")
    desk.goto(f"{live_server.url}/marches/{cycle.market.slug}/boutique/")
    desk.get_by_role("textbox", name="Quantité : Carottes").fill("2")
    desk.get_by_role("textbox", name="Quantité : Pain au levain").fill("1")
    desk.get_by_role("button", name="Mettre au panier").click()
    desk.get_by_role("link", name="2 produits").click()
    desk.get_by_role("link", name="Commander").click()
    desk.get_by_label("À la cueillette").check()
    desk.get_by_role("button", name="Passer la commande").click()
    assert Order.objects.get().total == 16


def test_member_pays_by_card_on_the_gateways_page(
    page: Any, live_server: Any, sign_in: Any, cycle: Cycle, settings: Any
) -> None:
    """The redirection that answers the form goes to Stripe’s page: browsers hold it to the form’s own policy too."""
    settings.STRIPE_SECRET_KEY = settings.STRIPE_WEBHOOK_SECRET = "sk_test_wire"
    settings.PAYMENTS_GATEWAY = "maillage.payments.tests.stripe_wire.WiredGateway"
    allowed = [*settings.SECURE_CSP["form-action"], settings.STRIPE_PAGE]
    settings.SECURE_CSP = {**settings.SECURE_CSP, "form-action": allowed}
    settings.SITE_URL = live_server.url
    type(cycle.market).objects.update(payment_methods=["card"])
    member = MemberFactory(cycle.market)
    phone = page(390, javascript=False)
    paper = "<h1>Page de paiement</h1>"
    phone.context.route(f"{settings.STRIPE_PAGE}/**", lambda route: route.fulfill(body=paper, content_type="text/html"))
    sign_in(phone, member.account)
    phone.goto(f"{live_server.url}/marches/{cycle.market.slug}/boutique/")
    phone.get_by_role("textbox", name="Quantité : Carottes").fill("2")
    phone.get_by_role("button", name="Mettre au panier").click()
    phone.goto(f"{live_server.url}/marches/{cycle.market.slug}/commander/")
    phone.get_by_label("Carte").check()
    phone.get_by_role("button", name="Passer la commande").click()
    phone.get_by_role("heading", name="Page de paiement").wait_for()
    order = Order.objects.get()
    phone.goto(f"{live_server.url}/commandes/{order.public_id}/?carte=retour")
    phone.get_by_role("button", name="Vérifier maintenant").wait_for()
