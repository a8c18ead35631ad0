"""The design system and the shell, seen by axe: at a phone's and a desk's width, light and dark."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from maillage.directory.tests.factories import AccountFactory, OrganisationFactory, PersonFactory, with_role
from maillage.market.tests.factories import CycleFactory, MarketFactory, MembershipFactory
from maillage.site.demo_accounts import DOMAIN


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_design_system_is_accessible(page, live_server, assert_accessible, shot, width, scheme):
    window = page(width, scheme=scheme)
    window.goto(f"{live_server.url}/style/")
    shot(window, f"style-{scheme}")
    assert_accessible(window)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_home_is_accessible_to_a_visitor(page, live_server, assert_accessible, shot, width, scheme):
    window = page(width, scheme=scheme)
    window.goto(live_server.url)
    shot(window, f"welcome-{scheme}")
    assert_accessible(window)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_home_is_accessible_to_someone_with_roles(page, live_server, sign_in, assert_accessible, shot, width, scheme):
    someone = with_role(OrganisationFactory(), "director", given_name="Ana")
    window = page(width, scheme=scheme)
    sign_in(window, someone)
    window.goto(live_server.url)
    assert window.get_by_role("heading", level=1).inner_text() == "Bonjour Ana"
    shot(window, f"home-{scheme}")
    assert_accessible(window)


@pytest.mark.parametrize("width", [390, 1280])
def test_home_with_much_to_do_is_accessible(page, live_server, sign_in, assert_accessible, shot, width):
    now = timezone.now()
    times = {"opens_at": now - timedelta(days=2), "closes_at": now + timedelta(days=2)}
    market = MarketFactory(name="Marché de la Petite-Nation")
    someone = with_role(market.organisation, "coordinator", given_name="Colette")
    CycleFactory(market=market, state="packed", **times)
    CycleFactory(market=market, state="open", **times)
    MembershipFactory(organisation=market.organisation, person=someone)
    window = page(width)
    sign_in(window, someone)
    window.goto(live_server.url)
    assert window.locator(".need").count() == 3
    shot(window, "home-busy")
    assert_accessible(window)


def test_menu_opens_and_closes_by_keyboard(page, live_server, sign_in):
    window = page(1280)
    sign_in(window, PersonFactory())
    window.goto(live_server.url)
    menu = window.locator("details[data-menu]", has=window.get_by_label("Mon compte"))
    menu.locator("summary").focus()
    window.keyboard.press("Enter")
    assert menu.evaluate("node => node.open")
    window.keyboard.press("Escape")
    assert not menu.evaluate("node => node.open")


def test_dialog_opens_and_closes(page, live_server):
    window = page(390)
    window.goto(f"{live_server.url}/style/")
    window.locator("[data-dialog=light-dialog]").click()
    dialog = window.locator("#light-dialog")
    assert dialog.is_visible()
    window.keyboard.press("Escape")
    assert dialog.is_hidden()


def test_theme_is_chosen_and_kept(page, live_server, sign_in):
    window = page(1280)
    sign_in(window, PersonFactory())
    window.goto(live_server.url)
    window.get_by_label("Mon compte").click()
    window.locator("[data-theme-toggle]:visible").click()
    window.reload()
    assert window.locator("html").get_attribute("data-theme") == "dark"


@pytest.mark.parametrize("javascript", [True, False])
def test_language_changes_and_stays(page, live_server, javascript):
    window = page(390, javascript=javascript)
    window.goto(f"{live_server.url}/style/?a=1")
    window.get_by_role("button", name="English").click()
    assert window.url == f"{live_server.url}/style/?a=1"
    assert window.locator("html").get_attribute("lang") == "en"
    window.goto(live_server.url)
    assert window.locator("html").get_attribute("lang") == "en"


@pytest.mark.parametrize("address", ["account_login", "account_signup", "account_reset_password"])
@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_entrance_is_accessible(page, live_server, assert_accessible, shot, address, width, scheme):
    window = page(width, scheme=scheme)
    window.goto(live_server.url + reverse(address))
    shot(window, address)
    assert_accessible(window)


@pytest.mark.parametrize("address", ["mfa_index", "account_email", "account_change_password"])
def test_account_pages_are_accessible(page, live_server, sign_in, assert_accessible, shot, address):
    window = page(390)
    sign_in(window, PersonFactory())
    window.goto(live_server.url + reverse(address))
    shot(window, address)
    assert_accessible(window)


def test_demonstration_and_errors_are_accessible(page, live_server, settings, assert_accessible, shot):
    settings.DEMO = True
    for key in ("membre", "productrice", "coordination", "tresorerie", "direction", "reseau"):
        AccountFactory(email=f"{key}{DOMAIN}")
    window = page(1280)
    window.goto(live_server.url + reverse("demo"))
    shot(window, "demo")
    assert_accessible(window)
    window.get_by_role("button", name="Trésorerie").click()
    assert window.get_by_label("Mon compte").is_visible()
    window.goto(f"{live_server.url}/nulle-part/")
    shot(window, "error")
    assert_accessible(window)


def test_question_is_asked_before_a_form_is_sent(page, live_server, sign_in):
    window = page(390)
    sign_in(window, PersonFactory())
    window.goto(live_server.url)
    window.evaluate("document.querySelector('form.language').dataset.confirm = 'Changer de langue ?'")
    window.get_by_role("button", name="English").click()
    window.get_by_role("button", name="Annuler").click()
    assert window.locator("html").get_attribute("lang") == "fr"
    window.get_by_role("button", name="English").click()
    window.get_by_role("button", name="Oui, continuer").click()
    window.locator("html[lang=en]").wait_for()


@pytest.mark.parametrize("delay", [0, 30, 120])
def test_a_page_left_while_it_is_examined_is_examined_where_it_went(page, live_server, found_by_axe, delay):
    window = page()
    window.goto(live_server.url)
    window.evaluate(f"void setTimeout(() => location.assign('/comptes/connexion/'), {delay})")
    assert found_by_axe(window) == []
    window.wait_for_url("**/comptes/connexion/")
