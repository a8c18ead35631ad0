"""Every published figure that these systems can tell is computed from records, through the public queries."""

from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from maillage.core.period import Period
from maillage.directory.models import Organisation
from maillage.indicators import compute, queries
from maillage.indicators.access import scope_of
from maillage.indicators.models import Plan, Report
from maillage.indicators.published import DOCUMENT, Published, document, published, rows
from maillage.programmes.models import Edition
from maillage.site.demo.support import NETWORK_SLUG, ORGANISATION_SLUG

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("territory")]
YEAR = Period.fiscal_year(2022)
REPRODUCED = [p for p in published() if p.status == "reproduced"]


def organisation() -> Organisation:
    return Organisation.objects.get(slug=ORGANISATION_SLUG)


def of_report(key: str) -> Decimal | None:
    versions = {v.indicator.key: v for v in queries.current_versions(organisation_id=organisation().pk)}
    return queries.figure(versions[key], scope_of(organisation()).asks(YEAR), previous=False).value


def of_network(key: str) -> Decimal | None:
    network = Organisation.objects.get(slug=NETWORK_SLUG)
    period = Period.fiscal_year(2018)
    figures = {f.version.indicator.key: f for f in queries.consolidate(network_id=network.pk, period=period)}
    if key == "members":
        return Decimal(len(queries.member_lines(network_id=network.pk, period=period, figures=list(figures.values()))))
    if key == "growth":
        growth = figures["enterprises"].growth
        assert growth is not None
        return growth * 100
    return figures[key].total


def of_plan(key: str, entry: Published) -> Any:
    plan = Plan.objects.get()
    if key == "action":
        return plan.actions.get(number=int(entry.key.partition("/")[2])).target
    counts = {
        "regions": plan.regions.count(),
        "plan_priorities": sum(r.priorities.count() for r in queries.regions_of(plan=plan)),
        "plan_issues": plan.issues.count(),
        "plan_actions": len(queries.board(plan=plan, today=date(2019, 3, 31))),
        "adopted": plan.adopted_on,
    }
    return counts[key]


def of_record(kind: str) -> int:
    during: Any = Edition.objects.get(kind=kind, organisation=organisation()).during
    return (during.upper.year - during.lower.year) * 12 + during.upper.month - during.lower.month


def computed(entry: Published) -> Any:
    where, _sep, key = entry.how.partition(":")
    if where == "report":
        return of_report(key)
    if where == "network":
        return of_network(key)
    return of_plan(key, entry) if where == "plan" else of_record(key)


@pytest.mark.parametrize("entry", REPRODUCED, ids=[p.key for p in REPRODUCED])
def test_published_figure_is_computed_from_records(entry: Published) -> None:
    value = computed(entry)
    if isinstance(value, date):
        assert value.isoformat() == entry.value
        return
    published_value = Decimal(entry.value)
    if entry.precision in ("more_than", "at_least"):
        # "more than 3,605" is counted as 3,605: the published number is the floor
        assert value >= published_value
        assert value <= published_value * Decimal("1.1")
    elif entry.precision == "nearly":
        assert published_value * Decimal("0.9") <= value <= published_value
    else:
        assert value == published_value


@pytest.mark.parametrize(
    ("key", "file"), [("entreprises", "export_support_by_mrc"), ("inno-entreprises", "innovation_support_by_mrc")]
)
def test_distribution_by_mrc_is_the_published_one(key: str, file: str) -> None:
    from maillage.directory.queries import find_territory

    versions = {v.indicator.key: v for v in queries.current_versions(organisation_id=organisation().pk)}
    parts = compute.parts(versions[key], scope_of(organisation()).asks(YEAR), "territory")
    expected = {find_territory(row["mrc"], kinds=("mrc",)).pk: Decimal(row["enterprises"]) for row in rows(file)}  # type: ignore[union-attr]
    assert {p.key: p.value for p in parts} == expected


def test_intensive_and_short_support_are_all_the_enterprises() -> None:
    assert (of_report("soutenu") or 0) + (of_report("ponctuel") or 0) == of_report("entreprises") == 55
    assert (of_report("inno-soutenu") or 0) + (of_report("inno-prediagnostics") or 0) == of_report("inno-entreprises")


def test_activities_have_the_published_dates() -> None:
    versions = {v.indicator.key: v for v in queries.current_versions(organisation_id=organisation().pk)}
    found = compute.rows(versions["activites"], scope_of(organisation()).asks(YEAR)).values_list("title", "starts_on")
    expected = {(r["title"], date.fromisoformat(r["start"])) for r in rows("activities") if int(r["id"]) <= 7}
    assert set(found) == expected
    assert len(list(found)) == 7


def test_fifteen_members_declare_and_one_is_observed() -> None:
    network = Organisation.objects.get(slug=NETWORK_SLUG)
    period = Period.fiscal_year(2018)
    lines = queries.member_lines(
        network_id=network.pk, period=period, figures=queries.consolidate(network_id=network.pk, period=period)
    )
    assert sorted(line.state for line in lines) == ["approved"] * 15 + ["observed"]


def test_action_4_is_never_added_to_action_1() -> None:
    plan = Plan.objects.get()
    boards = queries.board(plan=plan, today=date(2019, 3, 31))
    target, value = queries.total_of(boards, "M$")
    assert target == 1182
    values = {b.action.number: b.whole.value for b in boards}
    assert value == values[1]
    assert values[4] is not None
    assert values[4] < (values[1] or 0)


def test_actions_concern_the_published_regions() -> None:
    plan = Plan.objects.get()
    for row in rows("plan_actions"):
        action = plan.actions.get(number=int(row["action_no"]))
        assert action.regions.count() == int(row["regions_count"])
        assert {str(r.number) for r in action.regions.all()} == set(row["regions"].split(";"))
    assert {r.number: r.priorities.count() for r in plan.regions.all()} == {
        int(row["region_no"]): int(row["priorities_listed"]) for row in rows("regions")
    }


@cache
def _names() -> tuple[str, ...]:
    return tuple(row["name"] for row in rows("organisations"))


def test_published_report_shows_what_is_computed_and_has_not_drifted(territory: datetime) -> None:
    report = Report.objects.get(title="Rapport annuel 2022-2023")
    assert queries.drift(report) == []
    shown = queries.view(report).figures
    assert shown["interventions"].value == 126
    assert shown["viree-participants"].value == 48
    assert shown["viree-billets"].value == 27


def test_report_with_a_late_entry_tells_its_drift() -> None:
    report = Report.objects.get(title="Rapport annuel 2024-2025")
    moved = {d.key: d for d in queries.drift(report)}["interventions"]
    assert moved.now == (moved.published or 0) + 1
    assert "saisie le 2 juillet 2025, après la publication, par Constant Démo" in moved.came[0].sentence


def test_synthetic_enterprises_say_that_they_are() -> None:
    served = Organisation.objects.filter(is_demo=True)
    assert served.exists()
    assert not served.exclude(name__contains="(démonstration)").exists()
    assert set(Organisation.objects.filter(is_demo=False).values_list("name", flat=True)) <= set(_names())


def test_loading_twice_changes_nothing(territory: datetime) -> None:
    from maillage.site.demo.support import load_support

    before = Organisation.objects.count()
    assert load_support(territory) is False
    assert Organisation.objects.count() == before


def test_table_of_published_figures_is_up_to_date() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document()
