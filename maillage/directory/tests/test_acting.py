"""For which of their organisations somebody works: the one that they chose, as long as they choose no other."""

from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.http import Http404, HttpRequest
from django.test import RequestFactory

from maillage.directory.queries import acting
from maillage.directory.queries.acting import ALL, KEY

from .factories import OrganisationFactory, give_role, with_role

pytestmark = pytest.mark.django_db
KINDS = ("adviser",)


@pytest.fixture
def two() -> tuple[Any, Any, Any]:
    """An adviser of two organisations, by name; and these."""
    first = OrganisationFactory(name="Appui A")
    person, second = with_role(first, "adviser"), OrganisationFactory(name="Appui B")
    give_role(person, second, "adviser")
    return person.account, first, second


def asks(user: Any, session: Any, **asked: str) -> HttpRequest:
    request = RequestFactory().get("/x/", asked)
    request.user, request.session = user, session
    return request


def test_the_one_chosen_stays_until_another_is(two: tuple[Any, Any, Any]) -> None:
    user, first, second = two
    session = SessionStore()
    assert acting(asks(user, session), KINDS).one == first
    assert acting(asks(user, session), KINDS, may_be_all=True).ids == [first.pk, second.pk]
    assert acting(asks(user, session, **{KEY: second.public_id.hex}), KINDS).one == second
    assert acting(asks(user, session), KINDS).one == second
    assert acting(asks(user, session), KINDS, may_be_all=True).ids == [second.pk]
    assert acting(asks(user, session, **{KEY: ALL}), KINDS, may_be_all=True).organisation is None
    assert acting(asks(user, session), KINDS).one == first


def test_another_s_organisation_is_not_chosen(two: tuple[Any, Any, Any]) -> None:
    user = two[0]
    for text in (OrganisationFactory().public_id.hex, "nimporte"):
        with pytest.raises(Http404):
            acting(asks(user, SessionStore(), **{KEY: text}), KINDS)
    with pytest.raises(Http404):
        acting(asks(user, SessionStore()), ("manager",))
