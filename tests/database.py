"""Test databases are copies of one migrated template: seconds instead of minutes, for each worker of each run.

The template is named after the migrations' contents; the first run that needs it makes it, under a lock.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg import sql

PREFIX = "maillage_template_"


def fingerprint() -> str:
    """What the schema depends on: every migration of ours, and the lock file for those of others."""
    root = Path(settings.BASE_DIR)
    files = [
        root / "uv.lock",
        root / "maillage/core/changes.py",
        *sorted((root / "maillage").glob("*/migrations/*.py")),
    ]
    content = b"".join(path.name.encode() + path.read_bytes() for path in files)
    return hashlib.sha256(content + django.__version__.encode()).hexdigest()[:12]


def _server() -> psycopg.Connection[Any]:
    given = connection.settings_dict
    return psycopg.connect(
        host=given["HOST"] or None,
        port=given["PORT"] or None,
        user=given["USER"] or None,
        password=given["PASSWORD"] or None,
        dbname="postgres",
        autocommit=True,
    )


def _use(name: str) -> None:
    connection.close()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name


def _make_template(server: psycopg.Connection[Any], template: str) -> None:
    draft = f"{template}_draft"
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(draft)))
    server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(draft)))
    _use(draft)
    call_command("migrate", interactive=False, verbosity=0)
    connection.close()
    server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(draft), sql.Identifier(template)))


def copy(server: psycopg.Connection[Any], name: str) -> None:
    template = PREFIX + fingerprint()
    server.execute("SELECT pg_advisory_lock(20081122)")
    try:
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template]).fetchone():
            _make_template(server, template)
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
    finally:
        server.execute("SELECT pg_advisory_unlock(20081122)")


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest, django_test_environment: None, django_db_blocker: Any
) -> Iterator[None]:
    """Takes the place of pytest-django's: a fresh copy of the template, dropped at the end."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "")
    name = "_".join(filter(None, [settings.DATABASES["default"]["TEST"]["NAME"], worker]))
    with _server() as server, django_db_blocker.unblock():
        copy(server, name)
        _use(name)
    yield
    with _server() as server, django_db_blocker.unblock():
        connection.close()
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
