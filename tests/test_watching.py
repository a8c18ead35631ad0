"""What machines and operators see: alive, ready, figures, lines of log, reports. None of it says who."""

import gzip
import json
import logging
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import sentry_sdk
from django.contrib.sessions.models import Session
from django.core import signing
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from maillage.core import clock, files, jobs, rescue
from maillage.core.watching import health, logs, metrics, reports
from maillage.directory.tests.factories import AccountFactory, Cast, OrganisationFactory, PersonFactory

READY = "/sante/pret/"
SOMEBODY = "zenobie@exemple.test"


@pytest.fixture(autouse=True)
def _asked_anew() -> Iterator[None]:
    health.forget()
    yield
    health.forget()


def worker() -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")


# --- alive and ready ------------------------------------------------------------------------------
def test_alive_is_answered_by_address_without_tls_and_without_database(client: Client, settings: Any) -> None:
    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["maillage.exemple.test"], True
    assert client.get("/sante/", HTTP_HOST="10.77.0.41:8000").json() == {"ok": True}  # no database in this test


@pytest.mark.django_db
def test_other_pages_still_ask_for_the_name_and_for_tls(client: Client, settings: Any) -> None:
    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["maillage.exemple.test"], True
    assert client.get("/", HTTP_HOST="10.77.0.41:8000").status_code == 400
    assert client.get("/", HTTP_HOST="maillage.exemple.test").status_code == 301


@pytest.mark.django_db
def test_ready_once_a_worker_gives_signs(client: Client, settings: Any) -> None:
    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["maillage.exemple.test"], True
    answer = client.get(READY, HTTP_HOST="10.77.0.41:8000")
    assert (answer.status_code, answer.json()) == (503, {"ready": False, "failing": ["workers"]})
    worker()
    health.forget()
    assert client.get(READY, HTTP_HOST="10.77.0.41:8000").status_code == 200


@pytest.mark.django_db
def test_each_thing_that_fails_is_named(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    worker()
    assert health.ask() == []
    settings.MEDIA_MIN_FREE = files.free_space()
    assert health.ask() == ["disk"]
    settings.MEDIA_MIN_FREE = 0
    jobs.defer("core:letter", letter_id=1)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_events SET at = now() - interval '1 hour'")
    assert health.ask() == ["jobs"]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    monkeypatch.setattr(clock, "_started", clock._started - 3600)
    assert health.ask() == ["clock"]
    monkeypatch.undo()
    monkeypatch.setattr(health, "_migrated", False)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'core'")
    assert "migrations" in health.ask()


@pytest.mark.django_db
def test_a_balancer_that_asks_often_asks_the_database_once(client: Client, django_assert_num_queries: Any) -> None:
    client.get(READY)
    with django_assert_num_queries(0):
        for _i in range(20):
            client.get(READY)


def test_a_database_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    def gone(*_args: Any, **_options: Any) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr("maillage.core.clock.sql.rows", gone)
    answer = client.get(READY)
    assert (answer.status_code, answer.json()["failing"]) == (503, ["database"])


def test_who_asks_while_another_one_waits_for_the_database_is_answered_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, go = threading.Event(), threading.Event()

    def slow() -> list[str]:
        asked.set()
        go.wait(20)
        return []

    monkeypatch.setattr(health, "ask", slow)
    first = threading.Thread(target=health.failing)
    first.start()
    assert asked.wait(20)
    assert health.failing() == ["starting"]
    go.set()
    first.join(20)
    assert health.failing() == []


# --- figures ----------------------------------------------------------------------------------------
def figures(client: Client, **headers: str) -> dict[str, float]:
    answer = client.get("/mesures/", headers=headers)
    assert answer.status_code == 200
    lines = [line for line in answer.content.decode().splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, _space, value in (line.rpartition(" ") for line in lines)}


@pytest.mark.django_db
def test_figures_are_for_who_has_the_secret(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    assert client.get("/mesures/", headers={"Authorization": "Bearer "}).status_code == 404
    settings.METRICS_TOKEN = "secret"
    assert client.get("/mesures/").status_code == 404
    assert client.get("/mesures/", headers={"Authorization": "Bearer other"}).status_code == 404
    figures(client, Authorization="Bearer secret")


@pytest.mark.django_db
def test_figures_say_how_the_service_stands(client: Client, settings: Any, cast: Cast) -> None:
    settings.METRICS_TOKEN = "secret"
    client.force_login(cast.coordinator.account)
    client.get("/")
    client.get("/nulle/part/marie@exemple.test/")
    worker()
    jobs.defer("core:letter", letter_id=1)
    metrics.backup_done(now=datetime(2026, 12, 1, tzinfo=UTC))
    found = figures(client, Authorization="Bearer secret")
    assert found["maillage_workers"] == found["maillage_jobs_waiting"] == found["maillage_database_up"] == 1
    assert found["maillage_cycles_overdue"] == found["maillage_letters_failed"] == found["maillage_jobs_failed"] == 0
    assert found["maillage_backup_timestamp_seconds"] == datetime(2026, 12, 1, tzinfo=UTC).timestamp()
    assert found["maillage_database_bytes"] > 1e6
    assert found['maillage_requests_total{method="GET",status="200",view="home"}'] >= 1
    assert found['maillage_requests_total{method="GET",status="404",view="?"}'] >= 1
    assert found['maillage_request_seconds_count{view="home"}'] >= 1
    assert "exemple" not in "".join(found)


@pytest.mark.django_db
def test_figures_of_the_machine_stay_when_the_database_is_gone(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.METRICS_TOKEN = "secret"

    def gone(*_args: Any) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr("maillage.core.workload.sql.rows", gone)
    found = figures(client, Authorization="Bearer secret")
    assert found["maillage_database_up"] == 0
    assert "maillage_workers" not in found


# --- lines of log ------------------------------------------------------------------------------------
class Lines(logging.Handler):
    """What a formatter of ours makes of every record."""

    def __init__(self, formatter: logging.Formatter) -> None:
        super().__init__()
        self.setFormatter(formatter)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def lines() -> Iterator[Lines]:
    handler = Lines(logs.Json())
    root, own = logging.getLogger(), logging.getLogger("maillage.requests")
    level = own.level
    root.addHandler(handler)
    own.setLevel(logging.INFO)
    yield handler
    root.removeHandler(handler)
    own.setLevel(level)


@pytest.mark.django_db
def test_a_request_has_a_number_that_is_answered_logged_and_shown(client: Client, lines: Lines) -> None:
    answer = client.get("/nulle-part/", headers={"X-Request-Id": "abcdef-123456"})
    assert answer["X-Request-Id"] == "abcdef-123456"
    assert "abcdef-123456" in answer.content.decode()
    said = [json.loads(line) for line in lines.lines]
    assert [line["logger"] for line in said] == ["maillage.requests", "django.request"]
    assert {line["request_id"] for line in said} == {"abcdef-123456"}
    assert said[0] | {"ms": 0, "at": ""} == {
        "at": "", "level": "info", "logger": "maillage.requests", "message": "request", "ms": 0,
        "request_id": "abcdef-123456", "method": "GET", "route": "?", "status": 404,
    }  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("given", ["", "court", "a" * 65, "marie@exemple.test", "a b c d e f g h", "<script>alert(1)"])
def test_a_number_that_is_not_well_formed_is_not_repeated(client: Client, given: str) -> None:
    number = client.get("/robots.txt", headers={"X-Request-Id": given})["X-Request-Id"]
    assert re.fullmatch(r"[0-9a-f]{32}", number)


@pytest.mark.django_db
def test_no_line_says_who(client: Client, lines: Lines, cast: Cast, settings: Any) -> None:
    """Pages and forms are walked, as a visitor and signed in; nothing of who it is stays in a line."""
    person = PersonFactory(given_name="Zénobie", family_name="Tremblay-Secrète", email="zenobie@exemple.test")
    organisation = OrganisationFactory(name="Ferme Introuvable", slug="ferme-introuvable")
    token = signing.Signer(salt="directory.invitation", sep=".").sign("0" * 32 + "-1")
    for path in (f"/invitation/{token}/", "/personnes/zenobie@exemple.test/", f"/organisations/{organisation.slug}/"):
        client.get(path)
    typed = {"login": "zenobie@exemple.test", "password": "not-the-password", "email": "zenobie@exemple.test"}
    client.post(reverse("account_login"), typed)
    client.post(reverse("account_reset_password"), typed)
    client.post(reverse("account_signup"), typed | {"given_name": "Zénobie", "password1": "x"})
    Client(enforce_csrf_checks=True).post(reverse("account_login") + "?next=/personnes/zenobie@exemple.test/", typed)
    client.force_login(person.account)
    for path in ("/", f"/organisations/{organisation.slug}/", f"/personnes/{person.public_id}/", "/%00"):
        client.get(path)
    logging.getLogger("maillage.x").error("letter to %s (%s)", person.email, token)
    logging.getLogger("procrastinate.worker").error("Job core:event[12](payload={'name': 'Zénobie'}) failed")
    try:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO directory_account (email) VALUES (%s)", [person.email])
    except Exception:
        logging.getLogger("maillage.x").exception("a row")
    said = "\n".join(lines.lines)
    assert len(lines.lines) > 12
    assert said.count('"logger": "maillage.requests"') >= 10
    found = re.findall(
        r"(?i)z[ée]nobie|secrète|exemple\.test|introuvable|not-the-password|" + re.escape(token[-43:]), said
    )
    assert found == []


def test_lines_for_people_are_as_silent() -> None:
    record = logging.LogRecord("x", logging.ERROR, "", 1, "to %s", ("ana@exemple.test",), None)
    assert logs.Line().format(record).endswith("ERROR x to …@…")


# --- reports of errors -------------------------------------------------------------------------------
@pytest.fixture
def collector() -> Iterator[list[dict[str, Any]]]:
    """A server that takes reports as Sentry's does."""
    got: list[dict[str, Any]] = []

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            raw = gzip.decompress(raw) if self.headers.get("Content-Encoding") == "gzip" else raw
            got.extend(json.loads(line) for line in raw.splitlines() if b'"exception"' in line or b'"logentry"' in line)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    reports.start(f"http://key@127.0.0.1:{server.server_port}/1")
    yield got
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)
    server.shutdown()
    server.server_close()


@pytest.mark.django_db
def test_an_error_is_reported_with_its_place_and_without_its_people(
    collector: list[dict[str, Any]], client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: Any, **_options: Any) -> None:
        raise RuntimeError(f"no {SOMEBODY}")

    monkeypatch.setattr("maillage.site.views.needs.needs", broken)
    client.force_login(cast.coordinator.account)
    client.raise_request_exception = False
    answer = client.get(f"/?courriel={SOMEBODY}", headers={"X-Request-Id": "abcdef-123456"})
    assert answer.status_code == 500
    assert "abcdef-123456" in answer.content.decode()
    sentry_sdk.flush(10)
    (event,) = [e for e in collector if "exception" in e]
    said = json.dumps(event)
    assert event["exception"]["values"][-1]["value"] == "no …@…"
    assert "request" not in event
    assert event["tags"]["request_id"] == "abcdef-123456"
    assert "broken" in said
    for private in ("zenobie", cast.coordinator.account.email, client.cookies["sessionid"].value):
        assert private not in said


def test_nothing_is_reported_without_an_address() -> None:
    reports.start("")
    assert not sentry_sdk.get_client().is_active()


# --- cleaning and keys ---------------------------------------------------------------------------------
@pytest.mark.django_db
def test_sessions_and_cache_that_are_over_go() -> None:
    now = datetime(2026, 12, 1, tzinfo=UTC)
    for key, end in (("over", now - timedelta(days=400)), ("lives", datetime(2200, 1, 1, tzinfo=UTC))):
        Session.objects.create(session_key=key, session_data="x", expire_date=end)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_cache VALUES ('over', 'x', '2020-01-01'), ('lives', 'x', '2200-01-01') "
            "ON CONFLICT DO NOTHING"
        )
    rescue.forget_sessions(timestamp=0)
    assert set(Session.objects.values_list("session_key", flat=True)) == {"lives"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM core_cache WHERE cache_key IN ('over', 'lives')")
        assert cursor.fetchall() == [("lives",)]


@pytest.mark.django_db
def test_a_new_secret_ends_no_session_and_no_link_while_the_old_one_is_kept(client: Client, settings: Any) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "old" * 20, []
    account = AccountFactory()
    account.set_password("a-long-password")
    account.save()
    PersonFactory(account=account)
    client.force_login(account)
    link = signing.Signer(salt="directory.invitation", sep=".").sign("x")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new" * 20, ["old" * 20]
    assert client.get("/").wsgi_request.user == account
    assert signing.Signer(salt="directory.invitation", sep=".").unsign(link) == "x"
    stale = Client()
    settings.SECRET_KEY = "old" * 20
    stale.force_login(account)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new" * 20, []
    assert not stale.get("/").wsgi_request.user.is_authenticated
    with pytest.raises(signing.BadSignature):
        signing.Signer(salt="directory.invitation", sep=".").unsign(link)
