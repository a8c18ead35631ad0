"""Every address, as every role: nothing breaks, nothing opens to those who have no part in it, nothing leaks."""

import html
import inspect
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Model
from django.http import FileResponse
from django.test import Client, override_settings
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from maillage.directory.actions import merge
from maillage.directory.models import Person, RoleKind
from maillage.directory.tests.factories import OrganisationFactory, prove

from .addresses import EXAMPLES
from .world import ROLES, Side, World, build, worker

pytestmark = pytest.mark.django_db

PUBLIC = {
    # the house
    "home", "style", "demo", "demo_sign_in", "set_language", "stylesheet", "robots", "manifest",
    # signing in
    "account_login", "account_logout", "account_inactive", "account_signup", "account_email_verification_sent",
    "account_reset_password", "account_confirm_login_code", "account_confirm_email",
    "account_reset_password_from_key", "account_reset_password_from_key_done", "account_reset_password_done",
    "mfa_authenticate", "mfa_login_webauthn",
    # what everyone may see
    "catalogue:picture", "catalogue:criteria", "market:markets", "market:market", "market:shop", "market:product",
    "accompaniment:offline", "accompaniment:offline_worker",  # a bare form, kept by the browser
    "programmes:call", "programmes:register", "programmes:conference", "programmes:agenda",
    "governance:public",  # seats and organisations; names of those who agreed
    "payments:webhook",  # signed by Stripe
}  # fmt: skip
"""Pages without sign-in that show nothing of anyone. A new one is added here on purpose, or not at all."""

BY_LINK = {
    "directory:invitation", "programmes:ticket", "programmes:ticket_change", "programmes:ticket_calendar",
    "programmes:certificate", "programmes:feedback", "accompaniment:diagnostic_link", "accompaniment:referral_link",
    "accompaniment:diagnostic_link_pdf", "accompaniment:link_again", "accompaniment:watch_link",
    "accompaniment:follow_up_link", "indicators:report_public", "indicators:report_public_figure",
    "indicators:report_public_document", "indicators:declaration", "indicators:plan_answer",
}  # fmt: skip
"""Pages whose address is the key: whoever was given it may open it."""

FOR_ALL_MEMBERS = {
    "market:cart", "market:cart_again", "market:buying_for", "market:checkout",  # of a market that anyone may join
    "membership:join", "catalogue:apply",
}  # fmt: skip
"""Pages of an organisation for anyone who is signed in: to join, to apply, to order."""


def patterns(resolver: URLResolver | None = None, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern, f"{space}{pattern.namespace}:" if pattern.namespace else space)
        else:
            yield f"{space}{pattern.name}", pattern


PAGES = dict(patterns())


ASK_MORE = {
    "accompaniment:referral_answer", "accompaniment:settings_change", "catalogue:apply", "directory:consent",
    "directory:organisation_separate", "governance:meeting_change", "indicators:membership_counting",
    "indicators:pivot_delete", "market:desk_undo", "market:desk_pay_undo",
    "programmes:jury", "programmes:review",
}  # fmt: skip
"""What answers 404 to an empty form: it asks for more, or is for another (the partner, the owner, a juror)."""
IN_THE_DIRECTORY = {"directory:organisation"}
"""Who works with organisations somewhere (`directory.types.WORKERS`) sees the directory of all of them."""


OF_ONE_PERSON = {"directory:download", "directory:download_file", "directory:download_cancel"}
"""What only the person who asked for it opens, whatever the roles of others."""


def takes_arguments(name: str) -> bool:
    try:
        reverse(name)
    except NoReverseMatch:
        return True
    return False


WALKED = sorted(n for n in PAGES if (n in EXAMPLES or not takes_arguments(n)) and n != "account_logout")
"""Those without an example fail the first test alone."""
OBJECTS = sorted(
    name
    for name in PAGES
    if name in EXAMPLES
    and name not in PUBLIC | BY_LINK | {"indicators:fact", "indicators:fact_export", "accompaniment:settings_change"}
    and not name.startswith("mfa_")
)
"""Addresses that name something of an organisation."""


def address(name: str, side: Side) -> str:
    return reverse(name, kwargs=EXAMPLES[name](side) if name in EXAMPLES else None)


def signed_in(person: Person | None) -> Client:
    client = Client(raise_request_exception=False)
    if person is not None and person.account is not None:
        prove(client, person.account)
    return client


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[World]:
    """Built once for this module, and taken away after it."""
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media")):
        block = transaction.atomic()
        block.__enter__()
        yield build()
        transaction.set_rollback(True)
        block.__exit__(None, None, None)


@pytest.fixture(autouse=True)
def _in_savepoint(world: World, db: None) -> None:
    """Each test sees the world as it was built."""


def close_file(response: FileResponse) -> None:
    for close in response._resource_closers:  # type: ignore[attr-defined]
        close()


def get(client: Client, name: str, side: Side, asked: dict[str, str] | None = None) -> Any:
    """The answer, its file closed (closing the answer itself would close the connection of the tests)."""
    response = client.get(address(name, side), asked or {})
    if response.streaming:
        response.content_read = b"".join(response.streaming_content)  # type: ignore[attr-defined]
    if isinstance(response, FileResponse):
        close_file(response)
    return response


def body(client: Client, name: str, side: Side) -> bytes:
    response = get(client, name, side)
    return bytes(response.content_read if response.streaming else response.content).lower()


def test_every_address_that_takes_arguments_has_an_example() -> None:
    needs = {name for name in PAGES if takes_arguments(name)}
    assert needs - set(EXAMPLES) == set(), "give these an example in tests/addresses.py"
    assert set(EXAMPLES) - set(PAGES) == set(), "these pages are gone"


def test_public_pages_are_those_listed_here() -> None:
    public = {name for name, p in PAGES.items() if not getattr(p.callback, "login_required", True)}
    assert public == PUBLIC | BY_LINK


@pytest.mark.parametrize("role", [*ROLES, "member", "farmer", "network_director", "admin", "stranger", "visitor"])
def test_no_page_breaks_for_anyone(world: World, role: str) -> None:
    person = {"admin": world.admin, "stranger": world.stranger, "visitor": None}.get(role) or world.ours.people.get(
        role
    )
    client = signed_in(person)
    broken = [(name, status) for name in WALKED if (status := get(client, name, world.ours).status_code) >= 500]
    assert broken == []


def outsiders(world: World) -> dict[str, Person | None]:
    """Those who have no part in ours."""
    return {
        "visitor": None,
        "stranger": world.stranger,
        "member": world.theirs.people["member"],
        "farmer": world.theirs.people["farmer"],
        "everything elsewhere": everything(world.theirs),
    }


def everything(side: Side) -> Person:
    """Someone who holds every role there, in its farm and in its network."""
    person = worker(side.organisation, *ROLES)
    for organisation in (side.has.farm, side.has.network):
        for kind in RoleKind:
            person.roles.create(organisation=organisation, kind=kind, during=("2020-01-01", None))
    return person


def writes() -> dict[str, int]:
    """How many rows of each table of ours the transaction wrote so far, as PostgreSQL counts them."""
    ours = {model._meta.db_table for model in our_tables()}
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables")
        return {table: count for table, count in cursor.fetchall() if table in ours}


@pytest.mark.parametrize("who", ["visitor", "stranger", "member", "farmer", "everything elsewhere"])
def test_outsiders_open_nothing_of_an_organisation(world: World, who: str) -> None:
    client = signed_in(outsiders(world)[who])
    opened = []
    for name in OBJECTS:
        response = get(client, name, world.ours)
        allowed = {302} if who == "visitor" else {404, 405}
        if name in FOR_ALL_MEMBERS:
            allowed |= {200, 302}
        if name in IN_THE_DIRECTORY and who == "everything elsewhere":
            allowed |= {200}
        if response.status_code not in allowed or (who == "visitor" and "/login/" not in response.headers["Location"]):
            opened.append((name, response.status_code))
    assert opened == []


@pytest.mark.parametrize("who", ["visitor", "stranger", "member", "farmer", "everything elsewhere"])
def test_no_page_tells_an_outsider_what_is_private(world: World, who: str) -> None:
    client, secret = signed_in(outsiders(world)[who]), world.ours.secret.lower().encode()
    leaks = [
        name
        for name in WALKED
        for side in (world.ours, world.theirs)
        if name not in BY_LINK and secret in body(client, name, side)
    ]
    assert leaks == []


def test_insiders_do_see_it(world: World) -> None:
    """The marks are where people read them: else the test above would prove nothing."""
    person, secret = everything(world.ours), world.ours.secret.lower().encode()
    client = signed_in(person)
    seen = {name for name in WALKED if secret in body(client, name, world.ours)}
    assert len(seen) >= 35


def test_every_address_of_an_object_opens_for_someone(world: World) -> None:
    """Else the refusals above would prove nothing: a wrong example is refused to all."""
    anyone, owner = signed_in(everything(world.ours)), signed_in(world.ours.people["director"])
    dead = []
    for name in OBJECTS:
        client = owner if name in OF_ONE_PERSON else anyone
        block = transaction.savepoint_create()
        status = get(client, name, world.ours).status_code
        if status == 405:
            status = client.post(address(name, world.ours), {"x": "1"}).status_code
        transaction.savepoint_rollback(block)
        if (status in (403, 404, 405) and name not in ASK_MORE) or status >= 500:
            dead.append((name, status))
    assert not dead, "\n".join(map(str, dead))


# --- POST -------------------------------------------------------------------------------------------------------------


def our_tables() -> list[type[Model]]:
    labels = {c.removeprefix("maillage.") for c in settings.CONTEXTS}
    return [m for m in apps.get_models(include_auto_created=True) if m._meta.app_label in labels]


def print_of_everything() -> dict[str, str]:
    """A mark of every row of every table of ours: equal when nothing changed."""
    found = {}
    with connection.cursor() as cursor:
        for model in our_tables():
            table = connection.ops.quote_name(model._meta.db_table)
            cursor.execute(f"SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) FROM {table} t")
            found[table] = str(cursor.fetchone())
    return found


@pytest.mark.parametrize("who", ["visitor", "stranger", "member", "farmer", "everything elsewhere"])
def test_outsiders_change_nothing_of_an_organisation(world: World, who: str) -> None:
    client = signed_in(outsiders(world)[who])
    before, wrong = print_of_everything(), []
    for name in OBJECTS:
        if name in FOR_ALL_MEMBERS:
            continue
        response = client.post(address(name, world.ours), {"x": "1"})
        allowed = {302} if who == "visitor" else {403, 404, 405}
        if response.status_code not in allowed or (who == "visitor" and "/login/" not in response.headers["Location"]):
            wrong.append((name, response.status_code))
    assert wrong == []
    after = print_of_everything()
    assert {t for t in after if after[t] != before[t]} <= {'"directory_account"'}  # the last sign-in


def test_post_without_a_token_is_refused_everywhere(world: World) -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(everything(world.ours).account)  # type: ignore[arg-type]
    before, wrong = print_of_everything(), []
    for name in WALKED:
        if name == "payments:webhook":  # Stripe signs its own
            continue
        response = client.post(address(name, world.ours), {"x": "1"})
        if response.status_code not in (403, 405):
            wrong.append((name, response.status_code))
    assert wrong == []
    assert print_of_everything() == before


UNCOUNTED = {"payments:webhook", "demo_sign_in", "set_language"}
"""Signed by Stripe; of the demonstration alone; a cookie."""


def test_every_form_without_an_account_is_counted() -> None:
    """Ours are those of `core.limits`; allauth counts its own (`ACCOUNT_RATE_LIMITS`)."""
    reads = [
        name
        for name in PUBLIC | BY_LINK
        if name in PAGES and "POST" in inspect.getsource(inspect.unwrap(PAGES[name].callback))
        if not name.startswith(("account_", "mfa_"))
    ]
    assert len(reads) >= 10
    assert {n for n in reads if not hasattr(PAGES[n].callback, "limited")} <= UNCOUNTED


def test_get_changes_nothing(world: World) -> None:
    client = signed_in(everything(world.ours))
    before = writes()
    assert sum(before.values()) > 500  # it counts: the world was written in this transaction
    changed = []
    for name in WALKED:
        get(client, name, world.ours)
        after = writes()
        if after != before:
            changed.append((name, [t for t in after if after[t] != before.get(t)]))
            before = after
    assert changed == []


# --- what strangers type ----------------------------------------------------------------------------------------------

NAMES = sorted(
    {
        name
        for path in Path(settings.BASE_DIR, "maillage").glob("*/**/*.py")
        if "tests" not in path.parts
        for name in re.findall(r'GET(?:\.get|\.getlist)?[\[(]"(\w+)"', path.read_text())
    }
    | {"q", "page", "tri", "debut", "fin", "annee", "producteur", "categorie", "pour", "seance", "statut"}
)
"""Every word that a page reads in its address."""
HOSTILE = ["²", "9" * 30, "-1", "'\"><script>alert(1)</script>%_\\", "0001-01-01", "9999-12-31", "é" * 3000]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_typed_in_an_address_breaks_a_page(world: World, text: str) -> None:
    client, broken = signed_in(everything(world.ours)), []
    for name in [*sorted({*WALKED} - PUBLIC - BY_LINK), "market:shop", "market:markets", "market:market"]:
        if "." in address(name, world.ours):
            continue  # files
        response = get(client, name, world.ours, dict.fromkeys(NAMES, text))
        if response.status_code >= 500:
            broken.append((name, response.status_code))
        if "<script>" in text and not response.streaming and b"><script>alert(1)" in response.content:
            broken.append((name, "script"))
    assert not broken, "\n".join(map(str, broken))


def test_nul_is_a_bad_request_everywhere(world: World) -> None:
    client = signed_in(everything(world.ours))
    for name in WALKED:
        assert client.get(address(name, world.ours), {"q": "a\0b"}).status_code in (400, 302), name
        assert client.post(address(name, world.ours), {"name": "a\0b"}).status_code in (400, 302), name


# --- links ------------------------------------------------------------------------------------------------------------

LINK = re.compile(r'<a [^>]*href="(/[^"#]*)')


@pytest.mark.parametrize("role", [*ROLES, "member", "farmer", "network_director", "admin", "visitor"])
def test_no_link_leads_to_a_closed_door(world: World, role: str) -> None:
    """What a role is shown it may open: from home, every link, and the links of those pages."""
    person = world.admin if role == "admin" else world.ours.people.get(role)
    client, dead, found, seen = signed_in(person), [], [("", "/")], {"/"}
    while found and len(seen) < 250:
        source, url = found.pop(0)
        response = client.get(url)
        if response.status_code in (403, 404, 405) or response.status_code >= 500:
            dead.append((source, url, response.status_code))
        if response.streaming or "text/html" not in response.headers.get("Content-Type", ""):
            if isinstance(response, FileResponse):
                close_file(response)
            continue
        for href in LINK.findall(response.content.decode()):
            link = html.unescape(href)
            if link.split("?")[0] not in {s.split("?")[0] for s in seen} and not link.startswith("/demonstration/"):
                seen.add(link)
                found.append((url, link))
    assert not dead, "\n".join(map(str, dead))


# --- what goes with every page ----------------------------------------------------------------------------------------


def test_every_page_forbids_scripts_of_others(world: World) -> None:
    client = signed_in(everything(world.ours))
    without = [
        name
        for name in WALKED
        if "frame-ancestors 'none'" not in get(client, name, world.ours).headers.get("Content-Security-Policy", "")
    ]
    assert without == []
    for path in ("/", "/nulle-part/"):
        assert "frame-ancestors 'none'" in client.get(path).headers["Content-Security-Policy"]
        assert "geolocation=()" in client.get(path).headers["Permissions-Policy"]


def test_the_whole_domain_is_bound_to_tls_only_if_its_operator_says_so() -> None:
    for said, expected in (({}, ""), ({"HSTS_SUBDOMAINS": "1"}, "s"), ({"HSTS_PRELOAD": "1"}, "")):
        shown = subprocess.run(
            [sys.executable, "-c", SHOWN], env={**os.environ, "HTTPS": "1", **said}, check=True, capture_output=True
        )
        assert shown.stdout.decode().strip() == expected
    both = {**os.environ, "HTTPS": "1", "HSTS_SUBDOMAINS": "1", "HSTS_PRELOAD": "1"}
    assert subprocess.run([sys.executable, "-c", SHOWN], env=both, check=True, capture_output=True).stdout == b"sp\n"


SHOWN = "from maillage import settings as s;print('s' * s.SECURE_HSTS_INCLUDE_SUBDOMAINS + 'p' * s.SECURE_HSTS_PRELOAD)"


def test_a_form_of_too_many_fields_is_a_bad_request(world: World) -> None:
    client = signed_in(everything(world.ours))
    assert client.post("/", {f"f{n}": "" for n in range(1_001)}).status_code == 400


# --- duplicates -------------------------------------------------------------------------------------------------------

MERGE_CHANGES = {
    "core_change", "directory_organisation", "directory_organisationmerge", "directory_distinctpair", "directory_role",
}  # fmt: skip
"""What uniting two organisations writes. Every other table, those of contexts to come too, keeps its rows."""
OF_THE_DUPLICATE = {
    "directory:organisation", "directory:organisation_edit", "directory:organisation_separate",
    "directory:compare", "directory:distinct",
}  # fmt: skip
"""Pages about the file of a duplicate itself: they answer otherwise once it is united with another, on purpose."""


@pytest.mark.parametrize("whose", ["organisation", "farm"])
def test_uniting_duplicates_loses_no_row_and_closes_no_page(world: World, whose: str) -> None:
    """Every table and every address: what was there stays, and those who worked with it go on."""
    side = world.ours
    duplicate = side.organisation if whose == "organisation" else side.has.farm
    people = [everything(side), side.people["farmer"]]
    before, rows = [statuses(p, side) for p in people], print_of_everything()
    merge(canonical_id=OrganisationFactory().pk, duplicate_id=duplicate.pk, by=None)
    after = print_of_everything()
    assert {table for table in rows if rows[table] != after[table]} <= {f'"{name}"' for name in MERGE_CHANGES}
    for person, known in zip(people, before, strict=True):
        now = statuses(person, side)
        changed = [f"{name}: {known[name]}, then {now[name]}" for name in known if known[name] != now[name]]
        assert not changed, "\n".join(changed)


def statuses(person: Person, side: Side) -> dict[str, int]:
    client = signed_in(person)
    return {name: get(client, name, side).status_code for name in OBJECTS if name not in OF_THE_DUPLICATE}
