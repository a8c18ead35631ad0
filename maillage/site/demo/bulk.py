"""Rows by the ten thousand: COPY, with the defaults of the models, and keys reserved beforehand."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import connection, models
from psycopg import sql
from psycopg.types.json import Jsonb


def reserve(model: type[models.Model], count: int) -> range:
    """Take `count` consecutive primary keys of a model from its sequence."""
    if count == 0:
        return range(0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [model._meta.db_table])
        sequence = cursor.fetchone()[0]
        cursor.execute("SELECT nextval(%s)", [sequence])
        first = cursor.fetchone()[0]
        if count > 1:
            cursor.execute("SELECT setval(%s, %s)", [sequence, first + count - 1])
    return range(first, first + count)


def keys(model: type[models.Model], block: int = 5000) -> Iterator[int]:
    """Primary keys of a model without an end, reserved a block at a time; those not used are lost."""
    while True:
        yield from reserve(model, block)


def copy(model: type[models.Model], rows: Iterable[Mapping[str, Any]], *, now: datetime) -> None:
    """COPY rows given by column (`attname`); what a row leaves out takes the model's default.

    The columns are those of the first row; every row has the same. Automatic moments are `now`.
    """
    iterator = iter(rows)
    first = next(iterator, None)
    if first is None:
        return
    given = list(first)
    fields = {f.attname: f for f in model._meta.concrete_fields}
    unknown = set(given) - set(fields)
    if unknown:
        raise ValueError(f"{model.__name__} has no column {', '.join(sorted(unknown))}")
    rest = [f for name, f in fields.items() if name not in given and not getattr(f, "generated", False)]
    rest = [f for f in rest if not (f.primary_key and isinstance(f, models.AutoField))]
    jsons = {name for name in given if isinstance(fields[name], models.JSONField)}
    columns = [str(f.column) for f in [*(fields[name] for name in given), *rest]]
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(model._meta.db_table), sql.SQL(", ").join([sql.Identifier(c) for c in columns])
    )
    constants = [_default(f, now) for f in rest]
    fresh = [i for i, f in enumerate(rest) if isinstance(f, models.UUIDField) and f.default is uuid4]
    connection.ensure_connection()
    with connection.cursor() as cursor, cursor.cursor.copy(statement) as pipe:
        row: Mapping[str, Any] | None = first
        while row is not None:
            values = [Jsonb(row[name]) if name in jsons else row[name] for name in given]
            for i in fresh:
                constants[i] = uuid4()
            pipe.write_row(values + constants)
            row = next(iterator, None)


def refresh_statistics() -> None:
    """Tell the planner about the rows that were just written: without it, it takes the tables for empty."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _default(field: Any, now: datetime) -> Any:
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return now
    value = field.get_default()
    return Jsonb(value) if isinstance(field, models.JSONField) else value
