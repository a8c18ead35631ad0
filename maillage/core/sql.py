"""Statements written by hand, planned by the server once a connection: for what runs at every request."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.postgresql.base import CursorMixin


class _Prepared(CursorMixin, psycopg.Cursor[Any]):
    """A cursor whose statements the server plans once a connection."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        return super().execute(query, params, prepare=True, **options)


def rows(statement: str, params: dict[str, Any]) -> list[Any]:
    """Run a statement that returns rows."""
    return list(_executed(statement, params).fetchall())


def run(statement: str, params: dict[str, Any]) -> int:
    """Run a statement that returns none; answers how many rows it touched."""
    return int(_executed(statement, params).rowcount)


@contextmanager
def merging() -> Iterator[None]:
    """Joins of the block merge rows in the order in which they lie, as work was entered, instead of hashing them.

    For questions that read every row: once their hashes outgrow the processor's caches, cost grows faster than rows
    (`bin/bench figures`: 1.4 times from 60,000 to 600,000); merged, it does not.
    """
    with transaction.atomic(), connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SET LOCAL enable_hashjoin = off")
        yield
        cursor.execute("SET LOCAL enable_hashjoin = on")  # an error undoes it with its savepoint


def array(values: Iterable[object]) -> str:
    """Numbers and plain words (no space, comma, quote or brace) as the text of an array, for `%(x)s::bigint[]`."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def _executed(statement: str, params: dict[str, Any]) -> Any:
    """A cursor that has run the statement, prepared; by a plain one where something adds to statements."""
    db: Any = connections[DEFAULT_DB_ALIAS]
    if db.execute_wrappers:
        cursor = db.cursor()
        cursor.execute(statement, params)
        return cursor
    db.ensure_connection()
    # Django's way to say never; a pool that gives each transaction another connection keeps nothing planned.
    if db.connection.prepare_threshold is None and not settings.DATABASE_POOLER:
        db.connection.prepare_threshold = sys.maxsize  # only when told to
    cursor = _Prepared(db.connection)
    if db.queries_logged:
        cursor = db.make_debug_cursor(cursor)
        cursor.execute(statement, params)
        return cursor
    db.validate_no_broken_transaction()
    with db.wrap_database_errors:
        cursor.execute(statement, params)
    return cursor
