"""Every published figure that these systems can tell is computed from records, through the public queries."""

from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from maillage.core import facts
from maillage.core.facts import FactContext
from maillage.core.period import Period
from maillage.directory.models import Organisation
from maillage.governance.models import Body
from maillage.governance.queries import composition
from maillage.indicators import compute, queries
from maillage.indicators.access import scope_of
from maillage.indicators.models import Plan, Report
from maillage.indicators.published import DOCUMENT, Published, agrees, document, published, rows
from maillage.programmes.models import Activity, Edition
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


def of_tours() -> Any:
    """The tours of the manufacturing initiative that were over when the plan was adopted."""
    plan = Plan.objects.get()
    assert plan.adopted_on is not None
    ctx = FactContext((plan.organisation_id,), Period(date(2011, 1, 1), plan.adopted_on))
    return facts.get("editions_over").value(ctx.narrowed(edition_kind="tour"))


def of_governance() -> Any:
    """The president elected by the network in 2019."""
    network = Organisation.objects.get(slug=NETWORK_SLUG)
    ctx = FactContext((network.pk,), Period(date(2019, 1, 1), date(2020, 1, 1)))
    return facts.get("elections").value(ctx.narrowed(role="presidence"))


def of_gala() -> Any:
    """People counted at the network's gala and trade show of 2018."""
    network = Organisation.objects.get(slug=NETWORK_SLUG)
    ctx = FactContext((network.pk,), Period(date(2018, 11, 7), date(2018, 11, 8)))
    return facts.get("activity_head_count").value(ctx)


def of_record(kind: str) -> int:
    during: Any = Edition.objects.get(
        kind=kind, organisation=organisation(), during__startswith__lt=date(2023, 4, 1)
    ).during
    return (during.upper.year - during.lower.year) * 12 + during.upper.month - during.lower.month


def computed(entry: Published) -> Any:
    where, _sep, key = entry.how.partition(":")
    if where == "report":
        return of_report(key)
    if where == "network":
        return of_network(key)
    if where == "governance":
        return of_governance()
    if key == "gala":
        return of_gala()
    if key == "tours":
        return of_tours()
    return of_plan(key, entry) if where == "plan" else of_record(key)


@pytest.mark.parametrize("entry", REPRODUCED, ids=[p.key for p in REPRODUCED])
def test_published_figure_is_computed_from_records(entry: Published) -> None:
    value = computed(entry)
    if isinstance(value, date):
        assert value.isoformat() == entry.value
        return
    assert agrees(Decimal(value), entry), (entry, value)


@pytest.mark.parametrize(
    ("value", "precision", "same"),
    [
        ("50", "nearly", False),
        ("48", "nearly", True),
        ("44", "nearly", False),
        ("50", "more_than", True),
        ("49", "more_than", False),
        ("56", "at_least", False),
        ("52", "approx", True),
        ("53", "approx", False),
        ("51", "exact", False),
        ("50", "uncertain", True),
    ],
)
def test_figure_agrees_as_precisely_as_it_was_published(value: str, precision: str, same: bool) -> None:
    assert agrees(Decimal(value), Published("A", "k", "l", "50", "", precision, "reproduced", "")) is same


STATED = [p for p in published() if p.status == "stated"]


@pytest.mark.parametrize("entry", STATED, ids=[p.key for p in STATED])
def test_figure_that_no_work_tells_is_carried_with_its_source(entry: Published) -> None:
    figure = Plan.objects.get().context_figures.select_related("region").get(label=entry.label)
    low, _sep, high = entry.value.partition("-")
    row = next(r for r in rows("plan_figures") if r["indicator"] == entry.label)
    assert (figure.value, figure.upper) == (Decimal(low), Decimal(high) if high else None)
    assert (figure.unit, figure.precision, figure.period) == (entry.unit, entry.precision, row["period"])
    assert figure.source
    if "région" in row["note"]:
        assert figure.region is not None
        assert f"région {figure.region.number}" in row["note"]


def test_no_published_figure_is_left_without_an_answer() -> None:
    assert {p.status for p in published()} <= {"reproduced", "stated", "waits", "cannot"}
    assert {p.source for p in published() if p.status == "stated"} <= {"E"}


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


def test_activities_have_the_published_sessions() -> None:
    versions = {v.indicator.key: v for v in queries.current_versions(organisation_id=organisation().pk)}
    for activity in compute.rows(versions["activites"], scope_of(organisation()).asks(YEAR)):
        row = next(
            r for r in rows("activities") if (r["title"], r["start"]) == (activity.title, str(activity.starts_on))
        )
        days = sorted(timezone.localdate(s.starts_at).isoformat() for s in activity.sessions.all())
        assert days == row["session_dates"].split(";")
        assert len(days) == int(row["sessions"])
        assert activity.last_on.isoformat() == row["end"]


def test_visits_are_in_the_published_mrcs() -> None:
    from maillage.directory.queries import find_territory

    versions = {v.indicator.key: v for v in queries.current_versions(organisation_id=organisation().pk)}
    parts = compute.parts(versions["innovaxion-pme"], scope_of(organisation()).asks(YEAR), "territory")
    assert {p.key for p in parts} == {
        find_territory(row["mrc"], kinds=("mrc",)).pk  # type: ignore[union-attr]
        for row in rows("innovaxion_mrc")
    }
    assert sum(int(p.value or 0) for p in parts) == 15


def _derived() -> dict[str, Decimal | None]:
    """What is deduced from published figures, computed from the records."""
    plan = Plan.objects.get()
    values = {b.action.number: b.action.target for b in queries.board(plan=plan, today=date(2019, 3, 31))}
    return {
        "Exportation : intensité + ponctuel": (of_report("soutenu") or 0) + (of_report("ponctuel") or 0),
        "Exportation : somme MRC": _sum_of_mrcs("entreprises"),
        "Innovation : soutenu + prédiagnostic": (of_report("inno-soutenu") or 0)
        + (of_report("inno-prediagnostics") or 0),
        "Innovation : somme MRC": _sum_of_mrcs("inno-entreprises"),
        "Interventions par entreprise": (of_report("interventions") or 0) / (of_report("entreprises") or 1),
        "Plan : part de l'action 4 dans l'action 1": values[4] / values[1],
        "Réseau : entreprises année antérieure (déduit)": _enterprises_before(),
    }


def _sum_of_mrcs(key: str) -> Decimal:
    """No enterprise moved in the year: here the parts add up, as the charts let one think."""
    versions = {v.indicator.key: v for v in queries.current_versions(organisation_id=organisation().pk)}
    parts = compute.parts(versions[key], scope_of(organisation()).asks(YEAR), "territory")
    return sum((p.value or Decimal(0) for p in parts), Decimal(0))


def _enterprises_before() -> Decimal | None:
    network = Organisation.objects.get(slug=NETWORK_SLUG)
    found = queries.consolidate(network_id=network.pk, period=Period.fiscal_year(2018))
    return next(f.previous for f in found if f.version.indicator.key == "enterprises")


def test_what_is_deduced_from_published_figures_holds() -> None:
    deduced = {row["check"]: row["result"] for row in rows("report_derived_checks")}
    for name, value in _derived().items():
        digits = len(deduced[name].partition(".")[2])
        assert value is not None
        assert round(value, digits) == Decimal(deduced[name]), name


def test_plan_tells_its_contradictions() -> None:
    plan = Plan.objects.get()
    gaps = [(line.region.number, c.issue.key, c.orphan) for line in queries.coverage(plan=plan) for c in line.gaps]
    assert gaps == [(5, "innovation", True), (14, "economie_sociale", False)]
    assert [i.key for i in queries.unanswered(plan=plan)] == ["releve"]
    within = queries.regions_within(plan=plan, day=date(2018, 4, 1))
    assert [(part.number, whole.number) for part, whole in within] == [(9, 8)]
    assert plan.regions.count() - len(within) == 17


def test_regions_of_the_plan_add_up_to_the_whole() -> None:
    """Islands that are listed apart are counted once."""
    boards = {b.action.number: b for b in queries.board(plan=Plan.objects.get(), today=date(2019, 3, 31))}
    for number in (1, 3):
        regional = sum((s.value or Decimal(0) for s in boards[number].regions.values()), Decimal(0))
        assert regional == boards[number].whole.value


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
    return (
        *(row["name"] for row in rows("organisations")),
        *(row["organisation"] for row in rows("expansion_pme_governance")),
        *(row["name"] for row in rows("childcare_centres")),
    )


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


def test_the_board_of_that_year_is_the_published_one() -> None:
    body = Body.objects.get(organisation=organisation(), kind="board")
    held = composition(body, day=date(2022, 8, 1))
    published_seats = [r for r in rows("expansion_pme_governance") if r["body"] == "board"]
    assert [str(h.term.organisation) for h in held.seats if h.term] == [r["organisation"] for r in published_seats]
    after = composition(body, day=date(2023, 3, 31))
    assert (after.voting_held, after.others_held) == (9, 1)


def test_the_ninth_edition_is_on_the_page_of_its_event(client: Client) -> None:
    event = Activity.objects.get(title__startswith="Grand rendez-vous", starts_on=date(2022, 10, 5))
    assert "9e édition" in client.get(reverse("programmes:conference", args=[event.public_id])).text


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
