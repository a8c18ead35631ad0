"""Figures at scale: an annual report of 60 figures, one figure's rows, unique enterprises across a network, its page,
a pivot: at 60,000, 600,000 and 3,000,000 interventions of ten years by 16 organisations.

The floor beside each number is the same sums as SQL written by hand, in the same run. `growth_per_row` is how cost grew
with the rows: 1.0 is exactly as fast as they did.
"""

import time
from collections.abc import Callable
from typing import Any

from .figures_seed import NOW, Seeded, seed

SCALES = (60_000, 600_000, 3_000_000)
LIMITS = {
    "report_60_figures_s": 2.0,
    "rows_first_page_s": 0.15,
    "unique_across_network_s": 1.0,
    "network_page_s": 2.0,
    "pivot_s": 2.0,
}
REPORT_FACTS = (
    *("interventions", "enterprises_served", "mrc_covered"),
    *("enterprises_intensive", "enterprises_short", "intervention_minutes"),
)


def run_all() -> dict[str, Any]:
    """Every scale; how cost grew with rows from each to the next; whether the limits hold at 600,000."""
    results = [run(scale=scale) for scale in SCALES]
    main = next(r for r in results if r["interventions"] == 600_000)
    return {
        "scales": results,
        "growth_per_row": {
            f"{one['interventions']}→{two['interventions']}": {name: _growth(name, one, two) for name in LIMITS}
            for one, two in ((results[0], results[1]), (results[1], results[2]), (results[0], results[2]))
        },
        "within": {name: main[name] <= limit for name, limit in LIMITS.items()},
    }


def _growth(name: str, one: dict[str, Any], two: dict[str, Any]) -> float:
    return float(round(two[name] / one[name] / (two["interventions"] / one["interventions"]), 3))


def run(*, scale: int = 600_000) -> dict[str, Any]:
    """Seconds for each measure at one scale, the floor in SQL beside, and what was seeded."""
    began = time.perf_counter()
    seeded = seed(scale)
    made = time.perf_counter() - began
    return {"interventions": scale, "seed_s": round(made, 1), **_measures(seeded)}


def _timed(work: Callable[[], Any], times: int = 3) -> tuple[Any, float]:
    """What `work` gives, and its median time."""
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        found = work()
        spent.append(time.perf_counter() - began)
    return found, round(sorted(spent)[times // 2], 4)


def _asked(*statements: tuple[str, list[Any]]) -> Callable[[], Any]:
    """The floor: statements, one after another; what the last one gives."""
    from django.db import connection

    def ask() -> Any:
        with connection.cursor() as cursor:
            for statement, parameters in statements:
                cursor.execute(statement, parameters)
                found = cursor.fetchall()
        return found

    return ask


ROWS = (
    "FROM accompaniment_interventionparty p JOIN accompaniment_intervention i ON i.id = p.intervention_id "
    "JOIN directory_organisation o ON o.id = p.enterprise_id "
    "WHERE p.role = 'beneficiary' AND i.cancelled_at IS NULL "
)
MINE = "AND i.organisation_id = %s AND i.done_on >= %s AND i.done_on < %s "
KEY = "coalesce(o.merged_into_id, p.enterprise_id)"
INTENSIVE = (
    "EXISTS (SELECT 1 FROM accompaniment_mandate m JOIN directory_organisation c ON c.id = m.enterprise_id "
    "WHERE m.cancelled_at IS NULL AND m.intensity = 'intensive' AND m.organisation_id = i.organisation_id "
    "AND m.stream_id = i.stream_id AND m.during && daterange(%s, %s) "
    f"AND coalesce(c.merged_into_id, m.enterprise_id) = {KEY}) "
)
BY_HAND = {
    "interventions": (f"SELECT count(DISTINCT p.intervention_id) {ROWS}{MINE}", False),
    "enterprises_served": (f"SELECT count(DISTINCT {KEY}) {ROWS}{MINE}", False),
    "mrc_covered": (f"SELECT count(DISTINCT p.mrc_id) {ROWS}{MINE}", False),
    "enterprises_intensive": (f"SELECT count(DISTINCT {KEY}) {ROWS}{MINE}AND {INTENSIVE}", True),
    "enterprises_short": (f"SELECT count(DISTINCT {KEY}) {ROWS}{MINE}AND NOT {INTENSIVE}", True),
    "intervention_minutes": (f"SELECT sum(i.minutes) {ROWS}{MINE}", False),
}


def _definitions(seeded: Seeded) -> list[tuple[str, dict[str, list[Any]]]]:
    """Sixty different figures: six facts, whole, by each of four streams and of five topics."""
    filters: list[dict[str, list[Any]]] = [{}, *({"stream": [s]} for s in seeded.streams)]
    filters += [{"topic": [t]} for t in seeded.topics[:5]]
    return [(fact, kept) for fact in REPORT_FACTS for kept in filters]


def _by_hand(seeded: Seeded, owner: int, periods: list[Any]) -> list[tuple[str, list[Any]]]:
    """The report's statements: sixty figures for two years, and five charts."""
    found = []
    for fact, kept in _definitions(seeded):
        for period in periods:
            statement, overlapping = BY_HAND[fact]
            parameters: list[Any] = [owner, period.start, period.end]
            parameters += [period.start, period.end] if overlapping else []
            for name, values in kept.items():
                statement += f" AND i.{name}_id = %s"
                parameters += values
            found.append((statement, parameters))
    for fact in REPORT_FACTS[:5]:
        statement, overlapping = BY_HAND[fact]
        parameters = [owner, *(periods[0].start, periods[0].end) * (2 if overlapping else 1)]
        found.append((statement.replace("SELECT", "SELECT p.mrc_id,", 1) + " GROUP BY p.mrc_id", parameters))
    return found


def _measures(seeded: Seeded) -> dict[str, Any]:
    from maillage.core import facts
    from maillage.core.period import Period
    from maillage.directory.models import Organisation
    from maillage.indicators import queries
    from maillage.indicators.access import scope_of

    owner = Organisation.objects.get(pk=seeded.organisations[0])
    network = Organisation.objects.get(pk=seeded.organisations[-1])
    period = Period.fiscal_year(2024)
    served, interventions = facts.get("enterprises_served"), facts.get("interventions")
    members = seeded.organisations[:-1]
    everyone = facts.FactContext(organisation_ids=tuple(members))
    window = [owner.pk, period.start, period.end]
    report, _network = _report(owner, seeded, period), _enrolled(network, members)
    scope = scope_of(owner)
    found: dict[str, Any] = {}

    def measure(name: str, work: Callable[[], Any], floor: Callable[[], Any], times: int = 3) -> Any:
        result, found[f"{name}_s"] = _timed(work, times)
        by_hand, found[f"{name}_floor_s"] = _timed(floor, times)
        return result, by_hand

    hand = _asked(*_by_hand(seeded, owner.pk, [period, period.previous()]))
    measure("report_60_figures", lambda: queries.view(report), hand, times=1)
    page = (
        f"SELECT i.done_on, o.name, {KEY} {ROWS}{MINE}ORDER BY i.done_on DESC, p.id DESC LIMIT 50",
        window,
    )
    count = (f"SELECT count(*) {ROWS}{MINE}", window)
    measure("rows_first_page", lambda: queries.rows_page(interventions, scope.asks(period)), _asked(count, page))
    unique = f"SELECT count(*) FROM (SELECT {KEY} {ROWS}AND i.organisation_id = ANY(%s) GROUP BY 1) u"
    one, two = measure("unique_across_network", lambda: served.value(everyone), _asked((unique, [members])))
    if one != two[0][0]:
        raise SystemExit(f"unique across the network: {one}, by hand {two[0][0]}")
    found["unique_enterprises"] = one
    pairs = f"SELECT {KEY} AS e, i.organisation_id AS m {ROWS}AND i.organisation_id = ANY(%s) GROUP BY 1, 2"
    overlap = (
        f"SELECT m, count(*) FROM (SELECT e, array_agg(m ORDER BY m) AS m FROM ({pairs}) p GROUP BY e) s GROUP BY m"
    )
    measure("overlap_ten_years", lambda: queries.overlap(served, everyone), _asked((overlap, [members])))
    of_year = f"{ROWS}AND i.organisation_id = ANY(%s) AND i.done_on >= %s AND i.done_on < %s"
    asked = [
        (select.format(of_year), [members, p.start, p.end])
        for p in (period, period.previous())
        for select in (
            f"SELECT count(DISTINCT {KEY}) {{}}",
            "SELECT count(DISTINCT p.intervention_id) {}",
            f"SELECT i.organisation_id, count(DISTINCT {KEY}) {{}} GROUP BY 1",
            "SELECT i.organisation_id, count(DISTINCT p.intervention_id) {} GROUP BY 1",
        )
    ]
    measure("network_page", lambda: _network_page(network.pk, period), _asked(*asked))
    crossed = (
        "SELECT p.mrc_id, i.topic_id, count(DISTINCT p.intervention_id) FROM accompaniment_interventionparty p "
        "JOIN accompaniment_intervention i ON i.id = p.intervention_id WHERE i.organisation_id = %s GROUP BY 1, 2"
    )
    measure("pivot", lambda: _pivot(interventions, scope.asks(None)), _asked((crossed, [owner.pk])))
    return found


def _pivot(fact: Any, asked: Any) -> Any:
    """The table, or None when the page would say that it takes too long: its time is then the budget's."""
    from maillage.indicators import queries

    try:
        return queries.pivot(fact, asked, rows="territory", columns="topic")
    except queries.TooWide:
        return None


def _report(owner: Any, seeded: Seeded, period: Any) -> Any:
    from maillage.indicators import actions

    keys = []
    for n, (fact, filters) in enumerate(_definitions(seeded)):
        definition = actions.Definition(name=f"Chiffre {n}", key=f"f{n}", fact=fact, filters=filters)
        actions.define(organisation_id=owner.pk, definition=definition, by=None, now=NOW)
        keys.append(f"f{n}")
    charts = [{"kind": "chart", "key": f"f{10 * n}", "dimension": "territory"} for n in range(5)]
    outline = [{"title": "Mesure", "blocks": [{"kind": "figures", "keys": keys}, *charts]}]
    return actions.create_report(organisation_id=owner.pk, title="Mesure", period=period, sections=outline, by=None)


def _enrolled(network: Any, members: list[int]) -> None:
    from maillage.indicators import actions

    for key in ("enterprises_served", "interventions"):
        definition = actions.Definition(name=key, key=key, fact=key)
        actions.define(organisation_id=network.pk, definition=definition, by=None, now=NOW)
    for member in members:
        actions.enrol_member(
            network_id=network.pk, member_id=member, since=NOW.date().replace(2016), by=None, observed=True
        )


def _network_page(network_id: int, period: Any) -> Any:
    from maillage.indicators import queries

    figures = queries.consolidate(network_id=network_id, period=period)
    return queries.member_lines(network_id=network_id, period=period, figures=figures)
