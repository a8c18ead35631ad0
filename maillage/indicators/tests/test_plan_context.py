"""What a plan shows beside its actions: gaps, regions within regions, sourced statements, the course of an action."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from maillage.accompaniment.models import FinancingIntervention
from maillage.directory.models import Territory, TerritoryParent
from maillage.directory.tests.factories import OrganisationFactory, TerritoryFactory, with_role
from maillage.indicators import actions, emails, queries, wording
from maillage.indicators.models import (
    ActionRegion,
    Answer,
    AnswerRequest,
    ContextFigure,
    Plan,
    PlanAction,
    PlanIssue,
    PlanRegion,
    Priority,
)
from maillage.indicators.queries import Status
from maillage.indicators.types import NumberAsked

from .factories import indicator

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan() -> Plan:
    """Three regions; innovation is named by the first two, and an action on it concerns the second and the third."""
    plan = Plan.objects.create(
        organisation=OrganisationFactory(), name="Plan", period=(date(2022, 4, 1), date(2024, 4, 1))
    )
    for label in ("Innovation", "Relève"):
        PlanIssue.objects.create(plan=plan, key=label.lower(), label=label)
    for n in (1, 2, 3):
        PlanRegion.objects.create(plan=plan, number=n, name=f"Région {n}")
    for n in (1, 2):
        priority(plan, n, "innovation")
    action(plan, 1, [2, 3])
    return plan


def priority(plan: Plan, region: int, *issues: str) -> Priority:
    number = 1 + Priority.objects.count()
    made = Priority.objects.create(region=plan.regions.get(number=region), number=number, label="Faire")
    made.issues.set(plan.issues.filter(key__in=issues))
    return made


def action(plan: Plan, number: int, regions: list[int], **more) -> PlanAction:
    values = {
        "label": "Agir",
        "measure": "Ce qui est fait",
        "unit": "projets",
        "target": 100,
        "begins": date(2022, 4, 1),
        "deadline": date(2023, 3, 31),
        "issue": plan.issues.get(key="innovation"),
        **more,
    }
    made = PlanAction.objects.create(plan=plan, number=number, **values)
    for n in regions:
        ActionRegion.objects.create(action=made, region=plan.regions.get(number=n))
    return made


def gaps(plan: Plan) -> list[tuple[int, str, bool]]:
    return [(line.region.number, c.issue.key, c.orphan) for line in queries.coverage(plan=plan) for c in line.gaps]


def director(plan: Plan) -> Client:
    client = Client()
    client.force_login(with_role(plan.organisation, "director").account)
    return client


def test_priorities_without_an_action_and_actions_without_a_priority_are_told(plan) -> None:
    assert gaps(plan) == [(1, "innovation", True), (3, "innovation", False)]
    page = director(plan).get(reverse("indicators:plan_priorities", args=[plan.public_id]))
    assert "<strong>Région 1</strong> nomme «\u00a0Innovation\u00a0»" in page.text


def test_action_that_concerns_every_region_asks_for_no_priority(plan) -> None:
    action(plan, 2, [1, 2, 3])
    assert gaps(plan) == [(3, "innovation", False)]


def test_issue_that_no_action_answers_is_told_once(plan) -> None:
    assert queries.unanswered(plan=plan) == []
    priority(plan, 2, "relève")
    assert [i.label for i in queries.unanswered(plan=plan)] == ["Relève"]
    assert len(gaps(plan)) == 2


def test_islands_are_taken_out_of_the_region_that_holds_them(plan, django_assert_max_num_queries) -> None:
    whole, islands, shore = TerritoryFactory(kind="region"), TerritoryFactory(), TerritoryFactory()
    for child in (islands, shore):
        TerritoryParent.objects.create(
            child=child, parent=whole, kind="administrative", during=(date(2000, 1, 1), None)
        )
    place(plan, 1, whole), place(plan, 2, islands)
    for mrc, count in ((islands, 2), (shore, 5)):
        for _ in range(count):
            financed(plan, mrc, whole)
    version = indicator(plan.organisation, "financing_count")
    made = action(plan, 2, [1, 2], indicator=version.indicator)
    assert [(part.number, of.number) for part, of in queries.regions_within(plan=plan, day=date(2022, 4, 1))] == [
        (2, 1)
    ]
    with django_assert_max_num_queries(18):
        board = queries.board(plan=plan, today=date(2023, 3, 31))[1]
    assert board.action == made
    assert board.whole.value == 7
    assert {r.number: board.regions[r.pk].value for r in plan.regions.filter(number__lt=3)} == {1: 5, 2: 2}


def place(plan: Plan, number: int, territory: Territory) -> None:
    plan.regions.filter(number=number).update(territory=territory)


def financed(plan: Plan, mrc: Territory, region: Territory) -> None:
    FinancingIntervention.objects.create(
        organisation=plan.organisation,
        enterprise=OrganisationFactory(mrc=mrc),
        kind="loan",
        amount=1000,
        authorised_on=date(2022, 9, 1),
        authorised_by_network=True,
        mrc=mrc,
        region=region,
    )


# --- sourced statements ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"value": 80, "unit": "%", "precision": "approx"}, "environ 80 %"),
        ({"value": 50, "unit": "entreprises", "precision": "more_than"}, "plus de 50 entreprises"),
        ({"value": 50, "unit": "personnes", "precision": "nearly"}, "près de 50 personnes"),
        ({"value": 0, "upper": 5, "unit": "ans"}, "0 à 5 ans"),
        ({"value": 2012, "unit": "année"}, "2012"),
        ({"value": 2, "unit": "membres", "precision": "uncertain"}, "2 membres (à vérifier)"),
    ],
)
def test_statement_is_said_as_precisely_as_its_source(given, said) -> None:
    figure = ContextFigure(**{k: Decimal(v) if k in ("value", "upper") else v for k, v in given.items()})
    assert wording.stated(figure).replace("\xa0", " ").replace("\u202f", " ") == said


def test_statement_is_shown_with_its_source_and_counts_in_nothing(plan) -> None:
    client = director(plan)
    before = queries.total_of(queries.board(plan=plan, today=date(2023, 3, 31)), "projets")
    data = {"c-label": "Bureaux", "c-value": "17", "c-unit": "bureaux", "c-precision": "exact", "c-source": "Le plan"}
    client.post(reverse("indicators:plan_edit", args=[plan.public_id]), {**data, "do": "context"})
    page = client.get(reverse("indicators:plan_priorities", args=[plan.public_id])).text
    assert "17 bureaux" in page.replace("\xa0", " ")
    assert "Le plan" in page
    assert "énoncé" in page
    assert queries.total_of(queries.board(plan=plan, today=date(2023, 3, 31)), "projets") == before
    url = reverse("indicators:plan_part", args=[plan.public_id, "contexte", ContextFigure.objects.get().pk])
    client.post(url, {k[2:]: v for k, v in data.items()} | {"value": "18"})
    assert ContextFigure.objects.get().value == 18
    client.post(url, {"do": "remove"})
    assert not ContextFigure.objects.exists()


@pytest.mark.parametrize("bad", [{"source": " "}, {"label": ""}, {"upper": Decimal(1)}, {"region_id": 10**9}])
def test_statement_without_a_source_or_with_a_bad_range_is_refused(plan, bad) -> None:
    given = {"label": "Bureaux", "value": Decimal(17), "source": "Le plan", **bad}
    with pytest.raises(actions.PlanRefused):
        actions.write_context_figure(plan_id=plan.pk, by=None, **given)
    assert not ContextFigure.objects.exists()


# --- the course of an action -----------------------------------------------------------------------------------------


def state(made: PlanAction, value: int, day: date, region: int | None = None) -> None:
    key = made.plan.regions.get(number=region).pk if region else None
    actions.state_number(action_id=made.pk, region_id=key, as_of=day, value=Decimal(value), stated_by="Ève", by=None)


def test_course_goes_through_the_numbers_known_each_day_and_on_to_the_forecast(plan) -> None:
    made = plan.actions.get()
    state(made, 10, date(2022, 6, 1), 2)
    state(made, 5, date(2022, 7, 1), 3)
    state(made, 25, date(2022, 9, 29), 2)
    today = date(2022, 9, 29)
    whole = queries.board(plan=plan, today=today)[0].whole
    course = queries.course_of(action=made, whole=whole, today=today)
    assert course is not None
    assert course.points == [
        (date(2022, 4, 1), 0),
        (date(2022, 6, 1), 10),
        (date(2022, 7, 1), 15),
        (date(2022, 9, 29), 30),
    ]
    assert course.forecast == whole.forecast
    page = director(plan).get(reverse("indicators:plan_action", args=[made.public_id]) + "?au=2022-09-29")
    assert "chart-svg" in page.text


def test_at_the_last_day_a_target_is_met_or_not(plan) -> None:
    made = plan.actions.get()
    state(made, 98, date(2023, 3, 31))
    assert queries.board(plan=plan, today=date(2023, 3, 31))[0].whole.status == Status.LATE
    state(made, 100, date(2023, 3, 31))
    board = queries.board(plan=plan, today=date(2023, 6, 1))[0]
    assert board.whole.status == Status.ON_TRACK
    assert "dernier jour" in board.whole.explanation


# --- numbers asked ---------------------------------------------------------------------------------------------------


def ask(plan: Plan, region: int = 2, **more) -> AnswerRequest:
    given = {"as_of": date(2022, 12, 31), "name": "Ève Roy", "email": "eve@exemple.test", "by": None, **more}
    key = plan.regions.get(number=region).pk
    return actions.ask_number(action_id=plan.actions.get().pk, region_id=key, now=timezone.now(), **given)


def test_person_renews_an_expired_link(client: Client, plan) -> None:
    asked = ask(plan)
    AnswerRequest.objects.update(expires_at=timezone.now() - timedelta(days=1))
    old = reverse("indicators:plan_answer", args=[asked.token])
    assert "e…@exemple.test" in client.post(old, {"do": "renew"}).text
    assert client.get(old).status_code == 404
    asked.refresh_from_db()
    emails.send_number(NumberAsked(asked.pk, "renewed"))
    assert asked.token in mail.outbox[0].body
    client.post(reverse("indicators:plan_answer", args=[asked.token]), {"value": "7"})
    assert Answer.objects.get().value == 7


def test_coordinator_sends_again_and_asks_no_more(plan) -> None:
    asked, client = ask(plan), director(plan)
    url = reverse("indicators:plan_request", args=[asked.public_id])
    token = asked.token
    client.post(url, {"do": "renew"})
    asked.refresh_from_db()
    assert asked.token != token
    client.post(url, {"do": "withdraw"})
    assert not AnswerRequest.objects.exists()


def test_same_people_are_asked_again_once(plan) -> None:
    ask(plan, 2, name="Ancienne")
    ask(plan, 2, as_of=date(2023, 1, 31))
    ask(plan, 3, as_of=date(2023, 1, 31), name="Luc Côté", email="luc@exemple.test")
    url = reverse("indicators:plan_ask_again", args=[plan.actions.get().public_id])
    client = director(plan)
    for _ in range(2):
        client.post(url, {"as_of": "2023-03-31"})
    asked = AnswerRequest.objects.filter(as_of=date(2023, 3, 31)).order_by("region__number")
    assert [(r.name, r.email) for r in asked] == [("Ève Roy", "eve@exemple.test"), ("Luc Côté", "luc@exemple.test")]
    client.post(url, {"as_of": "demain"})
    assert AnswerRequest.objects.count() == 5


def test_who_asked_is_told_when_the_number_comes(plan) -> None:
    boss = with_role(plan.organisation, "director")
    asked = ask(plan, by=boss.account)
    actions.answer_request(request_id=asked.pk, value=Decimal(12), now=timezone.now(), note="Dont 2 reportés")
    emails.send_number(NumberAsked(asked.pk, "answered"))
    (message,) = mail.outbox
    assert message.to == [boss.account.email]
    assert "12 projets" in message.body
    assert "Dont 2 reportés" in message.body


def test_number_received_otherwise_is_written_with_who_said_it(plan) -> None:
    made, client = plan.actions.get(), director(plan)
    url = reverse("indicators:plan_number", args=[made.public_id])
    data = {"n-region": "", "n-as_of": "2022-12-31", "n-value": "40", "n-stated_by": "Ève Roy, au téléphone"}
    client.post(url, data)
    assert Answer.objects.get().stated_by == "Ève Roy, au téléphone"
    page = client.post(url, {**data, "n-as_of": "2020-01-01"})
    assert "pas commencée" in page.text
    assert Answer.objects.count() == 1
    board = Client()
    board.force_login(with_role(plan.organisation, "board").account)
    assert board.post(url, data).status_code == 404
