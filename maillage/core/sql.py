"""Statements written by hand, planned by the server once a connection: for what runs at every request."""

import sys
from typing import Any

import psycopg
from django.db import connection
from django.db.backends.postgresql.base import CursorMixin


class _Prepared(CursorMixin, psycopg.Cursor[Any]):
    """A cursor whose statements the server plans once a connection."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        return super().execute(query, params, prepare=True, **options)


def rows(statement: str, params: dict[str, Any]) -> list[Any]:
    """Run a statement that returns rows."""
    with _cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall())


def run(statement: str, params: dict[str, Any]) -> int:
    """Run a statement that returns none; answers how many rows it touched."""
    with _cursor() as cursor:
        cursor.execute(statement, params)
        return int(cursor.rowcount)


def _cursor() -> Any:
    """A cursor that prepares its statements; a plain one where something (pghistory) adds to them."""
    if connection.execute_wrappers:
        return connection.cursor()
    connection.ensure_connection()
    if connection.connection.prepare_threshold is None:  # Django's way to say never
        connection.connection.prepare_threshold = sys.maxsize  # only when told to
    prepared: Any = _Prepared(connection.connection)
    return connection.make_debug_cursor(prepared) if connection.queries_logged else connection.make_cursor(prepared)
