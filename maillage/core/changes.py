"""One log of what rows were: which row, when, by which action, for which account, and the row as it was before.

    class Meta:
        constraints = [ChangesKept("deliverable_changes")]

declares that every update and deletion of the table's rows is noted, by a trigger that knows nothing of its columns: a
column more is kept from then on, with no migration of the log. docs/adr/0014-one-change-log.md.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import BaseConstraint, F, Func, JSONField, Model, Value

from .models import Change

Done = Change.Done

_saying: ContextVar[tuple[str, int | None] | None] = ContextVar("saying", default=None)


class ChangesKept(BaseConstraint):
    """Changes of the table's rows are noted. It refuses nothing; it is declared and migrated as constraints are.

    `made`: also that a row was made; `updated=False`: not that it changed. `only`: a change counts when one of these
    columns changed. `ignore`: columns that do not count and are not kept.
    """

    def __init__(
        self,
        name: str,
        *,
        made: bool = False,
        updated: bool = True,
        removed: bool = True,
        only: Iterable[str] = (),
        ignore: Iterable[str] = (),
    ) -> None:
        super().__init__(name=name)
        self.made, self.updated, self.removed = made, updated, removed
        self.only, self.ignore = tuple(only), tuple(ignore)

    def validate(self, model: Any, instance: Any, exclude: Any = None, using: Any = None) -> None:
        """Nothing is refused."""

    def constraint_sql(self, model: type[Model] | None, schema_editor: Any) -> str:
        schema_editor.deferred_sql.append(self.create_sql(model, schema_editor))
        return ""

    def create_sql(self, model: type[Model] | None, schema_editor: Any) -> str:
        assert model is not None
        quote = schema_editor.quote_name
        table = quote(model._meta.db_table)
        call = f"FOR EACH ROW %s EXECUTE FUNCTION core_keep_change({', '.join(f"'{name}'" for name in self.ignore)})"
        said = []
        if self.updated:
            what = [f"({', '.join(f'{row}.{quote(c)}' for c in self.only)})" for row in ("OLD", "NEW")]
            old, new = what if self.only else ("OLD.*", "NEW.*")
            when = f"WHEN ({old} IS DISTINCT FROM {new})"
            said.append(f"CREATE TRIGGER {quote(self.name)} AFTER UPDATE ON {table} {call % when}")
        if others := [word for word, wanted in (("INSERT", self.made), ("DELETE", self.removed)) if wanted]:
            said.append(
                f"CREATE TRIGGER {quote(self.name + '_rows')} AFTER {' OR '.join(others)} ON {table} {call % ''}"
            )
        return ";\n".join(said)

    def remove_sql(self, model: type[Model] | None, schema_editor: Any) -> str:
        assert model is not None
        quote = schema_editor.quote_name
        table = quote(model._meta.db_table)
        return ";\n".join(f"DROP TRIGGER IF EXISTS {quote(n)} ON {table}" for n in (self.name, f"{self.name}_rows"))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ChangesKept) and self.deconstruct() == other.deconstruct()

    __hash__ = BaseConstraint.__hash__

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        path, _args, _kwargs = super().deconstruct()
        plain = {"made": False, "updated": True, "removed": True, "only": (), "ignore": ()}
        kwargs = {name: getattr(self, name) for name, usual in plain.items() if getattr(self, name) != usual}
        return path, (self.name,), kwargs


@contextmanager
def made_by(action: str, account_id: int | None) -> Iterator[None]:
    """What the block changes is noted as done by the action, for the account (None: the clock). Within a transaction.

    Inside another block it is still that one's work, for whom that one works, or for `account_id` if it had nobody.
    """
    outer = _saying.get()
    if outer is not None and (outer[1] is not None or account_id is None):
        yield
        return
    mine = (outer[0] if outer else action, account_id)
    token = _saying.set(mine)
    try:
        _say(mine)
        yield
    finally:
        _saying.reset(token)
    if connection.savepoint_ids:  # the transaction goes on; what comes is another's
        _say(outer or ("", None))


def _say(what: tuple[str, int | None]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('maillage.action', %s, true), set_config('maillage.account', %s, true)",
            [what[0], "" if what[1] is None else str(what[1])],
        )


@dataclass(frozen=True, slots=True)
class Past[M: Model]:
    """One change of row `key`: `done` is made, updated or removed; `row` is what it was before.

    No row: it was made then; or, of a change noted before this log, what was before it is not known.
    """

    key: int
    at: datetime
    done: str
    action: str
    account_id: int | None
    row: M | None


def past_of[M: Model](
    model: type[M], keys: Iterable[int], *, ever: Mapping[str, int] | None = None, latest: int | None = None
) -> list[Past[M]]:
    """The changes of the rows, or the latest so many, the first first. One query.

    `ever`: also of the rows that had these values before some change (it wants an index of the model's own). A column
    that came later is empty in what was before it.
    """
    table = connection.ops.quote_name(model._meta.db_table)
    which, params = "c.row_id = ANY(%s)", [model._meta.db_table, list(keys)]
    for column, value in (ever or {}).items():
        which += """ OR c.row_id IN (SELECT e.row_id FROM core_change e
                                      WHERE e."table" = %s AND e.before->%s = %s::jsonb)"""
        params += [model._meta.db_table, column, str(value)]
    rows: Iterable[Any] = model._default_manager.raw(
        f"""SELECT (jsonb_populate_record(NULL::{table}, c.before)).*, c.row_id AS change_row, c.at AS change_at,
                   c.done AS change_done, c.action AS change_action, c.account_id AS change_account,
                   c.before IS NOT NULL AS change_known
              FROM core_change c WHERE c."table" = %s AND ({which}) ORDER BY c.id DESC LIMIT %s""",  # noqa: S608
        [*params, latest],
    )
    return [
        Past(
            row.change_row,
            row.change_at,
            row.change_done,
            row.change_action,
            row.change_account,
            row if row.change_known else None,
        )
        for row in reversed(list(rows))
    ]


def with_after[M: Model](past: Iterable[Past[M]], today: Mapping[int, M]) -> list[tuple[Past[M], M | None]]:
    """Each change with what the row became: what it was before the next one, or the row of `today` (by key)."""
    after: dict[int, M | None] = dict(today)
    found = []
    for was in reversed(list(past)):
        found.append((was, after.get(was.key)))
        after[was.key] = was.row
    return found[::-1]


def ever(model: type[Model], **columns: Any) -> set[int]:
    """Keys of the rows that had these values before one of their changes."""
    rows = Change.objects.filter(table=model._meta.db_table)
    for column, value in columns.items():
        rows = rows.filter(**{f"before__{column}": value})
    return set(rows.values_list("row_id", flat=True))


def last_changes(model: type[Model], keys: Iterable[int], *, since: datetime) -> dict[int, tuple[datetime, int | None]]:
    """When each row changed last since the moment, and for which account."""
    rows = Change.objects.filter(table=model._meta.db_table, row_id__in=list(keys), at__gte=since)
    return {key: (at, account) for key, at, account in rows.order_by("pk").values_list("row_id", "at", "account_id")}


def forget(model: type[Model], keys: Iterable[int]) -> None:
    """What the rows were is known no more: a person asked for it."""
    Change.objects.filter(table=model._meta.db_table, row_id__in=list(keys)).delete()


def forget_columns(model: type[Model], keys: Iterable[int], **columns: str) -> None:
    """What the rows were says this instead."""
    rows = Change.objects.filter(table=model._meta.db_table, row_id__in=list(keys), before__isnull=False)
    said = Func(F("before"), Value(columns, JSONField()), template="(%(expressions)s)", arg_joiner=" || ")
    rows.update(before=said)
