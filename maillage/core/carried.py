"""What the event tables of versions before December 2026 kept is carried into the one log of changes, and they go."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

APPS_OF_BEFORE = ("pghistory",)
"""What an earlier version's database may name, and this one has no more."""

_CARRY = """
WITH told AS (
    SELECT e.pgh_id, e.pgh_obj_id, e.pgh_created_at, e.pgh_label, c.metadata,
           to_jsonb(e) - '{{pgh_id,pgh_obj_id,pgh_created_at,pgh_label,pgh_context_id}}'::text[] AS kept
      FROM {events} e LEFT JOIN pghistory_context c ON c.id = e.pgh_context_id
)
INSERT INTO core_change ("table", row_id, at, done, action, account_id, before)
SELECT %(table)s, pgh_obj_id, pgh_created_at, pgh_label, coalesce(metadata->>'action', ''),
       CASE WHEN jsonb_typeof(metadata->'by') = 'number' THEN (metadata->>'by')::bigint END,
       CASE WHEN pgh_label = 'insert' THEN NULL
            WHEN pgh_label = 'update' AND %(after)s
                THEN lag(kept) OVER (PARTITION BY pgh_obj_id ORDER BY pgh_id)
            ELSE kept END
  FROM told ORDER BY pgh_id
"""
_TRIGGERS = """
SELECT t.tgname, p.proname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
 WHERE t.tgrelid = %s::regclass AND p.proname ~ '^pgtrigger_(insert_insert|update_update|delete_delete)_'
"""


def carry(app: str, *, before: Iterable[str] = (), after: Iterable[str] = ()) -> Callable[[Any, Any], None]:
    """For `RunPython`: the events of these models of `app`, where their tables are there.

    Of models in `before` an update's event held the row as it was; of those in `after`, as it became: what it was is
    then the event before, and of the first one it is not known. What the last one became is the row of today.
    """
    return partial(_carry, [(app, name, False) for name in before] + [(app, name, True) for name in after])


def _carry(tables: list[tuple[str, str, bool]], apps: Any, schema_editor: Any) -> None:
    with schema_editor.connection.cursor() as cursor:
        for app, name, after in tables:
            table = f"{app}_{name}"
            for trigger, function in _rows(cursor, _TRIGGERS, [table]):
                cursor.execute(f'DROP TRIGGER "{trigger}" ON "{table}"')
                cursor.execute(f'DROP FUNCTION "{function}"()')
            if _rows(cursor, "SELECT 1 WHERE to_regclass(%s) IS NOT NULL", [f"{table}event"]):
                cursor.execute(_CARRY.format(events=f'"{table}event"'), {"table": table, "after": after})
                cursor.execute(f'DROP TABLE "{table}event"')


def _rows(cursor: Any, statement: str, params: list[Any]) -> list[Any]:
    cursor.execute(statement, params)
    return list(cursor.fetchall())
