"""Distinct things counted by group in two steps.

PostgreSQL sorts every row of a group for count(DISTINCT …), on disk and by one process. It hashes the different
(group, thing) pairs instead, in memory and in parallel, when they are first made distinct; the second step counts few.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet
from django.db.models.expressions import Combinable


def counted_in_steps(
    grouped: QuerySet[Any], thing: Combinable, names: Mapping[str, Any], *, shown: Sequence[str], limit: int | None
) -> list[dict[str, Any]]:
    """One dict a group: its keys (the values of `grouped`), its `names` (the largest of each) and `_value`, the number
    of its different things; ordered by `shown`, then by the keys. The same as `annotate(Count(thing, distinct=True))`.
    """
    keys = list(grouped.query.values_select or grouped.query.annotation_select)
    pairs = grouped.annotate(_thing=thing).values(*keys, "_thing").annotate(**names)
    compiler = pairs.query.get_compiler(pairs.db)
    try:
        inner, parameters = compiler.as_sql()
    except EmptyResultSet:
        return []
    quoted = connections[pairs.db].ops.quote_name
    columns = [quoted(k) for k in keys]
    read = [*columns, *(f"max({quoted(n)}) AS {quoted(n)}" for n in names), f"count({quoted('_thing')}) AS _value"]
    order = ", ".join([*(quoted(n) for n in shown), *columns])
    statement = f"SELECT {', '.join(read)} FROM ({inner}) AS pairs"  # noqa: S608 - names are ours, values are bound
    if columns:
        statement += f" GROUP BY {', '.join(columns)} ORDER BY {order}"
    if limit:
        statement += f" LIMIT {int(limit)}"
    with connections[pairs.db].cursor() as cursor:
        cursor.execute(statement, parameters)
        rows = cursor.fetchall()
    converters = compiler.get_converters([pairs.query.annotations[k] for k in keys])
    converted = compiler.apply_converters(rows, converters) if converters else rows
    return [dict(zip([*keys, *names, "_value"], row, strict=True)) for row in converted]
