"""Forms that edit what a page shows know what it showed: two people who write lose nothing (`core.meanwhile`)."""

from typing import Any

import pytest
from django.db import transaction
from django.urls import resolve

from maillage.core.meanwhile import SHOWN

from .test_access import (
    _in_savepoint,  # noqa: F401 - each test sees the world as it was built
    everything,
    signed_in,
    world,  # noqa: F401
)
from .test_authority import Forms, own_pages, page_at
from .world import World

pytestmark = pytest.mark.django_db

MAKES = {
    "accompaniment:enterprise", "accompaniment:mandate", "accompaniment:succession", "accompaniment:watch_topic",
    "catalogue:agreement_end", "catalogue:application", "directory:people", "funding:agreement", "governance:meeting",
    "governance:seat", "indicators:declaration_review", "indicators:network_members", "indicators:plan_action",
    "indicators:plan_action_new", "indicators:report", "indicators:report_links", "market:desk_order",
    "market:manage_calendar", "market:manage_point_new", "market:manage_zone_new", "payments:payment",
    "payments:reconciliation", "programmes:edition", "programmes:edition_new",
}  # fmt: skip
"""What these pages hold is proposed for something new: a day, an amount, a number of days."""
OTHERWISE = {
    "market:counter_order": "the order's revision, `seen`",
    "market:order_amend": "the order's revision, `seen`",
}
NOT_YET = {"accompaniment:markets", "catalogue:criteria_edit", "market:cycle_offers", "market:producer_offers"}
"""Grids whose cells are not compared yet."""
TYPED = ("text", "email", "tel", "number", "date", "url", "time", "datetime-local")


class Filled(Forms):
    """Also which fields of each form hold something already that one could change."""

    def __init__(self, page: str) -> None:
        super().__init__(page)
        self.held: list[set[str]] = []
        self.area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        count = len(self.found)
        super().handle_starttag(tag, attrs)
        self.held += [set() for _more in range(len(self.found) - count)]
        has = {name: value or "" for name, value in attrs}
        if self.open and tag == "input" and has.get("type", "text") in TYPED and has.get("value") and has.get("name"):
            self.held[-1].add(has["name"])
        self.area = has.get("name", "") if self.open and tag == "textarea" else self.area

    def handle_data(self, data: str) -> None:
        if self.area and data.strip():
            self.held[-1].add(self.area)

    def handle_endtag(self, tag: str) -> None:
        super().handle_endtag(tag)
        self.area = "" if tag == "textarea" else self.area


@pytest.fixture(scope="module")
def filled(world: World) -> list[tuple[str, str, dict[str, str], set[str]]]:  # noqa: F811
    """Of every form that holds something: its page, where it goes, what it would send, which fields are held."""
    block, found, client = transaction.savepoint_create(), {}, signed_in(everything(world.ours))
    for page in own_pages(world.ours):
        parser = Filled(page)
        parser.feed(page_at(client, page))
        for (action, values), held in zip(parser.found, parser.held, strict=True):
            if held:
                found[action, *sorted(held)] = (page, action, values, held)
    transaction.savepoint_rollback(block)
    return list(found.values())


def test_forms_that_show_what_is_held_say_what_they_showed(filled: list[Any]) -> None:
    bare = {
        resolve(page).view_name: sorted(held)
        for page, _action, values, held in filled
        if not any(f"{SHOWN}{name}" in values for name in held)
    }
    known = MAKES | NOT_YET | set(OTHERWISE)
    assert not set(bare) - known, bare
    assert not known - set(bare)  # the lists above shrink
    assert len(filled) - len(bare) > 25


def test_what_two_people_change_is_shown_to_the_second(world: World, filled: list[Any]) -> None:  # noqa: F811
    """One writes in a field; the other, whose page is older, writes something else there."""
    client, silent, met = signed_in(everything(world.ours)), [], set()
    for page, action, values, held in filled:
        for name in sorted(n for n in held if f"{SHOWN}{n}" in values):
            block = transaction.savepoint_create()
            if client.post(action, {**values, name: "Une personne"}).status_code == 302:
                second = client.post(action, {**values, name: "Une autre"})
                met.add((page, name))
                if second.status_code == 302 or "Pendant que vous" not in second.content.decode():
                    silent.append((page, name, second.status_code))
            transaction.savepoint_rollback(block)
    assert not silent, "\n".join(map(str, silent))
    assert len(met) > 15
