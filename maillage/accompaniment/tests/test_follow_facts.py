"""What is counted after and beside the work: watch, succession, what enterprises answer later."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from maillage.accompaniment import facts
from maillage.accompaniment.models import OutcomeFollowUp, SuccessionBuyer, WatchDelivery
from maillage.core.facts import Fact, FactContext, Month
from maillage.core.period import Period
from maillage.directory.models import Organisation
from maillage.directory.tests.factories import OrganisationFactory, TerritoryFactory, with_role

from .factories import (
    MandateFactory,
    SuccessionCaseFactory,
    WatchSignalFactory,
    WatchSubscriptionFactory,
    WatchTopicFactory,
)

pytestmark = pytest.mark.django_db
YEAR = Period.fiscal_year(2022)
FOLLOWED = [getattr(facts, name) for name in facts.__all__ if name.startswith(("WATCH", "SUCCESSION", "OUTCOMES"))]


def ctx(organisation: Organisation, period: Period = YEAR, **filters: object) -> FactContext:
    return FactContext(organisation_ids=(organisation.pk,), period=period).narrowed(**filters)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 16, tzinfo=UTC)


def test_watch_counts_enterprises_once_and_not_after_they_stopped() -> None:
    ours, kept = OrganisationFactory(), OrganisationFactory()
    duplicate = OrganisationFactory(merged_into=kept)
    one, two = WatchTopicFactory(organisation=ours), WatchTopicFactory(organisation=ours)
    both = (date(2022, 6, 1), date(2023, 6, 1))
    first = WatchSubscriptionFactory(topic=one, enterprise=kept, during=both)
    WatchSubscriptionFactory(topic=two, enterprise=duplicate, during=both)
    WatchSubscriptionFactory(topic=two, during=both, stopped_at=noon(date(2022, 8, 1)))
    WatchSubscriptionFactory(during=both)  # someone else's topic
    assert facts.WATCH_ENTERPRISES.value(ctx(ours)) == 2
    assert facts.WATCH_SUBSCRIPTIONS.value(ctx(ours)) == 3
    winter = Period(date(2023, 1, 1), date(2023, 4, 1))
    assert facts.WATCH_ENTERPRISES.value(ctx(ours, winter)) == 1
    sent, removed = WatchSignalFactory(topic=one), WatchSignalFactory(topic=one, removed_at=noon(date(2022, 7, 1)))
    for signal in (sent, removed):
        WatchDelivery.objects.create(signal=signal, subscription=first, at=noon(date(2022, 6, 9)))
    assert facts.WATCH_SIGNALS.value(ctx(ours)) == facts.WATCH_DELIVERIES.value(ctx(ours)) == 1


def test_succession_counts_those_that_last_open_and_end() -> None:
    ours = OrganisationFactory()
    SuccessionCaseFactory(organisation=ours, opened_on=date(2021, 1, 10))
    SuccessionCaseFactory(
        organisation=ours,
        stage="transferred",
        kind="coop",
        ended_on=date(2022, 6, 30),
        jobs=14,
        opened_on=date(2022, 4, 1),
    )
    SuccessionCaseFactory(
        organisation=ours,
        stage="transferred",
        kind="family",
        ended_on=date(2022, 9, 1),
        jobs=6,
        opened_on=date(2021, 4, 1),
    )
    SuccessionCaseFactory(organisation=ours, stage="stopped", ended_on=date(2022, 3, 31), opened_on=date(2021, 4, 1))
    SuccessionCaseFactory(organisation=ours, cancelled_at=noon(date(2022, 7, 1)))
    assert facts.SUCCESSIONS.value(ctx(ours)) == 3
    assert facts.SUCCESSIONS_OPENED.value(ctx(ours)) == 1
    assert facts.SUCCESSIONS_TRANSFERRED.value(ctx(ours)) == 2
    assert facts.SUCCESSION_JOBS_KEPT.value(ctx(ours)) == 20
    assert facts.SUCCESSIONS_COLLECTIVE_SHARE.value(ctx(ours)) == 50


def unzipped(workbook: bytes) -> str:
    """All the text of an XLSX file."""
    with ZipFile(BytesIO(workbook)) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist())


def test_succession_rows_never_name_the_enterprise(client: Client) -> None:
    ours = OrganisationFactory()
    case = SuccessionCaseFactory(
        organisation=ours, enterprise=OrganisationFactory(name="Meubles Laurier"), seller="Mme Laurier", summary="santé"
    )
    SuccessionBuyer.objects.create(case=case, name="Paul Repreneur", added_on=date(2022, 6, 9), note="a les fonds")
    client.force_login(with_role(ours, "coordinator").account)
    query = "?debut=2022-04-01&fin=2023-04-01"
    for key in ("successions", "successions_opened", "succession_buyers"):
        page = client.get(reverse("indicators:fact", args=[key]) + query)
        assert page.status_code == 200
        export = unzipped(client.get(reverse("indicators:fact_export", args=[key]) + query).getvalue())
        crossed = client.get(reverse("indicators:pivot") + query + f"&fait={key}").text
        for secret in ("Meubles Laurier", "Mme Laurier", "santé", "Paul Repreneur", "a les fonds"):
            assert secret not in page.text
            assert secret not in crossed
            assert secret not in export
        assert str(case.public_id) not in page.text  # who coordinates a market does not open the case


def follow_up(ours: Organisation, months: int = 6, **answer: object) -> OutcomeFollowUp:
    return OutcomeFollowUp.objects.create(
        mandate=MandateFactory(organisation=ours), months=months, due_on=date(2022, 6, 1),
        asked_at=noon(date(2022, 6, 1)), **answer,
    )  # fmt: skip


def test_outcomes_tell_answers_and_their_share() -> None:
    ours = OrganisationFactory()
    answered = {"answered_at": noon(date(2022, 6, 20))}
    follow_up(ours, sales="up", jobs_change=3, helped=5, comment="Merci", **answered)
    follow_up(ours, 12, sales="down", jobs_change=-1, helped=4, **answered)
    follow_up(ours, sales="", helped=None, **answered)
    follow_up(ours)
    here = ctx(ours)
    assert (facts.OUTCOMES_ASKED.value(here), facts.OUTCOMES_ANSWERED.value(here)) == (4, 3)
    assert facts.OUTCOMES_RESPONSE_RATE.value(here) == 75
    assert facts.OUTCOMES_SALES_UP.value(here) == 50
    assert facts.OUTCOMES_JOBS.value(here) == 2
    assert facts.OUTCOMES_HELPED.value(here) == Decimal("4.5")
    assert [c.labels for c in facts.OUTCOMES_ANSWERED.breakdown(here, ["months"])] == [
        ("6 mois après",),
        ("12 mois après",),
    ]
    assert "Merci" not in str(list(facts.OUTCOMES_ANSWERED.rows(here).values(*_shown(facts.OUTCOMES_ANSWERED))))


def _shown(fact: Fact) -> list[str]:
    return [column.path for column in fact.row_columns]


class EveryFactMeasuresItsRows(TestCase):
    """`value == measure(rows)`, whole and by each part, with duplicates united afterwards."""

    @settings(max_examples=8, deadline=None)
    @given(
        st.lists(
            st.tuples(st.integers(0, 3), st.integers(0, 1), st.integers(0, 500), st.integers(0, 5)),
            min_size=1,
            max_size=9,
        )
    )
    def test_value_is_the_measure_of_the_rows(self, work: list[tuple[int, int, int, int]]) -> None:
        ours = OrganisationFactory()
        mrcs = [TerritoryFactory(), TerritoryFactory()]
        enterprises = [OrganisationFactory() for _ in range(4)]
        for who, where, days, what in work:
            day = date(2022, 1, 1) + timedelta(days=days)
            self.followed(ours, enterprises[who], mrcs[where], day, what)
        for merged in (False, True):
            if merged:
                Organisation.objects.filter(pk=enterprises[3].pk).update(merged_into=enterprises[0])
            for fact in FOLLOWED:
                self.check(fact, ctx(ours))

    def followed(self, ours: Organisation, enterprise: Organisation, mrc: object, day: date, what: int) -> None:
        topic = WatchTopicFactory(organisation=ours)
        subscription = WatchSubscriptionFactory(
            topic=topic, enterprise=enterprise, mrc=mrc, during=(day, day + timedelta(days=90)),
            stopped_at=noon(day + timedelta(days=9)) if what == 1 else None,
        )  # fmt: skip
        signal = WatchSignalFactory(topic=topic, noted_on=day, weight="urgent" if what == 2 else "info")
        WatchDelivery.objects.create(signal=signal, subscription=subscription, at=noon(day))
        ended = what in (3, 4)
        case = SuccessionCaseFactory(
            organisation=ours, enterprise=enterprise, mrc=mrc, opened_on=day, jobs=what or None,
            kind="coop" if what == 3 else "family", stage="transferred" if ended else "search",
            ended_on=day + timedelta(days=40) if ended else None,
        )  # fmt: skip
        SuccessionBuyer.objects.create(case=case, name="X", added_on=day, state="met" if what else "gone")
        OutcomeFollowUp.objects.create(
            mandate=MandateFactory(organisation=ours, enterprise=enterprise, mrc=mrc), months=(6, 12, 24)[what % 3],
            due_on=day, asked_at=noon(day), answered_at=noon(day) if what else None, helped=what or None,
            sales=("", "up", "same", "down", "up", "")[what], jobs_change=what - 2 if what else None,
        )  # fmt: skip

    def check(self, fact: Fact, here: FactContext) -> None:
        assert close(fact.value(here), fact.measure.over(fact.rows(here))), fact.key
        for name, dimension in fact.dims.items():
            for cell in fact.breakdown(here, [name]):
                if isinstance(dimension, Month):
                    continue
                part = here.narrowed(**{name: "" if cell.keys[0] is None else cell.keys[0]})
                assert close(cell.value, fact.measure.over(fact.rows(part))), (fact.key, name)


def close(one: object, other: object) -> bool:
    if one is None or other is None:
        return one is None and other is None
    return abs(Decimal(str(one)) - Decimal(str(other))) < Decimal("0.0001")
