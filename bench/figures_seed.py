"""Ten years of work of 16 organisations, written by the server itself: INSERT … SELECT generate_series, a million rows
in seconds. Rows come in the order of the work, as they do in life; the same seed makes the same rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

ORGANISATIONS, MRCS, STREAMS, TOPICS = 16, 104, 4, 12
ROWS_BY_ENTERPRISE = 15  # 600,000 interventions for 40,000 enterprises
ROWS_BY_MANDATE = 30
FIRST, DAYS = date(2016, 4, 1), 3652
NOW = datetime(2026, 1, 15, tzinfo=UTC)


@dataclass(frozen=True)
class Seeded:
    """Keys of what was made."""

    organisations: list[int]
    streams: list[int]
    topics: list[int]
    mrcs: list[int]


def seed(scale: int) -> Seeded:
    """Empty the tables, write `scale` interventions, their enterprises and mandates, then VACUUM ANALYZE."""
    from django.db import connection

    from maillage.accompaniment.models import Intervention, InterventionParty, Mandate, Topic
    from maillage.directory.models import Organisation, Territory
    from maillage.funding.models import Stream

    enterprises = max(400, scale // ROWS_BY_ENTERPRISE)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # keys are right by construction
        for model in (Organisation, Intervention, Territory, Stream, Topic):
            cursor.execute(f'TRUNCATE "{model._meta.db_table}" RESTART IDENTITY CASCADE')
        cursor.execute("SELECT setseed(0.7)")
        _fill(Territory, MRCS, {"kind": "'mrc'", "code": "'B' || n", "name": "'MRC mesurée ' || n"})
        _fill(Stream, STREAMS, {"key": "'mesure-' || n", "name": "'Volet ' || n"})
        _fill(Topic, TOPICS, {"key": "'mesure-' || n", "name": "'Sujet ' || n"})
        _fill(
            Organisation,
            ORGANISATIONS + enterprises,
            {
                "name": "'Organisme ' || n",
                "slug": "'mesure-' || n",
                "mrc_id": f"1 + mod(n, {MRCS})",
                "merged_into_id": f"CASE WHEN n > {ORGANISATIONS + 1} AND mod(n, 200) = 0 THEN {ORGANISATIONS + 1} END",
            },
        )
        _fill(
            Intervention,
            scale,
            {
                "organisation_id": _one_of(ORGANISATIONS),
                "done_on": f"DATE '{FIRST}' + (n::bigint * {DAYS} / {scale + 1})::int",
                "minutes": "15 * (1 + floor(random() * 8))::int",
                "stream_id": _one_of(STREAMS),
                "topic_id": _one_of(TOPICS),
                "created_at": f"TIMESTAMPTZ '{NOW.isoformat()}'",
            },
        )
        picked = f"SELECT n, {ORGANISATIONS} + {_one_of(enterprises)} AS e FROM generate_series(1, {scale}) n"
        frozen = {"enterprise_id": "e", "mrc_id": f"1 + mod(e, {MRCS})"}
        _fill(InterventionParty, f"({picked}) picked", {"intervention_id": "n", "role": "'beneficiary'", **frozen})
        dated = (
            f"SELECT {ORGANISATIONS} + {_one_of(enterprises)} AS e, DATE '{FIRST}' + (random() * 3600)::int AS first "
            f"FROM generate_series(1, {scale // ROWS_BY_MANDATE}) n"
        )
        _fill(
            Mandate,
            f"({dated}) dated",
            {
                **frozen,
                "organisation_id": _one_of(ORGANISATIONS),
                "stream_id": _one_of(STREAMS),
                "intensity": "CASE WHEN random() < 0.5 THEN 'intensive' ELSE 'short' END",
                "during": "daterange(first, first + 300)",
            },
        )
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("VACUUM ANALYZE")
    return Seeded(*(list(range(1, n + 1)) for n in (ORGANISATIONS, STREAMS, TOPICS, MRCS)))


def _one_of(count: int) -> str:
    return f"(1 + floor(random() * {count}))::int"


def _fill(model: Any, source: int | str, columns: Mapping[str, str]) -> None:
    """Rows of a model, one for each of `source` (a number: `n` from 1), by SQL expressions; the rest by default."""
    from django.db import connection, models

    if isinstance(source, int):
        source = f"generate_series(1, {source}) n"
    values, parameters = dict(columns), []
    for field in model._meta.concrete_fields:
        if field.attname in values or field.primary_key:
            continue
        if isinstance(field, models.UUIDField):
            values[field.attname] = "uuidv7()"
        elif getattr(field, "auto_now_add", False) or getattr(field, "auto_now", False):
            values[field.attname] = f"TIMESTAMPTZ '{NOW.isoformat()}'"
        elif (default := field.get_default()) is not None:
            values[field.attname] = "%s"
            parameters.append(default)
    names, sources = ", ".join(f'"{name}"' for name in values), ", ".join(values.values())
    statement = f'INSERT INTO "{model._meta.db_table}" ({names}) SELECT {sources} FROM {source}'
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
