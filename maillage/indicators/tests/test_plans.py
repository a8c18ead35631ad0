from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from maillage.core.period import Period
from maillage.directory.tests.factories import OrganisationFactory, with_role
from maillage.indicators import actions, queries
from maillage.indicators.models import ActionRegion, Answer, Plan, PlanAction, PlanIssue, PlanRegion
from maillage.indicators.queries import Status

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan() -> Plan:
    plan = Plan.objects.create(
        organisation=OrganisationFactory(), name="Plan", period=(date(2022, 4, 1), date(2024, 4, 1))
    )
    PlanIssue.objects.create(plan=plan, key="croissance", label="Croissance")
    for n in (1, 2):
        PlanRegion.objects.create(plan=plan, number=n, name=f"Région {n}")
    return plan


def action(plan: Plan, number: int = 1, target: int = 100, **more) -> PlanAction:
    values = {
        "label": "Agir",
        "measure": "Ce qui est fait",
        "unit": "M$",
        "begins": date(2022, 4, 1),
        "deadline": date(2023, 3, 31),
        "periodicity": "year",
        "issue": plan.issues.first(),
        **more,
    }
    made = PlanAction.objects.create(plan=plan, number=number, target=target, **values)
    for region in plan.regions.all():
        ActionRegion.objects.create(action=made, region=region, target=Decimal(target) / 2)
    return made


def state(action: PlanAction, value: int, day: date, region: int | None = None) -> Answer:
    key = action.plan.regions.get(number=region).pk if region else None
    return actions.state_number(
        action_id=action.pk, region_id=key, as_of=day, value=Decimal(value), stated_by="Ève", by=None
    )


def stand(plan: Plan, day: date) -> queries.ActionBoard:
    return queries.board(plan=plan, today=day)[0]


@pytest.mark.parametrize(
    ("value", "status"), [(60, Status.AHEAD), (50, Status.ON_TRACK), (40, Status.LATE), (None, Status.MISSING)]
)
def test_status_follows_the_pace(plan, value, status) -> None:
    made = action(plan)
    if value is not None:
        state(made, value, date(2022, 9, 29))
    board = stand(plan, date(2022, 9, 29))
    assert board.whole.status == status


def test_forecast_is_linear_and_explained(plan) -> None:
    state(action(plan), 50, date(2022, 9, 29))  # 182 days of 365
    whole = stand(plan, date(2022, 10, 15)).whole
    assert whole.forecast == Decimal("100.27")
    assert "182" in whole.explanation
    assert "365" in whole.explanation


def test_level_is_compared_as_it_is_and_averaged(plan) -> None:
    made = action(plan, target=85, is_level=True, unit="%", operator=">=")
    state(made, 80, date(2022, 6, 1), 1)
    state(made, 92, date(2022, 6, 1), 2)
    board = stand(plan, date(2022, 6, 30))
    assert board.whole.value == 86
    assert board.whole.status == Status.ON_TRACK
    assert [s.status for s in board.regions.values()] == [Status.LATE, Status.AHEAD]


def test_regions_add_up_and_the_latest_number_of_each_counts(plan) -> None:
    made = action(plan)
    state(made, 10, date(2022, 6, 1), 1)
    state(made, 25, date(2022, 9, 1), 1)
    state(made, 5, date(2022, 7, 1), 2)
    assert stand(plan, date(2022, 9, 30)).whole.value == 30
    assert stand(plan, date(2022, 8, 1)).whole.value == 15


def test_yearly_action_starts_again(plan) -> None:
    made = action(plan, deadline=None)
    state(made, 90, date(2023, 3, 1))
    assert stand(plan, date(2023, 3, 31)).whole.value == 90
    assert stand(plan, date(2023, 4, 1)).whole.status == Status.MISSING


def test_included_action_is_never_added(plan) -> None:
    whole = action(plan, 1, 1182)
    part = action(plan, 4, 129, included_in=whole)
    state(whole, 1000, date(2023, 3, 1))
    state(part, 120, date(2023, 3, 1))
    boards = queries.board(plan=plan, today=date(2023, 3, 31))
    assert queries.total_of(boards, "M$") == (1182, 1000)
    (group,) = queries.roll_up(boards)
    assert (group.target, group.value, group.left_out) == (1182, 1000, [part])


def test_included_action_counts_in_its_own_issue_and_not_in_the_total(plan) -> None:
    other = PlanIssue.objects.create(plan=plan, key="innovation", label="Innovation")
    whole = action(plan, 1, 1182)
    action(plan, 4, 129, included_in=whole, issue=other)
    groups = queries.roll_up(queries.board(plan=plan, today=date(2023, 3, 31)))
    assert [g.target for g in groups] == [1182, 129]
    assert groups[1].elsewhere


@pytest.mark.parametrize("bad", [{"value": Decimal(-1)}, {"as_of": date(2021, 1, 1)}, {"region_id": 10**9}])
def test_impossible_numbers_are_refused(plan, bad) -> None:
    made = action(plan)
    given = {"region_id": None, "as_of": date(2022, 6, 1), "value": Decimal(1), **bad}
    with pytest.raises(actions.PlanRefused):
        actions.state_number(action_id=made.pk, stated_by="Ève", by=None, **given)
    assert not Answer.objects.exists()


def asked(plan: Plan):
    made = action(plan)
    return actions.ask_number(
        action_id=made.pk,
        region_id=plan.regions.get(number=2).pk,
        as_of=date(2022, 12, 31),
        name="Ève Roy",
        email="eve@exemple.test",
        by=None,
        now=timezone.now(),
    )


def test_person_answers_one_number_once_by_link(client: Client, plan) -> None:
    request = asked(plan)
    url = reverse("indicators:plan_answer", args=[request.token])
    assert client.get(url).status_code == 200
    client.post(url, {"value": "12"})
    client.post(url, {"value": "99"})
    answer = Answer.objects.get()
    assert (answer.value, answer.stated_by, answer.region.number) == (12, "Ève Roy", 2)


def test_expired_link_takes_no_number(client: Client, plan) -> None:
    request = asked(plan)
    type(request).objects.filter(pk=request.pk).update(expires_at=timezone.now() - timedelta(hours=1))
    client.post(reverse("indicators:plan_answer", args=[request.token]), {"value": "12"})
    assert not Answer.objects.exists()


def test_pages_open_to_the_organisation_alone(client: Client, plan) -> None:
    made = action(plan)
    urls = [
        reverse(f"indicators:{n}", args=[plan.public_id]) for n in ("plan_one", "plan_priorities", "plan_government")
    ]
    urls.append(reverse("indicators:plan_action", args=[made.public_id]))
    client.force_login(with_role(OrganisationFactory(), "director").account)
    assert [client.get(u).status_code for u in urls] == [404] * 4
    client.force_login(with_role(plan.organisation, "board").account)
    assert [client.get(u).status_code for u in urls] == [200] * 4


def test_board_asks_a_constant_number_of_queries(client: Client, plan, django_assert_max_num_queries) -> None:
    for n in range(1, 9):
        action(plan, n)
    client.force_login(with_role(plan.organisation, "director").account)
    with django_assert_max_num_queries(24):
        client.get(reverse("indicators:plan_one", args=[plan.public_id]))


@pytest.mark.parametrize(("value", "status"), [(40, Status.AHEAD), (50, Status.ON_TRACK), (60, Status.LATE)])
def test_a_target_not_to_exceed_is_judged_the_other_way_round(plan, value, status) -> None:
    state(action(plan, operator="<="), value, date(2022, 9, 29))
    assert stand(plan, date(2022, 9, 29)).whole.status == status


@pytest.mark.parametrize(("value", "status"), [(99, Status.ON_TRACK), (100, Status.ON_TRACK), (101, Status.LATE)])
def test_at_the_last_day_a_target_not_to_exceed_is_kept_or_not(plan, value, status) -> None:
    state(action(plan, operator="<="), value, date(2023, 3, 31))
    assert stand(plan, date(2023, 3, 31)).whole.status == status


@pytest.mark.parametrize(
    ("day", "start", "end"),
    [
        (date(2024, 2, 29), date(2024, 2, 29), date(2025, 2, 28)),
        (date(2025, 2, 27), date(2024, 2, 29), date(2025, 2, 28)),
        (date(2025, 2, 28), date(2025, 2, 28), date(2026, 2, 28)),
        (date(2028, 2, 28), date(2027, 2, 28), date(2028, 2, 29)),
        (date(2028, 2, 29), date(2028, 2, 29), date(2029, 2, 28)),
        (date(2023, 1, 1), date(2024, 2, 29), date(2025, 2, 28)),  # before it begins
    ],
)
def test_a_yearly_action_that_begins_on_29_february(plan, day, start, end) -> None:
    made = action(plan, begins=date(2024, 2, 29), deadline=None)
    assert queries.plans.cycle_of(made, day) == Period(start, end)
