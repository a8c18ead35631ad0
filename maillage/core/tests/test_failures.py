"""Failures that have a name answer with a page: what happened, what to do, and nothing asked of the database."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from maillage.core import events, failures, files, letters
from maillage.core.models import Letter
from maillage.core.tests.threads import together


def raised(statement: str, *, before: str = "") -> OperationalError:
    """The error of a statement, as a view would meet it."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            if before:
                cursor.execute(before)
            cursor.execute(statement)
    except OperationalError as error:
        return error
    raise AssertionError("no error")


def title_of(error: BaseException) -> tuple[int, str]:
    found = failures.failure_of(error)
    assert found is not None
    return found.status, found.title


@pytest.mark.django_db
def test_a_statement_that_takes_too_long_is_said() -> None:
    error = raised("SELECT pg_sleep(5)", before="SET LOCAL statement_timeout = 20")
    assert title_of(error) == (503, "Cette page a été arrêtée")


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_row_that_somebody_holds_is_said() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS held_for_a_test AS SELECT 1 AS n")

    def wait() -> Any:
        found = failures.failure_of(
            raised("SELECT n FROM held_for_a_test FOR UPDATE", before="SET LOCAL lock_timeout = 50")
        )
        assert found is not None
        return found.status, found.title, found.text

    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT n FROM held_for_a_test FOR UPDATE")
            ((status, title, text),) = together([wait])
            assert (status, title) == (503, "Un instant")
            assert "Quelqu’un modifie la même chose" in text
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE held_for_a_test")


@pytest.mark.parametrize("name", ["DiskFull", "ReadOnlySqlTransaction", "AdminShutdown", "DeadlockDetected"])
def test_what_the_database_says_has_words(name: str) -> None:
    import psycopg.errors

    error = OperationalError("x")
    error.__cause__ = getattr(psycopg.errors, name)("x")
    found = failures.failure_of(error)
    assert found is not None
    assert (found.status, found.status == 507) == (507 if name == "DiskFull" else 503, name == "DiskFull")


def through(view: Callable[[HttpRequest], HttpResponse], request: HttpRequest) -> HttpResponse | None:
    middleware = failures.FailuresMiddleware(view)
    try:
        return middleware(request)
    except Exception as error:
        return middleware.process_exception(request, error)


def test_a_page_that_failed_offers_to_try_again_and_a_form_does_not() -> None:
    def full(request: HttpRequest) -> HttpResponse:
        raise files.no_room()

    asked, sent = (through(full, make("/marches/?q=a")) for make in (RequestFactory().get, RequestFactory().post))
    assert asked is not None
    assert sent is not None
    assert (asked.status_code, sent.status_code) == (507, 507)
    assert 'href="/marches/?q=a"' in asked.content.decode()
    assert "/marches/" not in sent.content.decode()
    assert "Rien n’a été gardé" in sent.content.decode()


def test_what_has_no_name_is_left_to_the_page_of_errors() -> None:
    def broken(request: HttpRequest) -> HttpResponse:
        raise ZeroDivisionError

    assert through(broken, RequestFactory().get("/")) is None


def test_pages_and_jobs_have_limits_of_their_own() -> None:
    """As `bin/serve` starts them: a page gives up sooner than a job, a command never."""
    ask = "from maillage import settings as s; o = s.DATABASES['default']['OPTIONS']; print(o.get('options', ''))"
    said = {}
    for part in ("web", "worker", ""):
        env = {**os.environ, "MAILLAGE_PART": part, "DATABASE_URL": "postgres://x@/y?host=/tmp"}
        done = subprocess.run(
            [sys.executable, "-c", ask],
            env=env,
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(settings.BASE_DIR),
        )
        said[part] = done.stdout.strip()
    assert "-c statement_timeout=15000" in said["web"]
    assert "-c lock_timeout=8000" in said["web"]
    assert "-c statement_timeout=900000" in said["worker"]
    assert said[""] == ""


# --- occasions ------------------------------------------------------------------------------------


def tell(event: Any) -> None:
    letters.post(EmailMessage("Sujet", "Mots", to=["a@exemple.test"]), key=f"told:{events.occasion()}")


@pytest.mark.django_db
def test_a_job_that_runs_twice_writes_once_and_another_job_writes_again(settings: Any) -> None:
    settings.LETTERS_AT_ONCE = False
    event = events.path_of(events.Event)
    for job in (7, 7, 8):
        context = SimpleNamespace(job=SimpleNamespace(id=job))
        events.handle.func(context, handler=events.path_of(tell), event=event, payload={})
    assert Letter.objects.count() == 2
    assert events.occasion() != events.occasion()  # outside a job, each moment is its own
