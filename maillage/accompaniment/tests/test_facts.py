from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from maillage.accompaniment import facts
from maillage.core.facts import FactContext, registered
from maillage.core.period import Period
from maillage.directory.models import Organisation
from maillage.directory.tests.factories import OrganisationFactory, TerritoryFactory

from .factories import (
    ClaimFactory,
    DeliverableFactory,
    FinancingFactory,
    InterventionFactory,
    MandateFactory,
    MeetingFactory,
    PartyFactory,
    StreamFactory,
    intervene,
)

pytestmark = pytest.mark.django_db
YEAR = Period.fiscal_year(2022)


def ctx(organisation: Organisation, **filters: object) -> FactContext:
    return FactContext(organisation_ids=(organisation.pk,), period=YEAR).narrowed(**filters)


def test_interventions_enterprises_and_mrc_are_three_keys_of_the_same_rows() -> None:
    ours = OrganisationFactory()
    acton, rouville = TerritoryFactory(), TerritoryFactory()
    a, b, c = OrganisationFactory(mrc=acton), OrganisationFactory(mrc=rouville), OrganisationFactory(mrc=rouville)
    intervene(ours, a, b)
    intervene(ours, b)
    intervene(ours, c, done_on=date(2023, 4, 1))  # the year after: half-open
    intervene(OrganisationFactory(), c)  # someone else's work
    assert facts.INTERVENTIONS.value(ctx(ours)) == 2
    assert facts.ENTERPRISES_SERVED.value(ctx(ours)) == 2
    assert facts.MRC_COVERED.value(ctx(ours)) == 2


def test_partner_does_not_count_as_served_nor_cancelled_work() -> None:
    ours = OrganisationFactory()
    PartyFactory(intervention__organisation=ours, role="partner")
    PartyFactory(
        intervention=InterventionFactory(
            organisation=ours, cancelled_at=datetime(2022, 7, 1, tzinfo=UTC), cancel_reason="doublon"
        )
    )
    assert facts.ENTERPRISES_SERVED.value(ctx(ours)) == 0
    assert facts.INTERVENTIONS.value(ctx(ours)) == 0


def test_merged_duplicates_count_once() -> None:
    ours, kept = OrganisationFactory(), OrganisationFactory()
    duplicate = OrganisationFactory(merged_into=kept)
    intervene(ours, kept)
    intervene(ours, duplicate)
    assert facts.ENTERPRISES_SERVED.value(ctx(ours)) == 1
    assert facts.INTERVENTIONS.value(ctx(ours)) == 2


def test_intensive_and_short_share_those_served_in_a_stream() -> None:
    ours = OrganisationFactory()
    kept = OrganisationFactory()
    duplicate = OrganisationFactory(merged_into=kept)
    ended, other_stream, short = OrganisationFactory(), OrganisationFactory(), OrganisationFactory()
    for enterprise in (duplicate, ended, other_stream, short):
        intervene(ours, enterprise)
    MandateFactory(organisation=ours, enterprise=kept)  # engaged under the canonical row, served under the duplicate
    MandateFactory(organisation=ours, enterprise=ended, during=(date(2021, 1, 1), date(2022, 4, 1)))
    MandateFactory(organisation=ours, enterprise=other_stream, stream=StreamFactory(key="innovation"))
    MandateFactory(organisation=ours, enterprise=short, intensity="short")
    MandateFactory(organisation=OrganisationFactory(), enterprise=short)  # another organisation's engagement
    assert facts.ENTERPRISES_INTENSIVE.value(ctx(ours)) == 1
    assert facts.ENTERPRISES_SHORT.value(ctx(ours)) == 3
    parts = {c.keys[0]: c.value for c in facts.ENTERPRISES_BY_INTENSITY.breakdown(ctx(ours), ["intensity"])}
    assert parts == {"intensive": 1, "short": 3}


def test_mrc_is_the_one_frozen_on_the_row() -> None:
    ours, before, after = OrganisationFactory(), TerritoryFactory(), TerritoryFactory()
    enterprise = OrganisationFactory(mrc=before)
    intervene(ours, enterprise)
    enterprise.mrc = after
    enterprise.save()
    assert [c.keys for c in facts.ENTERPRISES_SERVED.breakdown(ctx(ours), ["mrc"])] == [(before.pk,)]


def test_claims_split_by_agreement_without_multiplying_the_total() -> None:
    ours = OrganisationFactory()
    intervention = intervene(ours, OrganisationFactory())
    one, two = (ClaimFactory(intervention=intervention).agreement for _ in range(2))
    intervene(ours, OrganisationFactory())  # claimed by nobody
    assert facts.CLAIMED_INTERVENTIONS.value(ctx(ours)) == 1
    assert facts.CLAIMED_ENTERPRISES.value(ctx(ours, agreement=one.pk)) == 1
    assert {c.keys[0] for c in facts.CLAIMED_INTERVENTIONS.breakdown(ctx(ours), ["agreement"])} == {one.pk, two.pk}


def test_prediagnostics_count_enterprises_and_plans_count_plans() -> None:
    ours = OrganisationFactory()
    mandate = MandateFactory(organisation=ours)
    DeliverableFactory(mandate=mandate, kind="prediagnostic")
    DeliverableFactory(mandate=mandate, kind="prediagnostic")
    DeliverableFactory(mandate=mandate, kind="plan")
    DeliverableFactory(mandate=mandate, kind="plan", delivered_on=None)
    assert facts.PREDIAGNOSTICS_DELIVERED.value(ctx(ours)) == 1
    assert facts.PLANS_DELIVERED.value(ctx(ours)) == 1


def test_financing_share_of_the_network_is_a_ratio_of_counts() -> None:
    ours = OrganisationFactory()
    for authorised in (True, True, True, False):
        FinancingFactory(
            organisation=ours,
            authorised_by_network=authorised,
            authorised_on=date(2022, 6, 1),
            is_manufacturing=authorised,
            is_innovative=True,
        )
    assert facts.FINANCING_BY_NETWORK_SHARE.value(ctx(ours)) == Decimal("0.75")
    assert facts.FINANCING_AMOUNT.value(ctx(ours)) == Decimal("400000.00")
    assert facts.FINANCING_MANUFACTURING_AMOUNT.value(ctx(ours)) == Decimal("300000.00")


def test_meetings_with_clients_are_told_apart() -> None:
    ours = OrganisationFactory()
    MeetingFactory(organisation=ours, met_on=date(2022, 6, 1))
    MeetingFactory(organisation=ours, met_on=date(2022, 6, 1), was_client=True)
    assert facts.MEETINGS.value(ctx(ours)) == 2
    assert facts.MEETINGS_NON_CLIENTS.value(ctx(ours)) == 1


class EveryFactMeasuresItsRows(TestCase):
    """`value == measure(rows)`, whole and by part, for any mix of parties, mandates and claims."""

    @settings(max_examples=15, deadline=None)
    @given(
        st.lists(
            st.tuples(
                st.integers(0, 4), st.integers(0, 2), st.integers(0, 1), st.integers(0, 400), st.sampled_from("sip")
            ),
            max_size=12,
        )
    )
    def test_value_is_the_measure_of_the_rows(self, work: list[tuple[int, int, int, int, str]]) -> None:
        ours = OrganisationFactory()
        mrcs = [TerritoryFactory() for _ in range(3)]
        enterprises = [OrganisationFactory() for _ in range(4)]
        enterprises.append(OrganisationFactory(merged_into=enterprises[0]))
        streams = [StreamFactory(key="exportation"), StreamFactory(key="innovation")]
        for who, where, stream, day, what in work:
            done_on = date.fromordinal(date(2022, 3, 1).toordinal() + day)
            intervention = InterventionFactory(organisation=ours, stream=streams[stream], done_on=done_on)
            role = "partner" if what == "p" else "beneficiary"
            PartyFactory(intervention=intervention, enterprise=enterprises[who], mrc=mrcs[where], role=role)
            if what == "i":
                MandateFactory(
                    organisation=ours, enterprise=enterprises[who], stream=streams[stream], during=(done_on, None)
                )
                ClaimFactory(intervention=intervention)
        for fact in registered().values():
            if not fact.source.__module__.startswith("maillage.accompaniment"):
                continue
            where = ctx(ours)
            assert fact.value(where) == fact.measure.over(fact.rows(where)), fact.key
            for name in ("stream", "mrc", "intensity"):
                if name in fact.dims:
                    for cell in fact.breakdown(where, [name]):
                        assert cell.value == fact.value(where.narrowed(**{name: cell.keys[0]})), (fact.key, name)
