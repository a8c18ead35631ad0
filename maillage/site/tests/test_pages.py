"""The shell: home, the design system, language, the demonstration, errors, machines."""

import re
from pathlib import Path

import pytest
from django.db import OperationalError, connection
from django.test import Client, RequestFactory
from django.urls import reverse

from maillage.core.presence import Entry
from maillage.directory.tests.factories import AccountFactory, OrganisationFactory, PersonFactory, with_role
from maillage.site import views
from maillage.site.demo_accounts import DOMAIN, ROLES, demo_accounts
from maillage.site.navigation import ENTRIES

LEAVES = Path(__file__).parents[2] / "core" / "templates" / "cotton"
pytestmark = pytest.mark.django_db


def test_visitor_is_told_what_it_is_and_where_to_sign_in(client):
    page = client.get("/").content.decode()
    assert "Le travail noté une fois" in page
    assert reverse("account_login") in page
    assert "Se déconnecter" not in page


def test_signed_in_person_is_greeted_by_name(client):
    person = PersonFactory(given_name="Ana")
    client.force_login(person.account)
    page = client.get("/").content.decode()
    assert "Bonjour Ana" in page
    assert "Se déconnecter" in page


def test_home_asks_as_many_queries_whatever_the_roles(client, django_assert_max_num_queries):
    person = with_role(OrganisationFactory(), "director")
    for kind in ("coordinator", "producer", "adviser"):
        for _i in range(3):
            person.roles.create(organisation=OrganisationFactory(), kind=kind, during=("2020-01-01", None))
    client.force_login(person.account)
    with django_assert_max_num_queries(20):
        client.get("/")


def test_navigation_shows_a_page_to_the_roles_it_is_for(client, monkeypatch):
    monkeypatch.setattr(
        "maillage.site.navigation.ENTRIES",
        [
            Entry("Pour l’accueil", "robots", "landmark", "Gérer", frozenset({"packer"})),
            Entry("Nulle part", "not:there", "x"),
        ],
    )
    client.force_login(with_role(OrganisationFactory(), "producer").account)
    assert "Pour l’accueil" not in client.get("/").content.decode()
    client.force_login(with_role(OrganisationFactory(), "packer").account)
    page = client.get("/").content.decode()
    assert "Pour l’accueil" in page
    assert "Nulle part" not in page


def test_every_entry_has_an_icon_that_exists():
    from maillage.core.templatetags.maillage import icon

    assert all("<svg" in icon(entry.icon) for entry in ENTRIES)


# --- design system ---
def test_style_page_shows_every_leaf_in_both_themes(client):
    page = client.get(reverse("style")).content.decode()
    source = (Path(__file__).parents[1] / "templates" / "site" / "leaves.html").read_text()
    source += (Path(__file__).parents[1] / "templates" / "site" / "style.html").read_text()
    leaves = {path.stem.replace("_", "-") for path in LEAVES.glob("*.html")}
    assert {leaf for leaf in leaves if f"<c-{leaf} " not in source and f"<c-{leaf}>" not in source} == set()
    assert 'data-theme="light"' in page
    assert 'data-theme="dark"' in page
    assert "<c-" not in page


def test_pages_carry_no_inline_style_or_handler(client):
    for address in ("/", reverse("style"), reverse("account_login"), reverse("account_signup")):
        page = client.get(address).content.decode()
        assert not re.search(r"<[^>]+\sstyle=", page), address
        assert not re.search(r"<[^>]+\son[a-z]+=", page), address


def test_style_sheet_is_kept_for_ever_at_an_address_that_names_it(client):
    page = client.get("/").content.decode()
    address = re.search(r'href="(/maillage\.[0-9a-f]{12}\.css)"', page)
    assert address
    plain = client.get(address[1])
    packed = client.get(address[1], headers={"Accept-Encoding": "gzip"})
    assert plain.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" in plain.headers["Cache-Control"]
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.content) < len(plain.content) / 3


# --- language ---
def test_language_is_switched_and_the_page_kept(client):
    answer = client.post(reverse("set_language"), {"language": "en", "next": "/style/?a=1"})
    assert answer.headers["Location"] == "/style/?a=1"
    assert '<html lang="en"' in client.get("/").content.decode()


def test_language_switch_leads_nowhere_else(client):
    answer = client.post(reverse("set_language"), {"language": "en", "next": "https://ailleurs.example/"})
    assert answer.headers["Location"] == "/"


# --- demonstration ---
@pytest.fixture
def demo_cast(settings):
    settings.DEMO = True
    return [AccountFactory(email=f"{key}{DOMAIN}") for key in ("tresorerie", "membre", "productrice-2")]


def test_demonstration_lists_its_people_in_order(client, demo_cast):
    assert [a.key for a in demo_accounts()] == ["membre", "productrice-2", "tresorerie"]
    page = client.get(reverse("demo")).content.decode()
    assert str(ROLES["productrice"].description) in page


def test_demonstration_signs_in_with_one_click(client, demo_cast):
    answer = client.post(reverse("demo_sign_in", args=["membre"]))
    assert answer.status_code == 302
    assert client.session["_auth_user_id"] == str(demo_cast[1].pk)


def test_one_click_sign_ins_are_sessions_like_any_other_without_an_address(client, demo_cast):
    other = Client(headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"})
    for one in (client, other):
        one.post(reverse("demo_sign_in", args=["membre"]))
    page = client.get(reverse("directory:sessions"))
    assert [s.here for s in page.context["sessions"]] == [True, False]
    assert "Firefox, Linux" in page.content.decode()
    assert {s.sign_in.address for s in page.context["sessions"]} == {None}  # an account of everybody
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE args->>'event' LIKE '%SignedInElsewhere'")
        assert cursor.fetchone() == (0,)
    client.post(reverse("directory:session_end"))
    assert other.get(reverse("directory:sessions")).status_code == 302


@pytest.mark.parametrize("method", ["get", "post"])
def test_outside_demonstration_nobody_signs_in_by_a_click(client, settings, method):
    settings.DEMO = False
    AccountFactory(email=f"membre{DOMAIN}")
    assert client.get(reverse("demo")).status_code == 404
    assert getattr(client, method)(reverse("demo_sign_in", args=["membre"])).status_code == 404
    assert client.post(reverse("demo_sign_in", args=["membre"])).status_code == 404
    assert "_auth_user_id" not in client.session
    assert demo_accounts() == []


def test_demonstration_never_signs_in_as_someone_real(client, demo_cast):
    AccountFactory(email="ana@cooperative.example")
    for key in ("ana@cooperative.example", "ana", "inconnue"):
        assert client.post(reverse("demo_sign_in", args=[key])).status_code == 404
    assert "_auth_user_id" not in client.session


def test_demonstration_signs_in_by_the_link_that_is_printed(client, demo_cast):
    assert client.get(reverse("demo_sign_in", args=["membre"])).status_code == 302
    assert client.session["_auth_user_id"] == str(demo_cast[1].pk)
    assert Client(enforce_csrf_checks=True).post(reverse("demo_sign_in", args=["membre"])).status_code == 403


def test_ribbon_marks_every_page_of_a_demonstration(client, settings):
    settings.DEMO = True
    assert "Territoire de démonstration" in client.get("/").content.decode()
    settings.DEMO = False
    assert "Territoire de démonstration" not in client.get("/").content.decode()


# --- errors and machines ---
def test_missing_page_says_so_in_the_language_of_the_person(client):
    answer = client.get("/nulle-part/")
    assert answer.status_code in (302, 404)
    client.force_login(AccountFactory())
    assert "Page introuvable" in client.get("/nulle-part/").content.decode()
    client.cookies["langue"] = "en"
    assert "Page not found" in client.get("/nulle-part/").content.decode()


def test_expired_form_says_what_to_do():
    answer = Client(enforce_csrf_checks=True).post(reverse("set_language"), {"language": "en"})
    assert answer.status_code == 403
    assert "Le formulaire a expiré" in answer.content.decode()


def test_error_page_needs_no_database(rf, django_assert_num_queries):
    from maillage.site.views import server_error

    with django_assert_num_queries(0):
        answer = server_error(rf.get("/"))
    assert answer.status_code == 500
    assert "Un fil s’est rompu" in answer.content.decode()


def test_robots_and_manifest_are_public(client):
    assert "Disallow: /compte/" in client.get("/robots.txt").content.decode()
    assert client.get(reverse("manifest")).json()["name"] == "Maillage"


def test_a_failure_before_a_view_is_reached_has_its_words_too() -> None:
    request = RequestFactory().get("/")
    try:
        raise OperationalError("gone")
    except OperationalError:
        assert views.server_error(request).status_code == 503
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        assert views.server_error(request).status_code == 500
