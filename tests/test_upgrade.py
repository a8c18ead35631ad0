"""Databases of earlier releases come forward: `manage.py migrate` by itself, and what they kept is all there."""

import hashlib
import os
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from maillage.core.backup import manifest, parts, tools
from maillage.core.changes import past_of
from maillage.directory.models import Organisation, Role
from maillage.directory.queries import history_of
from maillage.market.models import Offer, Order

KEPT = Path(__file__).parent / "kept"
RELEASES = sorted(KEPT.glob("*.tar.xz"))
OURS = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') ORDER BY 1
"""
EVENTS = re.compile(r"^(?!payments_stripe|directory_security)[a-z]+_[a-z]+event$|^pghistory_")


class Old:
    """A database of an earlier release."""

    def __init__(self, name: str) -> None:
        self.name = name
        given = connection.settings_dict
        self.url = f"postgres://{given['USER']}@/{name}?host={given['HOST']}"

    def ask(self, statement: str, *params: Any) -> list[Any]:
        with psycopg.connect(self.url, autocommit=True) as known:
            return known.execute(statement, params).fetchall()  # type: ignore[arg-type]

    def run(self, statement: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as known:
            known.execute(statement)  # type: ignore[arg-type]

    def migrate(self, *options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", "migrate", *options],
            cwd=settings.BASE_DIR,
            env=os.environ | {"DATABASE_URL": self.url},
            capture_output=True,
            text=True,
            check=False,
        )

    def rows(self) -> dict[str, tuple[int, str]]:
        """Of each table but those of events and of libraries: how many rows, and a digest of all of them."""
        found = {}
        for (table,) in self.ask(OURS):
            if not EVENTS.search(table) and not table.startswith(("django_", "auth_", "core_change")):
                columns = sorted(c for (c,) in self.ask(COLUMNS, table))
                said = ", ".join(f'"{column}"' for column in columns)
                rows = self.ask(f'SELECT to_jsonb(t)::text FROM (SELECT {said} FROM "{table}") t ORDER BY 1')
                found[table] = (len(rows), hashlib.sha256(repr(rows).encode()).hexdigest())
        return found


COLUMNS = """
SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s
"""


@pytest.fixture
def old(request: pytest.FixtureRequest, transactional_db: None, tmp_path: Path) -> Iterator[Old]:
    """The database of a kept backup as that release left it, before any of today's code saw it."""
    with tarfile.open(request.param) as tar:
        tar.extractall(tmp_path, filter="data")
    (folder,) = tmp_path.glob("market-*")
    with parts.opened(folder, manifest.read(folder).part("database.dump")) as stream:
        dump = stream.read()
    with restored(dump, f"{connection.settings_dict['NAME']}_old") as name:
        yield Old(name)


@contextmanager
def restored(dump: bytes, name: str) -> Iterator[str]:
    """A database of what pg_dump wrote."""
    server = connection.settings_dict
    with psycopg.connect(host=server["HOST"], user=server["USER"], dbname="postgres", autocommit=True) as known:
        known.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        known.execute(f'CREATE DATABASE "{name}"')
        restore = [tools.at_least(18) / "pg_restore", "--no-owner", "--dbname", name]
        env = tools.environment(server | {"NAME": name})
        done = subprocess.run(restore, input=dump, env=env, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        yield name
        known.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.mark.parametrize("old", RELEASES, ids=[p.stem for p in RELEASES], indirect=True)
def test_every_row_comes_forward_and_the_schema_is_that_of_a_new_database(old: Old) -> None:
    before = old.rows()
    events = {t: old.ask(f'SELECT count(*) FROM "{t}"')[0][0] for (t,) in old.ask(OURS) if EVENTS.search(t)}
    assert sum(many for many, _digest in before.values()) > 400
    assert sum(events.values()) > 30

    assert old.migrate("--plan").returncode == 0
    began = timezone.now()
    done = old.migrate()
    assert done.returncode == 0, done.stderr
    after = old.rows()
    changed = {table for table in before if before[table] != after[table]}
    filled = {"market_document", "market_cyclestep", "directory_account", "directory_download"}  # by 0019, 0020, 0008
    assert changed <= filled | {"accompaniment_watchsubscription"}, changed  # confirmed, of those that had it already
    assert all(before[table][0] == after[table][0] for table in before)
    noted = dict(old.ask('SELECT "table", count(*) FROM core_change WHERE at < %s GROUP BY 1', began))
    pairs = {t.removesuffix("event"): n for t, n in events.items() if n and not t.startswith("pghistory_")}
    assert noted == pairs
    assert not [t for (t,) in old.ask(OURS) if EVENTS.search(t)]
    new = connection.settings_dict["NAME"]
    with restored(dumped(new), f"{new}_new") as one, restored(dumped(old.name), f"{old.name}_read") as two:
        assert schema(two) == schema(one)  # both read back, so that checks are written alike
    assert old.migrate("--check").returncode == 0


@pytest.mark.parametrize("old", [KEPT / "market-0020.tar.xz"], ids=["0020"], indirect=True)
def test_what_rows_were_is_read_as_before(old: Old) -> None:
    """Its events were of both kinds: those that kept a row as it was, and those that kept what it became."""
    offers = old.ask("SELECT pgh_obj_id, member_price, is_open FROM market_offerevent ORDER BY pgh_id")
    orders = old.ask("SELECT pgh_obj_id, note FROM market_orderevent ORDER BY pgh_id")
    roles = old.ask("SELECT pgh_label, count(*) FROM directory_roleevent GROUP BY 1")
    assert old.migrate().returncode == 0
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = old.name
    try:
        renamed = history_of(Organisation.objects.get(name="Ferme renommée"))
        said = {c.sentence.replace("\u00a0", " "): c.by for c in renamed}
        assert said["Le nom est passé de « Ferme gardée » à « Ferme renommée »."]
        assert any(sentence.startswith("Un rôle de Luc") for sentence in said)
        became = past_of(Offer, [pk for pk, _price, _open in offers])
        assert became[0].row is None  # what came before the first of those that kept what became is not known
        assert became[1].row is not None
        assert (became[1].row.member_price, became[1].row.is_open) == offers[0][1:]
        assert (became[0].action, became[1].action) == ("market.close_offer", "market.price")
        was = past_of(Order, [orders[0][0]])[1].row
        assert was is not None
        assert was.note == orders[0][1]
        kinds = [role.done for role in past_of(Role, Role.objects.values_list("pk", flat=True), ever={"kind": 0})]
        assert kinds.count("insert") == Role.objects.count()
        assert dict(roles)["insert"] > 10
        Organisation.objects.filter(name="Ferme renommée").update(name="Ferme encore renommée")
        assert past_of(Organisation, [Organisation.objects.get(name="Ferme encore renommée").pk])[-1].at.date() <= (
            timezone.now().date()
        )
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


@pytest.mark.parametrize("old", [KEPT / "market-0018.tar.xz"], ids=["0018"], indirect=True)
def test_a_database_that_is_too_old_is_refused_in_a_sentence_and_left_alone(old: Old) -> None:
    old.run("DELETE FROM django_migrations WHERE app = 'market' AND name = '0017_buyers'")
    before, tables = old.rows(), old.ask(OURS)
    done = old.migrate()
    assert done.returncode == 1
    assert "2026-11-27" in done.stderr
    assert "Traceback" not in done.stderr
    assert (old.rows(), old.ask(OURS)) == (before, tables)


def dumped(name: str) -> bytes:
    command = [tools.at_least(18) / "pg_dump", "--schema-only", "--format=custom", name]
    return subprocess.run(
        command, env=tools.environment(connection.settings_dict | {"NAME": name}), capture_output=True, check=True
    ).stdout


def schema(name: str) -> set[str]:
    """The statements that make a database's schema, with columns in no order and no parentheses.

    Without comments: a database that a backup brought back has none, and another test may have brought this one back.
    """
    env = tools.environment(connection.settings_dict | {"NAME": name})
    dump = tools.run([tools.at_least(18) / "pg_dump", "--schema-only", "--no-owner", "--no-comments", name], env=env)
    found, statement, inside = set(), [], False
    for line in dump.splitlines():
        if line.startswith(("--", "\\")) or not line.strip():
            continue
        statement.append(line.strip())
        inside ^= bool(line.count("$$") % 2)
        if line.rstrip().endswith(";") and not inside:
            table = statement[0].startswith("CREATE TABLE")
            lines = [re.sub(r"[()]", "", part).rstrip(",") for part in statement]
            found.add("\n".join([lines[0], *sorted(lines[1:])] if table else lines))
            statement = []
    assert len(found) > 1500
    return found
