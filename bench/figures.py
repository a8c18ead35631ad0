"""Figures at scale: an annual report of 60 figures, one figure's rows, unique enterprises across a network, a pivot.

`run(scale=…)` makes its own rows in the database of `DATABASE_URL`: ten years, 16 organisations, `scale` interventions,
a fifteenth as many enterprises (40,000 for 600,000), in a transaction that is rolled back. The floor beside each
number is the same sum as SQL written by hand, in the same run.
"""

import os
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

SCALES = (60_000, 600_000)
LIMITS = {"report_60_figures_s": 2.0, "rows_first_page_s": 0.15, "unique_across_network_s": 1.0, "pivot_s": 2.0}


def setup() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maillage.settings")
    import django

    django.setup()


def run(*, scale: int = 600_000, seed: int = 7) -> dict[str, Any]:
    """Seconds for each measure at one scale, the floor in SQL beside, and what was seeded. Changes nothing."""
    from django.db import transaction

    with transaction.atomic():
        began = time.perf_counter()
        seeded = _seed(scale, Random(seed))
        made = time.perf_counter() - began
        found = {"interventions": scale, "seed_s": round(made, 1), **_measures(seeded)}
        transaction.set_rollback(True)
    return found


def run_all(*, with_3_million: bool = False) -> dict[str, Any]:
    """Every scale, and how cost grew with rows (1.0: exactly as fast as the rows)."""
    scales = (*SCALES, 3_000_000) if with_3_million else SCALES
    results = [run(scale=scale) for scale in scales]
    growth = {}
    for name in LIMITS:
        first, last = results[0][name], results[-1][name]
        rows = results[-1]["interventions"] / results[0]["interventions"]
        growth[name] = round(last / first / rows, 3)
    main = next(r for r in results if r["interventions"] == 600_000)
    return {"scales": results, "growth_per_row": growth, "within": {k: main[k] <= v for k, v in LIMITS.items()}}


class Seeded:
    """Keys of what was made."""

    def __init__(self, organisations: list[int], streams: list[int], mrcs: list[int]) -> None:
        self.organisations, self.streams, self.mrcs = organisations, streams, mrcs


def _seed(scale: int, random: Random) -> Seeded:
    """Bulk COPY: territories, organisations, enterprises (some merged), interventions and their parties, mandates."""
    from django.db import connection

    from maillage.accompaniment.models import Intervention, InterventionParty, Mandate, Topic
    from maillage.directory.models import Organisation, Territory
    from maillage.funding.models import Stream
    from maillage.site.demo import bulk

    now = datetime(2026, 1, 15, tzinfo=UTC)
    mrcs = [Territory.objects.create(kind="mrc", code=f"B{n}", name=f"MRC mesurée {n}").pk for n in range(104)]
    streams = [Stream.objects.create(key=f"mesure-{n}", name=f"Volet {n}").pk for n in range(4)]
    topics = [Topic.objects.create(key=f"mesure-{n}", name=f"Sujet {n}").pk for n in range(12)]
    owners = bulk.reserve(Organisation, 16)
    bulk.copy(Organisation, ({"id": k, "name": f"Organisme {k}", "slug": f"bench-o-{k}"} for k in owners), now=now)
    enterprises = bulk.reserve(Organisation, max(400, scale // 15))
    bulk.copy(
        Organisation,
        (
            {
                "id": k,
                "name": f"Entreprise {k}",
                "slug": f"bench-e-{k}",
                "mrc_id": mrcs[k % 104],
                "merged_into_id": enterprises[0] if k > enterprises[0] and k % 200 == 0 else None,
            }
            for k in enterprises
        ),
        now=now,
    )
    first = date(2016, 4, 1)
    keys = bulk.reserve(Intervention, scale)
    bulk.copy(
        Intervention,
        (
            {
                "id": k,
                "organisation_id": owners[random.randrange(16)],
                "done_on": first + timedelta(days=random.randrange(3652)),
                "minutes": 15 * random.randint(1, 8),
                "stream_id": streams[random.randrange(4)],
                "topic_id": topics[random.randrange(12)],
                "created_at": now,
            }
            for k in keys
        ),
        now=now,
    )
    bulk.copy(
        InterventionParty,
        (
            {"intervention_id": k, "enterprise_id": e, "role": "beneficiary", "mrc_id": mrcs[e % 104]}
            for k in keys
            for e in (enterprises[random.randrange(len(enterprises))],)
        ),
        now=now,
    )
    bulk.copy(Mandate, _mandates(random, scale, owners, enterprises, streams, mrcs, first), now=now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return Seeded(list(owners), streams, mrcs)


def _mandates(
    random: Random, scale: int, owners: range, enterprises: range, streams: list[int], mrcs: list[int], first: date
) -> Any:
    from django.db.backends.postgresql.psycopg_any import DateRange

    for _ in range(scale // 30):
        start = first + timedelta(days=random.randrange(3600))
        enterprise = enterprises[random.randrange(len(enterprises))]
        yield {
            "organisation_id": owners[random.randrange(16)],
            "enterprise_id": enterprise,
            "stream_id": streams[random.randrange(4)],
            "intensity": random.choice(["intensive", "short"]),
            "during": DateRange(start, start + timedelta(days=300)),
            "mrc_id": mrcs[enterprise % 104],
        }


def _definitions(streams: list[int]) -> list[tuple[str, dict[str, list[Any]]]]:
    """Sixty figures: six facts, whole and by stream, and the first six topics' worth of filters."""
    keys = ["interventions", "enterprises_served", "mrc_covered", "enterprises_intensive", "enterprises_short"]
    found: list[tuple[str, dict[str, list[Any]]]] = [(key, {}) for key in [*keys, "intervention_minutes"]]
    found += [(key, {"stream": [s]}) for key in [*keys, "intervention_minutes"] for s in streams]
    return (found * 2)[:60]


def _measures(seeded: Seeded) -> dict[str, Any]:
    from django.db import connection

    from maillage.core.period import Period
    from maillage.directory.models import Organisation
    from maillage.indicators import actions, queries
    from maillage.indicators.access import scope_of

    owner = Organisation.objects.get(pk=seeded.organisations[0])
    now = datetime(2026, 1, 15, tzinfo=UTC)
    period = Period.fiscal_year(2024)
    keys = []
    for n, (fact, filters) in enumerate(_definitions(seeded.streams)):
        definition = actions.Definition(name=f"Chiffre {n}", key=f"f{n}", fact=fact, filters=filters)
        actions.define(organisation_id=owner.pk, definition=definition, by=None, now=now)
        keys.append(f"f{n}")
    outline = [
        {
            "title": "Mesure",
            "blocks": [
                {"kind": "figures", "keys": keys},
                *({"kind": "chart", "key": k, "dimension": "territory"} for k in keys[:5]),
            ],
        }
    ]
    report = actions.create_report(organisation_id=owner.pk, title="Mesure", period=period, sections=outline, by=None)
    scope = scope_of(owner)
    asked = scope.asks(period)
    everyone = scope.asks(None).__class__(organisation_ids=tuple(seeded.organisations))
    from maillage.core import facts

    served, interventions = facts.get("enterprises_served"), facts.get("interventions")
    found: dict[str, Any] = {}

    def measure(name: str, work: Callable[[], Any], floor: str, parameters: list[Any], times: int = 1) -> Any:
        """Cold first (plans and caches of Django), then the floor."""
        began = time.perf_counter()
        result = work()
        found[name] = round(time.perf_counter() - began, 3)
        began = time.perf_counter()
        with connection.cursor() as cursor:
            for _ in range(times):
                cursor.execute(floor, parameters)
                cursor.fetchall()
        found[name.replace("_s", "_floor_s") if name.endswith("_s") else name] = round(time.perf_counter() - began, 3)
        return result

    one = (
        "SELECT count(DISTINCT coalesce(o.merged_into_id, p.enterprise_id)) "
        "FROM accompaniment_interventionparty p "
        "JOIN accompaniment_intervention i ON i.id = p.intervention_id "
        "JOIN directory_organisation o ON o.id = p.enterprise_id "
        "WHERE p.role = 'beneficiary' AND i.cancelled_at IS NULL"
    )
    mine = one + " AND i.organisation_id = %s AND i.done_on >= %s AND i.done_on < %s"
    window = [owner.pk, period.start, period.end]
    measure("report_60_figures_s", lambda: queries.view(report), mine, window, times=125)
    page = "SELECT i.done_on, o.name FROM accompaniment_interventionparty p JOIN accompaniment_intervention i ON "
    page += (
        "i.id = p.intervention_id JOIN directory_organisation o ON o.id = p.enterprise_id WHERE i.organisation_id = %s"
    )
    page += " AND i.done_on >= %s AND i.done_on < %s ORDER BY i.done_on DESC, p.id DESC LIMIT 50"
    measure("rows_first_page_s", lambda: queries.rows_page(interventions, asked), page, window)
    network = one + " AND i.organisation_id = ANY(%s)"
    overlap = measure("unique_across_network_s", lambda: served.value(everyone), network, [list(seeded.organisations)])
    found["unique_enterprises"] = overlap
    began = time.perf_counter()
    found["overlap_matrix_unique"] = queries.overlap(served, everyone).unique
    found["overlap_matrix_s"] = round(time.perf_counter() - began, 3)
    crossed = (
        "SELECT p.mrc_id, i.topic_id, count(DISTINCT p.intervention_id) FROM accompaniment_interventionparty p "
        "JOIN accompaniment_intervention i ON i.id = p.intervention_id WHERE i.organisation_id = %s GROUP BY 1, 2"
    )
    measure(
        "pivot_s",
        lambda: queries.pivot(interventions, scope.asks(None), rows="territory", columns="topic"),
        crossed,
        [owner.pk],
    )
    return found


if __name__ == "__main__":
    import json
    import sys

    setup()
    print(json.dumps(run_all(with_3_million="--3m" in sys.argv), indent=1))
