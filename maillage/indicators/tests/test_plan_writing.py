from datetime import date
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from maillage.core.period import Period
from maillage.directory.models import Organisation
from maillage.directory.tests.factories import OrganisationFactory, TerritoryFactory, with_role
from maillage.indicators import actions, queries
from maillage.indicators.models import Plan, PlanAction, PlanRegion, Priority

from .factories import indicator, work

pytestmark = pytest.mark.django_db


def written(organisation: Organisation | None = None) -> Plan:
    made: Plan = actions.write_plan(
        organisation_id=(organisation or OrganisationFactory()).pk,
        name="Plan",
        period=Period(date(2022, 4, 1), date(2024, 4, 1)),
        by=None,
    )
    actions.add_regions(plan_id=made.pk, names=[("Nord", None), ("Sud", None)], by=None)
    return made


def planned(**more: Any) -> actions.PlannedAction:
    values: dict[str, Any] = {
        "label": "Agir",
        "measure": "Ce qui est fait",
        "target": Decimal(10),
        "begins": date(2022, 4, 1),
        "deadline": date(2024, 3, 31),
        **more,
    }
    return actions.PlannedAction(**values)


def add(plan: Plan, known: PlanAction | None = None, **more: Any) -> PlanAction:
    made: PlanAction = actions.write_action(
        plan_id=plan.pk, planned=planned(**more), action_id=known.pk if known else None, by=None
    )
    return made


def test_director_writes_a_plan_from_nothing_to_its_board(client: Client) -> None:
    organisation = OrganisationFactory()
    mrc = TerritoryFactory(name="Brome-Missisquoi")
    version = indicator(organisation, name="Interventions")
    work(organisation, OrganisationFactory(mrc=mrc))
    client.force_login(with_role(organisation, "director").account)
    assert reverse("indicators:plan_new") in client.get(reverse("indicators:plan")).content.decode()
    client.post(
        reverse("indicators:plan_new"),
        {"organisation": organisation.pk, "name": "Plan 2022", "start": "2022-04-01", "end": "2024-03-31"},
    )
    plan = Plan.objects.get()
    assert plan.period.upper == date(2024, 4, 1)
    edit = reverse("indicators:plan_edit", args=[plan.public_id])
    client.post(edit, {"do": "regions", "r-names": "Brome-Missisquoi\nAilleurs\nailleurs"})
    client.post(edit, {"do": "issue", "i-label": "Relève"})
    region, elsewhere = plan.regions.all()
    assert (region.territory, elsewhere.territory) == (mrc, None)
    client.post(
        edit,
        {"do": "priority", "o-region": region.pk, "o-label": "Former", "o-issues": [plan.issues.get().pk]},
    )
    assert [i.label for i in Priority.objects.get().issues.all()] == ["Relève"]
    answer = client.post(
        reverse("indicators:plan_action_new", args=[plan.public_id]),
        {
            "label": "Accompagner",
            "measure": "interventions",
            "indicator": version.indicator_id,
            "operator": ">=",
            "target": "4",
            "begins": "2022-04-01",
            "deadline": "2024-03-31",
            "periodicity": "once",
            "regions": [region.pk],
        },
    )
    assert answer.status_code == 302
    (board,) = queries.board(plan=plan, today=date(2023, 3, 31))
    assert (board.whole.value, board.whole.observed) == (1, True)
    assert board.regions[region.pk].value == 1
    page = client.get(reverse("indicators:plan_one", args=[plan.public_id])).content.decode()
    assert "Accompagner" in page


def test_parts_are_changed_and_taken_away(client: Client) -> None:
    plan = written()
    client.force_login(with_role(plan.organisation, "director").account)
    region = plan.regions.first()
    assert region is not None

    def at(kind: str, pk: int) -> str:
        return reverse("indicators:plan_part", args=[plan.public_id, kind, pk])

    client.post(at("regions", region.pk), {"name": "Grand Nord", "note": ""})
    issue = actions.write_issue(plan_id=plan.pk, label="Relève", by=None)
    client.post(at("enjeux", issue.pk), {"label": "Transfert"})
    priority = actions.write_priority(region_id=region.pk, label="Former", issue_ids=[issue.pk], by=None)
    assert client.get(at("priorites", priority.pk)).status_code == 200
    client.post(at("regions", region.pk), {"do": "remove"})  # it has a priority
    region.refresh_from_db()
    issue.refresh_from_db()
    assert (region.name, issue.label) == ("Grand Nord", "Transfert")
    client.post(at("priorites", priority.pk), {"do": "remove"})
    client.post(at("regions", region.pk), {"do": "remove"})
    assert [r.name for r in plan.regions.all()] == ["Sud"]


def test_circle_of_inclusions_is_refused_with_a_sentence(client: Client) -> None:
    plan = written()
    first = add(plan)
    second = add(plan, included_in_id=first.pk)
    third = add(plan, included_in_id=second.pk)
    with pytest.raises(actions.PlanRefused, match="elle-même"):
        add(plan, first, included_in_id=third.pk)
    client.force_login(with_role(plan.organisation, "director").account)
    data = {
        "label": "Agir",
        "measure": "fait",
        "operator": ">=",
        "target": "4",
        "begins": "2022-04-01",
        "periodicity": "year",
        "included_in": third.pk,
    }
    answer = client.post(reverse("indicators:plan_action_edit", args=[first.public_id]), data)
    assert "comprise en elle-même" in answer.content.decode()
    first.refresh_from_db()
    assert first.included_in_id is None


def test_database_refuses_a_circle_and_another_plan() -> None:
    plan, other = written(), written()
    first = add(plan)
    second = add(plan, included_in_id=first.pk)
    for above in (second, add(other)):
        with pytest.raises(IntegrityError), transaction.atomic():
            PlanAction.objects.filter(pk=first.pk).update(included_in_id=above.pk)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guarded", [False, True])
def test_two_inclusions_at_once_never_make_a_circle(guarded: bool) -> None:
    plan = written()
    pair = [add(plan).pk, add(plan).pk]
    ready, refused = Barrier(2), []

    def include(mine: int, above: int) -> None:
        try:
            with transaction.atomic():
                if not guarded:
                    with connection.cursor() as cursor:
                        cursor.execute("SET LOCAL session_replication_role = replica")  # no trigger
                ready.wait()
                PlanAction.objects.filter(pk=mine).update(included_in_id=above)
                if not guarded:
                    ready.wait()
        except IntegrityError:
            refused.append(mine)
        finally:
            connection.close()

    threads = [Thread(target=include, args=(a, b)) for a, b in (pair, pair[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    included = PlanAction.objects.exclude(included_in=None).count()
    assert (included, len(refused)) == ((1, 1) if guarded else (2, 0))


@pytest.mark.parametrize(
    "bad",
    [
        {"label": " "},
        {"target": Decimal(-1)},
        {"deadline": None},
        {"deadline": date(2021, 1, 1)},
        {"issue_id": 10**9},
        {"indicator_id": 10**9},
        {"region_ids": [10**9]},
        {"included_in_id": 10**9},
    ],
)
def test_impossible_actions_are_refused(bad) -> None:
    plan = written()
    with pytest.raises(actions.PlanRefused):
        add(plan, **bad)
    assert not PlanAction.objects.exists()


def test_changing_an_action_keeps_the_targets_of_its_regions() -> None:
    plan = written()
    keys = list(plan.regions.values_list("pk", flat=True))
    made = add(plan, region_ids=keys)
    made.region_links.filter(region_id=keys[0]).update(target=Decimal(7))
    add(plan, made, region_ids=keys[:1], label="Agir mieux")
    assert list(made.region_links.values_list("region_id", "target")) == [(keys[0], Decimal(7))]


def test_action_with_numbers_stays() -> None:
    plan = written()
    made = add(plan)
    actions.state_number(
        action_id=made.pk, region_id=None, as_of=date(2022, 6, 1), value=Decimal(1), stated_by="Ève", by=None
    )
    with pytest.raises(actions.PlanRefused):
        actions.remove_action(action_id=made.pk, by=None)
    actions.remove_action(action_id=add(plan).pk, by=None)
    assert plan.actions.get() == made


@pytest.mark.parametrize("kind", ["board", "adviser"])
def test_readers_do_not_write(client: Client, kind: str) -> None:
    plan = written()
    client.force_login(with_role(plan.organisation, kind).account)
    region: PlanRegion = plan.regions.all()[0]
    urls = [
        reverse("indicators:plan_edit", args=[plan.public_id]),
        reverse("indicators:plan_action_new", args=[plan.public_id]),
        reverse("indicators:plan_part", args=[plan.public_id, "regions", region.pk]),
    ]
    assert [client.get(u).status_code for u in urls] == [404] * 3
    assert client.get(reverse("indicators:plan_one", args=[plan.public_id])).status_code == 200


def test_a_priority_that_moves_to_another_region_is_the_last_of_its_list() -> None:
    plan = written()
    here = plan.regions.first()
    there = plan.regions.create(number=9, name="Ailleurs")
    assert here is not None
    words = {"issue_ids": [], "by": None}
    moved = actions.write_priority(region_id=here.pk, label="Former", **words)
    kept = [actions.write_priority(region_id=there.pk, label=label, **words) for label in ("Un", "Deux")]
    moved = actions.write_priority(region_id=there.pk, label="Former", priority_id=moved.pk, **words)
    assert [p.number for p in kept] == [1, 2]
    assert (moved.region, moved.number) == (there, 3)
