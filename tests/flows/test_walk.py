"""Every page of the program on a phone, seen by axe in light and in dark, as someone who holds every role.

The journeys beside this one do what people do; this walk opens what no journey passes by. Pages are those of
`tests/addresses.py`; what answers anything else than a page (a file, a part, a refusal) is left to other tests.
"""

import pytest
from django.test import Client

from tests.test_access import OF_ONE_PERSON, WALKED, address, everything
from tests.world import Side, make_side

PARTS = {
    "market": ("market",),
    "catalogue, books, members": ("catalogue", "ledger", "payments", "membership"),
    "accompaniment": ("accompaniment",),
    "programmes, governance": ("programmes", "governance", "funding"),
    "figures": ("indicators",),
    "house": ("directory", "mfa", "account", ""),
}


def part_of(name: str) -> str:
    space = name.partition(":")[0] if ":" in name else name.partition("_")[0]
    return next((part for part, spaces in PARTS.items() if space in spaces), "house")


def pages(client: Client, side: Side, part: str) -> list[tuple[str, str]]:
    """The whole pages of this part that open, with their addresses."""
    found = []
    for name in WALKED:
        if part_of(name) != part or name in OF_ONE_PERSON:
            continue
        answer = client.get(address(name, side))
        whole = answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html")
        if whole and not answer.streaming and b"<html" in answer.content[:200]:
            found.append((name, address(name, side)))
        elif answer.streaming:
            answer.close()
    return found


@pytest.mark.parametrize("part", PARTS)
def test_every_page_is_accessible_on_a_phone(part, page, live_server, sign_in, found_by_axe, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    side = make_side("ours", "SECRETNOTRE")
    someone = everything(side)
    client = Client(raise_request_exception=False)
    client.force_login(someone.account)
    phone = page(390, height=5000)  # so tall that the bar at its foot covers nothing
    sign_in(phone, someone)
    there = pages(client, side, part)
    assert there
    problems = []
    for name, path in there:
        phone.emulate_media(color_scheme="light", reduced_motion="reduce")
        phone.goto(live_server.url + path)
        problems += [f"{name} {said}" for said in found_by_axe(phone)]
        phone.emulate_media(color_scheme="dark", reduced_motion="reduce")
        problems += [f"{name} in dark {said}" for said in found_by_axe(phone, rules=["color-contrast"])]
    assert not problems, "\n".join(problems)
