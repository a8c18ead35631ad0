"""Nobody changes what is another's: every form of an organisation, filled and sent by every role of another one.

`test_access` asks who opens what; here, who changes what, with the values that the forms themselves would send.
"""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import transaction
from django.http import FileResponse
from django.test import Client
from django.urls import reverse

from maillage.directory.models import Organisation

from .test_access import (
    FOR_ALL_MEMBERS,
    OBJECTS,
    _in_savepoint,  # noqa: F401 - each test sees the world as it was built
    address,
    close_file,
    everything,
    get,
    print_of_everything,
    signed_in,
    world,  # noqa: F401
)
from .world import ROLES, Side, World

pytestmark = pytest.mark.django_db

NAMED = {"neq": "1143920099", "postal_code": "J0L 1A0", "code": "57005"}
TYPED = {"email": "intrus@exemple.test", "url": "https://intrus.exemple.test", "tel": "450 555-0199", "number": "7"}
SAME = {"hidden", "date", "time", "datetime-local", "radio"}
"""Kinds of fields that are sent as the page shows them."""
ITS_FILES = ("organisation", "farm", "enterprise", "market_buyer", "partner")
"""Organisations of a side whose file could be changed: with people of every kind, with producers, with nobody."""


class Forms(HTMLParser):
    """The POST forms of a page: where each goes, and values that change whatever it lets one change."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page, self.found, self.open, self.select = page, [], None, ""  # type: ignore[var-annotated]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.open = (has.get("action") or self.page, {}) if has.get("method", "").lower() == "post" else None
            self.found += [self.open] if self.open else []
        name = has.get("name", "")
        if tag == "select":
            self.select = name
        if not self.open or name == "csrfmiddlewaretoken":
            return
        _action, values = self.open
        if tag == "button" and has.get("formaction"):
            self.found.append((has["formaction"], values))
        elif tag == "button" and name:
            values.setdefault(name, has.get("value", ""))
        elif tag == "textarea" and name:
            values[name] = "Intrus"
        elif tag == "option" and self.select and has.get("value"):
            if "selected" in has or self.select not in values:
                values[self.select] = has["value"]
        elif tag == "input" and name:
            self._input(has, values)

    def _input(self, has: dict[str, str], values: dict[str, str]) -> None:
        kind = has.get("type", "text")
        if kind == "checkbox" or (kind == "radio" and "checked" not in has):
            values.setdefault(has["name"], has.get("value", "on"))
        elif kind in SAME:
            values[has["name"]] = has.get("value", "")
        elif kind != "file":
            typed = NAMED.get(has["name"]) or TYPED.get(kind)
            values[has["name"]] = typed or has.get("value") or "Intrus"

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None
        if tag == "select":
            self.select = ""


def page_at(client: Client, url: str) -> str:
    """The page of an address; "" when it is none."""
    response = client.get(url)
    if isinstance(response, FileResponse):
        close_file(response)
    if response.status_code != 200 or response.streaming or "html" not in response.headers.get("Content-Type", ""):
        return ""
    return response.content.decode()


def forms_of(client: Client, url: str) -> list[tuple[str, dict[str, str]]]:
    parser = Forms(url)
    parser.feed(page_at(client, url))
    return [(urlsplit(action).path, values) for action, values in parser.found]


def files_of(side: Side) -> dict[str, Organisation]:
    return {name: side.organisation if name == "organisation" else getattr(side.has, name) for name in ITS_FILES}


def own_pages(side: Side) -> Iterator[str]:
    """Addresses of the objects of a side, and of the files of all its organisations."""
    yield from (address(name, side) for name in OBJECTS if name not in FOR_ALL_MEMBERS)
    for organisation in files_of(side).values():
        for name in ("organisation", "organisation_edit", "people"):
            yield reverse(f"directory:{name}", args=[organisation.public_id])


@pytest.fixture(scope="module")
def sent(world: World) -> list[tuple[str, dict[str, str]]]:  # noqa: F811
    """Every form that the people of ours and the administration are shown there, filled; and every address, empty."""
    block = transaction.savepoint_create()
    found: dict[tuple[str, str], tuple[str, dict[str, str]]] = {}
    pages = list(own_pages(world.ours))
    theirs = {address(name, world.theirs) for name in OBJECTS}
    for person in (everything(world.ours), world.ours.people["farmer"], world.admin):
        client = signed_in(person)
        for page in pages:
            for action, values in forms_of(client, page):
                if action in pages or (action not in theirs and world_of(action, world.ours)):
                    found.setdefault((action, ",".join(sorted(values))), (action, values))
    transaction.savepoint_rollback(block)
    return [*found.values(), *((page, {"x": "1"}) for page in pages)]


def world_of(action: str, side: Side) -> bool:
    """Whether an address names something: those of the house (sign out, language) are everybody's."""
    return any(part.count("-") == 4 or side.organisation.slug in part for part in action.split("/"))


@pytest.fixture(scope="module")
def closed(world: World) -> set[str]:  # noqa: F811
    """Addresses for anyone who is signed in: to join, to apply, to order."""
    return {address(name, world.ours) for name in FOR_ALL_MEMBERS}


def test_the_forms_are_there_and_do_change_things(world: World, sent: list[Any]) -> None:  # noqa: F811
    """Else the refusals below would prove nothing."""
    assert len(sent) > 350
    farm = world.ours.has.farm
    edit = reverse("directory:organisation_edit", args=[farm.public_id])
    filled = next(values for action, values in sent if action == edit and "email" in values)
    before = print_of_everything()
    signed_in(world.ours.people["farmer"]).post(edit, filled)
    farm.refresh_from_db()
    assert farm.email == TYPED["email"]
    changed = {table for table, mark in print_of_everything().items() if mark != before[table]}
    assert {'"directory_organisation"', '"directory_contactchange"', '"core_change"'} <= changed


@pytest.mark.parametrize("role", [*ROLES, "member", "farmer", "network_director"])
def test_no_role_elsewhere_changes_anything_here(
    world: World,  # noqa: F811
    sent: list[tuple[str, dict[str, str]]],
    closed: set[str],
    role: str,
) -> None:
    client = signed_in(world.theirs.people[role])
    before, wrong = print_of_everything(), []
    for action, values in sent:
        if action in closed:
            continue
        status = client.post(action, values).status_code
        if status not in (403, 404, 405):
            wrong.append((action, status, sorted(values)))
    after = print_of_everything()
    assert not wrong, "\n".join(map(str, wrong))
    assert {t for t in after if after[t] != before[t]} <= {'"directory_account"'}  # the last sign-in


def test_no_edit_page_opens_elsewhere(world: World) -> None:  # noqa: F811
    """Pages that change a file or its people, of every kind of organisation, for someone with every role elsewhere."""
    client, opened = signed_in(everything(world.theirs)), []
    for name, organisation in files_of(world.ours).items():
        for page in ("organisation_edit", "organisation_history", "people"):
            url = reverse(f"directory:{page}", args=[organisation.public_id])
            if client.get(url).status_code != 404:
                opened.append((name, page))
    assert opened == []
    assert get(client, "directory:organisation", world.ours).status_code == 200
