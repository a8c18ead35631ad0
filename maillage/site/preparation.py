"""What must be right before the service starts, each fault in one sentence with what to do; then what it starts with.

`faults` stop `bin/serve prepare`; `warnings` are said. Both are asked before anything is changed.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection

from maillage.core import clock, files

OLDEST = 16
"""PostgreSQL of before has no `ANY_VALUE`, no JSON predicates."""
EXTENSIONS = ("btree_gist", "pg_trgm", "unaccent")
LONG_ENOUGH = 40
_LOCAL = {"localhost", "127.0.0.1", "::1"}


def faults() -> Iterator[str]:
    """What the service cannot start with. What stands in the environment first, then the database's."""
    yield from _secret()
    yield from _addresses()
    yield from _cards()
    yield from _folders()
    yield from _database()


def warnings() -> Iterator[str]:
    """What it starts with, and should not for long."""
    backend = settings.MAILERS["default"]["BACKEND"]
    if backend.rpartition(".backends.")[2].split(".")[0] in {"console", "dummy", "locmem", "filebased"}:
        yield "EMAIL_URL is not set to a mail server: nobody receives any message (smtp://user:password@host:587/?tls=1)."
    if not settings.HTTPS:
        yield "HTTPS is 0: passwords travel in clear; only on a private network."
    if settings.HTTPS and _host() in _LOCAL:
        yield "SITE_URL is this machine's: links in messages open nowhere else."
    if settings.METRICS_TOKEN and len(settings.METRICS_TOKEN) < 20:
        yield "METRICS_TOKEN is short: take 20 characters or more."


def _secret() -> Iterator[str]:
    for name, keys in (("SECRET_KEY", [settings.SECRET_KEY]), ("SECRET_KEY_FALLBACKS", settings.SECRET_KEY_FALLBACKS)):
        if any(len(key) < LONG_ENOUGH or len(set(key)) < 5 for key in keys):
            yield f"{name} is too short: {LONG_ENOUGH} random characters or more (see docs/operations.md)."


def _host() -> str:
    return urlsplit(settings.SITE_URL).hostname or ""


def _addresses() -> Iterator[str]:
    url, host = urlsplit(settings.SITE_URL), _host()
    if url.scheme not in ("http", "https") or not host:
        yield f"SITE_URL ({settings.SITE_URL}) is not an address: write https:// and the site's name."
        return
    allowed = settings.ALLOWED_HOSTS
    fits = any(a in ("*", host) or (a.startswith(".") and f".{host}".endswith(a)) for a in allowed)
    if not fits:
        yield f"ALLOWED_HOSTS ({', '.join(allowed)}) does not have {host}, the name in SITE_URL: add it."
    if "*" in allowed:
        yield "ALLOWED_HOSTS is *: name the site; /sante/ is answered by address all the same."
    if settings.HTTPS and url.scheme == "http" and host not in _LOCAL:
        yield "HTTPS is 1 and SITE_URL begins with http://: write https:// there, or set HTTPS=0."
    if not settings.HTTPS and url.scheme == "https":
        yield "SITE_URL begins with https:// and HTTPS is 0: remove HTTPS, or write http:// in SITE_URL."
    if settings.SECURE_SSL_REDIRECT and not settings.SECURE_PROXY_SSL_HEADER and host not in _LOCAL:
        yield (
            "HTTPS is 1 and BEHIND_PROXY is not: nothing here ends TLS, so every page would redirect for ever; "
            "put nginx before it and set BEHIND_PROXY=1 and TRUSTED_PROXY_COUNT=1."
        )
    if settings.SECURE_PROXY_SSL_HEADER and not settings.ALLAUTH_TRUSTED_PROXY_COUNT:
        yield "BEHIND_PROXY is 1 and TRUSTED_PROXY_COUNT is 0: everyone would have the proxy's address; set it to 1."
    for origin in settings.CSRF_TRUSTED_ORIGINS:
        if urlsplit(origin).scheme not in ("http", "https"):
            yield f"CSRF_TRUSTED_ORIGINS ({origin}) must begin with https://."


def _cards() -> Iterator[str]:
    if bool(settings.STRIPE_SECRET_KEY) != bool(settings.STRIPE_WEBHOOK_SECRET):
        has, lacks = "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"
        if not settings.STRIPE_SECRET_KEY:
            has, lacks = lacks, has
        yield f"{has} is set and {lacks} is not: a card would be charged and never noted; set both, or none."


def _folders() -> Iterator[str]:
    folders = {"MAILLAGE_DATA": Path(settings.DATA_DIR)}
    if not settings.MEDIA_STORAGE:
        folders["MEDIA_ROOT"] = Path(settings.MEDIA_ROOT)
    for name, folder in folders.items():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as failure:
            yield f"{name} ({folder}) cannot be written by this user (number {os.getuid()}): {failure.strerror}."
            return
    if files.nearly_full():
        yield f"The disk of {settings.MEDIA_ROOT} is nearly full: make room, or lower MEDIA_MIN_FREE_MB."


# --- the database -----------------------------------------------------------------------------------
def _database() -> Iterator[str]:
    try:
        with connection.cursor() as cursor:
            for ask in _ASKED:
                yield from ask(cursor)
    except DatabaseError as failure:
        said = " ".join(str(failure).split())
        yield f"The database of DATABASE_URL does not answer: {said[:200]}"


def _one(cursor: Any, question: str, parameters: list[Any] | None = None) -> Any:
    cursor.execute(question, parameters)
    row = cursor.fetchone()
    return row[0] if row else None


def _version(cursor: Any) -> Iterator[str]:
    version = _one(cursor, "SELECT current_setting('server_version')")
    if int(version.split(".")[0].rstrip("abcdefghijklmnopqrstuvwxyz ")) < OLDEST:
        yield (
            f"PostgreSQL is {version.split()[0]}: {OLDEST} or newer is needed (apt.postgresql.org has it), "
            "or no DATABASE_URL for the embedded one."
        )


def _encoding(cursor: Any) -> Iterator[str]:
    encoding = _one(cursor, "SELECT current_setting('server_encoding')")
    if encoding != "UTF8":
        yield f"The database keeps text in {encoding}: make it anew with createdb --encoding=UTF8 --template=template0."


def _extensions(cursor: Any) -> Iterator[str]:
    """Those that are missing need the right to create them: they are « trusted », so the database's owner has it."""
    cursor.execute("SELECT extname FROM pg_extension WHERE extname = ANY(%s)", [list(EXTENSIONS)])
    missing = sorted(set(EXTENSIONS) - {name for (name,) in cursor.fetchall()})
    cursor.execute("SELECT name FROM pg_available_extensions WHERE name = ANY(%s)", [missing])
    absent = sorted(set(missing) - {name for (name,) in cursor.fetchall()})
    if absent:
        yield f"The server does not have the extensions {', '.join(absent)}: install postgresql-contrib of its version."
    elif missing and not _one(cursor, "SELECT has_database_privilege(current_database(), 'CREATE')"):
        create = "; ".join(f"CREATE EXTENSION {name}" for name in missing)
        yield f"The role may not create extensions in this database: make it its owner, or run as postgres: {create}."


def _schema(cursor: Any) -> Iterator[str]:
    if not _one(cursor, "SELECT has_schema_privilege('public', 'CREATE')"):
        yield "The role may not create tables in the schema public: make it the owner of the database."


def _clock(cursor: Any) -> Iterator[str]:
    try:
        clock.check(_one(cursor, "SELECT clock_timestamp()"))
    except clock.ClockAstray as astray:
        yield str(astray)


_ASKED: tuple[Callable[[Any], Iterator[str]], ...] = (_version, _encoding, _extensions, _schema, _clock)


def prepare(*, echo: Callable[[str], None]) -> None:
    """Tables, reference data, files of before, static files. Run again, it changes nothing more."""
    call_command("migrate", interactive=False, verbosity=0)
    echo("Tables are up to date")
    for command in ("load_reference", "load_categories"):
        call_command(command, verbosity=0)
    adopted = files.adopt(files.names_in_rows())
    echo(f"Files that were kept before: {adopted} noted" if adopted else "Every kept file is noted")
    call_command("collectstatic", interactive=False, verbosity=0)
