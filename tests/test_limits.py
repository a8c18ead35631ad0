"""Forms without an account: how often, from where, and what is kept of what was typed."""

from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from maillage.core import limits, rescue
from maillage.core.tests.threads import together
from maillage.directory.tests.factories import PersonFactory

pytestmark = pytest.mark.django_db


@limits.public_form("essai", by_address=3, by_all=5)
def form(request: HttpRequest) -> HttpResponse:
    return HttpResponse("reçu")


def send(address: str = "203.0.113.7", *, user: Any = None, method: str = "post", **headers: str) -> HttpResponse:
    sent = {"nom": ["Rose", "Ève"]} if method == "post" else {}
    request = getattr(RequestFactory(), method)("/essai/?a=1", sent, REMOTE_ADDR=address, headers=headers)
    request.user = user or AnonymousUser()
    request.session = {}
    request.htmx = False
    return form(request)


def test_an_address_sends_so_many_and_no_more() -> None:
    assert [send().status_code for _n in range(4)] == [200, 200, 200, 429]
    assert send("198.51.100.1").status_code == 200
    assert send(method="get").status_code == 200


def test_all_addresses_together_have_a_limit() -> None:
    assert [send(f"203.0.113.{n}").status_code for n in range(6)] == [200] * 5 + [429]


def test_the_page_keeps_what_was_typed_and_says_when() -> None:
    for _n in range(3):
        send()
    answer = send()
    page = answer.content.decode()
    assert 'action="/essai/?a=1"' in page
    assert page.count('name="nom"') == 2
    assert 'value="Ève"' in page
    assert 0 < int(answer["Retry-After"]) <= limits.WINDOW


def test_who_is_signed_in_is_not_counted() -> None:
    account = PersonFactory().account
    assert {send(user=account).status_code for _n in range(9)} == {200}


def test_addresses_of_one_house_count_together() -> None:
    answers = [send(f"2001:db8:1:2::{n}").status_code for n in range(1, 5)]
    assert answers == [200, 200, 200, 429]
    assert send("2001:db8:1:3::1").status_code == 200


def test_a_header_that_anyone_writes_is_not_believed(settings: Any) -> None:
    answers = [send(x_forwarded_for=f"198.51.100.{n}").status_code for n in range(4)]
    assert answers[-1] == 429
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    answers = [send(x_forwarded_for=f"198.51.101.{n}").status_code for n in range(2)]
    assert answers == [200] * 2


def test_an_address_gets_one_message_until_it_is_confirmed_then_four_a_day() -> None:
    assert [limits.may_write_to(e, confirmed=False) for e in ("a@b.test", "A@b.test ")] == [True, False]
    assert [limits.may_write_to("c@b.test", confirmed=True) for _n in range(5)] == [True] * 4 + [False]
    assert limits.may_write_to("a@b.test", "account", confirmed=False)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_exactly_as_many_as_the_limit_pass() -> None:
    for turn in range(5):
        count = partial(limits.within, f"race:{turn}", most=7, seconds=600)
        passed = together([count] * 20)
        assert sorted(passed) == [False] * 13 + [True] * 7


def test_windows_that_are_over_go_and_the_present_one_counts_on() -> None:
    assert limits.within("nuit", most=1, seconds=600)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_cache SET expires = expires - interval '1 day'")
        cursor.execute("SELECT count(*) FROM core_cache WHERE cache_key LIKE 'limit:%'")
        assert cursor.fetchone() == (1,)
    assert limits.within("jour", most=1, seconds=600)
    rescue.forget_sessions(timestamp=0)
    assert not limits.within("jour", most=1, seconds=600)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM core_cache WHERE cache_key LIKE 'limit:%'")
        assert cursor.fetchone() == (1,)
