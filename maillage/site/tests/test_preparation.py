"""What is half configured is refused before anything is changed, in one sentence each."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings as project
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection

from maillage.catalogue.models import Category
from maillage.core import clock
from maillage.core.models import StoredFile
from maillage.directory.models import Territory
from maillage.site import preparation

pytestmark = pytest.mark.django_db
SITE = "https://maillage.exemple.test"


@pytest.fixture
def right(settings: Any) -> Any:
    """Settings with which nothing is wrong."""
    settings.SECRET_KEY = "abcdefghij" * 5
    settings.SECRET_KEY_FALLBACKS = []
    settings.SITE_URL, settings.ALLOWED_HOSTS, settings.CSRF_TRUSTED_ORIGINS = SITE, ["maillage.exemple.test"], [SITE]
    settings.HTTPS = settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    settings.STRIPE_SECRET_KEY = settings.STRIPE_WEBHOOK_SECRET = ""
    settings.MEDIA_MIN_FREE = 0
    return settings


def test_nothing_is_said_of_what_is_right(right: Any) -> None:
    assert list(preparation.faults()) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"SECRET_KEY": "short"}, "SECRET_KEY is too short"),
        ({"SECRET_KEY": "a" * 60}, "SECRET_KEY is too short"),
        ({"SECRET_KEY_FALLBACKS": ["old"]}, "SECRET_KEY_FALLBACKS is too short"),
        ({"ALLOWED_HOSTS": ["autre.exemple.test"]}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": ["*"]}, "ALLOWED_HOSTS is *"),
        ({"SITE_URL": "maillage.exemple.test"}, "SITE_URL"),
        ({"SITE_URL": "http://maillage.exemple.test"}, "HTTPS is 1 and SITE_URL"),
        ({"HTTPS": False, "SECURE_SSL_REDIRECT": False}, "HTTPS is 0"),
        ({"SECURE_PROXY_SSL_HEADER": None}, "redirect for ever"),
        ({"ALLAUTH_TRUSTED_PROXY_COUNT": 0}, "TRUSTED_PROXY_COUNT"),
        ({"CSRF_TRUSTED_ORIGINS": ["maillage.exemple.test"]}, "CSRF_TRUSTED_ORIGINS"),
        ({"STRIPE_SECRET_KEY": "sk_test"}, "STRIPE_WEBHOOK_SECRET is not"),
        ({"STRIPE_WEBHOOK_SECRET": "whsec"}, "STRIPE_SECRET_KEY is not"),
        ({"MEDIA_ROOT": "/proc/media"}, "cannot be written"),
        ({"MEDIA_MIN_FREE": 10**18}, "nearly full"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(right: Any, wrong: dict[str, Any], said: str) -> None:
    for name, value in wrong.items():
        setattr(right, name, value)
    (sentence,) = preparation.faults()
    assert said in sentence
    assert "\n" not in sentence


def test_a_subdomain_that_is_allowed_by_its_domain_is_right(right: Any) -> None:
    right.ALLOWED_HOSTS = [".exemple.test"]
    assert list(preparation.faults()) == []


def test_an_old_server_another_encoding_and_missing_rights_are_said() -> None:
    class Cursor:
        """Answers as such a server does."""

        def __init__(self, *answers: Any) -> None:
            self.answers = list(answers)

        def execute(self, *_question: Any) -> None:
            self.answer = self.answers.pop(0)

        def fetchone(self) -> Any:
            return (self.answer,)

        def fetchall(self) -> Any:
            return [(name,) for name in self.answer]

    assert "16 or newer" in next(preparation._version(Cursor("15.18 (Debian 15.18-0+deb12u1)")))
    assert list(preparation._version(Cursor("16.1"))) == []
    assert "SQL_ASCII" in next(preparation._encoding(Cursor("SQL_ASCII")))
    assert "contrib" in next(preparation._extensions(Cursor(["pg_trgm"], ["unaccent"])))
    assert "CREATE EXTENSION btree_gist" in next(preparation._extensions(Cursor([], preparation.EXTENSIONS, False)))
    assert "owner" in next(preparation._schema(Cursor(False)))


@pytest.fixture
def poor_role(transactional_db: None) -> Iterator[str]:
    """A database in another encoding, and a role that may only connect to it."""
    given = connection.settings_dict
    name = f"poor_{os.getpid()}"
    with psycopg.connect(host=given["HOST"], user=given["USER"], dbname="postgres", autocommit=True) as server:
        server.execute(f"CREATE ROLE {name} LOGIN")
        server.execute(f"CREATE DATABASE {name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
        yield f"postgres://{name}@/{name}?host={given['HOST']}"
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")
        server.execute(f"DROP ROLE {name}")


def serve(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("MAILLAGE_TEST", "MAILLAGE_DEMO", "DATABASE_URL")}
    given = {"ALLOWED_HOSTS": "m.exemple.test", "SITE_URL": "https://m.exemple.test", "BEHIND_PROXY": "1"}
    given |= {"TRUSTED_PROXY_COUNT": "1", "SECRET_KEY": "abcdefghij" * 5, "MEDIA_MIN_FREE_MB": "0"}
    command = [sys.executable, str(Path(project.BASE_DIR) / "manage.py"), "serve", *words]
    return subprocess.run(command, env=kept | given | env, capture_output=True, text=True, check=False)


def test_a_real_role_without_rights_in_another_encoding_is_refused(poor_role: str, tmp_path: Path) -> None:
    done = serve("prepare", DATABASE_URL=poor_role, MAILLAGE_DATA=str(tmp_path))
    assert done.returncode == 1
    sentences = done.stderr.strip().splitlines()
    assert [s[0] for s in sentences] == ["✗"] * 3
    assert "LATIN1" in sentences[0]
    assert "may not create extensions" in sentences[1]
    assert "owner" in sentences[2]


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"DATABASE_URL": "postgres://x@/y?host=/nowhere"}, "does not answer"),
        ({"DATABASE_URL": "mysql://x/y"}, "DATABASE_URL is postgres://"),
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        ({"EMAIL_URL": "pigeon:x", "DATABASE_URL": "postgres://x@/y?host=/nowhere"}, "EMAIL_URL"),
        ({"LOG_FORMAT": "xml", "DATABASE_URL": "postgres://x@/y?host=/nowhere"}, "LOG_FORMAT"),
    ],
)
def test_what_cannot_even_be_read_is_a_sentence_too(tmp_path: Path, env: dict[str, str], said: str) -> None:
    done = serve("prepare", **{"MAILLAGE_DATA": str(tmp_path), **env})
    assert done.returncode == 1
    assert said in done.stderr
    assert done.stderr.startswith("✗")
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_clock_that_is_astray_is_refused(right: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_started", clock._started - 86400)
    (sentence,) = preparation.faults()
    assert "horloge" in sentence


def test_prepared_twice_it_holds_what_is_needed_and_changes_no_more(
    settings: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.STATIC_ROOT = tmp_path
    said: list[str] = []
    call: Callable[[], None] = lambda: preparation.prepare(echo=said.append)  # noqa: E731
    call()
    counts = (Territory.objects.count(), Category.objects.count())
    assert min(counts) > 50
    call()
    assert (Territory.objects.count(), Category.objects.count()) == counts
    capsys.readouterr()


def test_files_of_before_are_noted(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.STATIC_ROOT, settings.MEDIA_ROOT = tmp_path / "static", tmp_path / "media"
    name = default_storage.save("avant.pdf", ContentFile(b"%PDF"))
    StoredFile.objects.all().delete()
    monkeypatch.setattr("maillage.core.files.names_in_rows", lambda: iter([name]))
    said: list[str] = []
    preparation.prepare(echo=said.append)
    assert StoredFile.objects.get().name == name
    assert "1 noted" in " ".join(said)


def test_what_is_only_unwise_is_a_warning(right: Any) -> None:
    right.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.console.EmailBackend"}}
    assert ["EMAIL_URL" in sentence for sentence in preparation.warnings()] == [True]
    right.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend"}}
    assert list(preparation.warnings()) == []


def test_the_framework_finds_nothing_to_say_of_a_site_in_production(tmp_path: Path) -> None:
    ours = ("MAILLAGE_TEST", "MAILLAGE_DEMO", "DJANGO_ALLOW_ASYNC_UNSAFE")
    kept = {k: v for k, v in os.environ.items() if k not in ours}
    given = {"ALLOWED_HOSTS": "m.exemple.test", "SITE_URL": "https://m.exemple.test", "BEHIND_PROXY": "1"}
    given |= {
        "SECRET_KEY": "abcdefghij" * 5 + "-",
        "EMAIL_URL": "smtp://m.exemple.test",
        "MAILLAGE_DATA": str(tmp_path),
    }
    database = connection.settings_dict
    given["DATABASE_URL"] = f"postgres://{database['USER']}@/{database['NAME']}?host={database['HOST']}"
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, env=kept | given, cwd=project.BASE_DIR, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout
