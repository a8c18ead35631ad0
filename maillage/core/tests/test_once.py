"""A form sent twice writes once, what is corrected is written, and scripts are left alone."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.fallback import FallbackStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.test import RequestFactory
from django.utils import timezone

from maillage.core import once
from maillage.core.actions import Anyone, Refused, action, of_one_moment
from maillage.core.models import Sending, StoredFile

from .threads import together

TOKEN = {once.TOKEN: "t" * 64}


@action(Anyone("a test"))
def keep(*, name: str, refuse: bool = False, by: Any = None) -> None:
    StoredFile.objects.create(name=name, size=1, sha256="0" * 64, stored_at=timezone.now())
    if refuse:
        raise Refused("Non.")


@action(Anyone("a test"))
@of_one_moment
def keep_of_one_moment(*, name: str, by: Any = None) -> None:
    keep(name=name, by=by)


def kept() -> int:
    return StoredFile.objects.count()


def two_things(request: HttpRequest) -> HttpResponse:
    """A page whose form makes a thing and another that follows from it."""
    for ending in "ab":
        keep(name=f"{request.POST['name']}-{kept()}-{ending}")
    return redirect("/fait/")


def send(
    values: dict[str, Any], view: Callable[..., HttpResponse] = two_things, user: Any = None, **headers: str
) -> HttpResponse:
    request = RequestFactory().post("/faire/", values, headers=headers)
    request.user, request.session = user or AnonymousUser(), {}  # type: ignore[assignment]
    request._messages = FallbackStorage(request)  # type: ignore[attr-defined]
    middleware = once.SentOnceMiddleware(lambda request: answered(request))

    def answered(request: HttpRequest) -> HttpResponse:
        middleware.process_view(request, view, (), {})
        try:
            return view(request)
        except Exception as error:
            response = middleware.process_exception(request, error)
            if response is None:
                raise
            response.said = ", ".join(m.message for m in request._messages)  # type: ignore[attr-defined]
            return response

    return middleware(request)


@pytest.mark.django_db
def test_the_same_form_writes_once_and_leads_where_the_first_led() -> None:
    assert send({**TOKEN, "name": "x"})["Location"] == "/fait/"
    again = send({**TOKEN, "name": "x"})
    assert kept() == 2  # both things of the first
    assert (again.status_code, again["Location"]) == (302, "/fait/")
    assert "déjà envoyé" in again.said  # type: ignore[attr-defined]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "other",
    [
        {"name": "y"},  # another content
        {once.TOKEN: "u" * 64},  # the page was shown again
        {"more": ["1", "2"]},
    ],
)
def test_another_content_or_another_page_is_another_sending(other: dict[str, Any]) -> None:
    send({**TOKEN, "name": "x"})
    send({**TOKEN, "name": "x", **other})
    assert kept() == 4


@pytest.mark.django_db
@pytest.mark.parametrize("headers", [{"HX-Request": "true"}, {"Accept": "application/json"}])
def test_what_scripts_send_is_theirs_to_know(headers: dict[str, str]) -> None:
    for _n in range(2):
        send({**TOKEN, "name": "x"}, **headers)
    assert kept() == 4
    assert not Sending.objects.exists()


@pytest.mark.django_db
def test_another_file_of_the_same_name_is_another_sending() -> None:
    for content in (b"a", b"b", b"a"):
        send({**TOKEN, "name": "x", "file": SimpleUploadedFile("f.csv", content)})
    assert kept() == 4


@pytest.mark.django_db
def test_the_file_can_still_be_read_by_the_view() -> None:
    read = []

    def view(request: HttpRequest) -> HttpResponse:
        keep(name="x")
        read.append(request.FILES["file"].read())  # type: ignore[union-attr]
        return redirect("/")

    send({**TOKEN, "file": SimpleUploadedFile("f.csv", b"abc")}, view)
    assert read == [b"abc"]


@pytest.mark.django_db
def test_what_was_refused_may_be_sent_again_as_it_is() -> None:
    def refused(request: HttpRequest) -> HttpResponse:
        with pytest.raises(Refused):
            keep(name="no", refuse=True)
        return HttpResponse("Non.", status=422)

    send({**TOKEN, "name": "x"}, refused)
    assert send({**TOKEN, "name": "x"})["Location"] == "/fait/"
    assert kept() == 2


@pytest.mark.django_db
def test_what_is_noted_before_the_view_is_not_what_the_form_asks() -> None:
    """That a session lives, say: what the view then failed to do may be sent again as it is."""
    request = RequestFactory().post("/faire/", TOKEN)
    request.user = AnonymousUser()

    def before(request: HttpRequest) -> HttpResponse:
        keep(name="seen")
        return HttpResponse("", status=503)

    once.SentOnceMiddleware(before)(request)
    assert not Sending.objects.exists()


@pytest.mark.django_db
def test_without_an_answer_that_leads_one_comes_back_to_the_page() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        keep(name="x")
        return HttpResponse("")

    send(TOKEN, view)
    assert send(TOKEN, view, Referer="http://testserver/liste/")["Location"] == "http://testserver/liste/"
    assert send(TOKEN, view, Referer="https://ailleurs.test/")["Location"] == "/"
    assert kept() == 1


@pytest.mark.race
@pytest.mark.parametrize("write", [keep, keep_of_one_moment])
@pytest.mark.django_db(transaction=True)
def test_two_at_once_write_once(write: Callable[..., None]) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        write(name=f"x-{id(request)}")
        return redirect("/fait/")

    answers = together([lambda: send(TOKEN, view)] * 4)
    assert [a.status_code for a in answers] == [302] * 4
    assert kept() == 1


@pytest.mark.django_db
def test_without_a_token_the_same_within_a_moment_is_the_same_sending() -> None:
    """What sends forms without pages, and tries again: of someone who is known, for a moment."""
    one, other = (SimpleNamespace(pk=pk, is_authenticated=True) for pk in (1, 2))
    for user in (one, one, other, AnonymousUser(), AnonymousUser()):
        send({"name": "x"}, user=user)
    assert kept() == 2 * 4
    Sending.objects.update(sent_at=timezone.now() - once.MOMENT)
    send({"name": "x"}, user=one)
    assert kept() == 2 * 5


@pytest.mark.django_db
def test_sendings_are_kept_for_a_week() -> None:
    now = timezone.now()
    send({**TOKEN, "name": "x"})
    assert once.forget_old(now=now + timedelta(days=6)) == 0
    assert once.forget_old(now=now + timedelta(days=8)) == 1
