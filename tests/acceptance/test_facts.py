"""For every fact: the value is the measure of its rows, in whole and in each part, and merged duplicates count once."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maillage.core import facts
from maillage.core.facts import BadFilter, Cell, CountDistinct, Fact, FactContext, Month
from maillage.core.period import Period
from maillage.directory.models import Organisation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("territory")]
FACTS = sorted(facts.registered().values(), key=lambda f: f.key)
years = st.integers(2017, 2026)
random_questions = settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)
# A merge moves an enterprise from one of these to the other: its engagements are those of both records.
BY_ENGAGEMENT = {"enterprises_intensive", "enterprises_short"}
# One that joined under both records joined once, and left once: the later row, or the earlier, no longer counts.
BY_MEMBER = {"new_members", "members_gone"}


def close(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is None and other is None
    return abs(Decimal(one) - Decimal(other)) < Decimal("0.000001")


def period(year: int, months: int) -> Period:
    return Period(date(year, 4, 1), date(year + (3 + months) // 12, (3 + months) % 12 + 1, 1))


@st.composite
def questions(draw: st.DrawFn) -> tuple[Period | None, bool]:
    asked = None if draw(st.booleans()) and draw(st.booleans()) else period(draw(years), draw(st.integers(1, 30)))
    return asked, draw(st.booleans())


def context(fact: Fact, asked: Period | None, everyone: bool, random: Random) -> FactContext:
    ids = list(Organisation.objects.filter(is_demo=True, roles__isnull=False).values_list("pk", flat=True).distinct())
    ctx = FactContext(organisation_ids=None if everyone else tuple(ids), period=asked)
    if not fact.territory or random.random() < 0.5:
        return ctx
    places = [c.keys[0] for c in fact.breakdown(ctx, ["territory"]) if c.keys[0] is not None]
    chosen = tuple(random.sample(places, min(3, len(places))))
    return FactContext(ctx.organisation_ids, ctx.period, chosen)


@pytest.mark.parametrize("fact", FACTS, ids=[f.key for f in FACTS])
@random_questions
@given(question=questions(), seed=st.integers(0, 999))
def test_value_is_the_measure_of_the_rows(fact: Fact, question: tuple[Period | None, bool], seed: int) -> None:
    ctx = context(fact, *question, Random(seed))
    assert close(fact.value(ctx), fact.measure.over(fact.rows(ctx)))


@pytest.mark.parametrize("fact", FACTS, ids=[f.key for f in FACTS])
def test_each_part_is_the_measure_of_its_rows(fact: Fact) -> None:
    ctx = FactContext(period=Period(date(2017, 4, 1), date(2026, 4, 1)))
    for name, dimension in fact.dims.items():
        for cell in sample(fact.breakdown(ctx, [name], limit=400)):
            if isinstance(dimension, Month):
                inside = ctx.narrowed(**{name: cell.keys[0]}) if cell.keys[0] else None
            else:
                inside = ctx.narrowed(**{name: "" if cell.keys[0] is None else cell.keys[0]})
            if inside is not None:
                assert close(cell.value, fact.value(inside)), (name, cell)
                assert close(cell.value, fact.measure.over(fact.rows(inside))), (name, cell)


def sample(cells: list[Cell]) -> list[Cell]:
    return Random(1).sample(cells, min(4, len(cells)))


@pytest.fixture
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def merge_some(random: Random) -> int:
    """Make some enterprises duplicates of others. Returns how many."""
    pool = list(Organisation.objects.filter(is_demo=True, slug__startswith="demo-", merged_into=None, roles=None))
    chosen = random.sample(pool, 60)
    for duplicate, canonical in zip(chosen[:30], chosen[30:], strict=True):
        Organisation.objects.filter(pk=duplicate.pk).update(merged_into=canonical)
    return 30


@pytest.mark.usefixtures("undone")
def test_merged_duplicates_count_once_in_every_fact() -> None:
    ctx = FactContext(period=Period(date(2017, 4, 1), date(2026, 4, 1)))
    before = {f.key: (f.value(ctx), f.rows(ctx).count()) for f in FACTS}
    merge_some(Random(3))
    fewer = 0
    for fact in FACTS:
        value, count = before[fact.key]
        now = fact.value(ctx)
        assert close(now, fact.measure.over(fact.rows(ctx))), fact.key
        if fact.key in BY_ENGAGEMENT:
            continue
        rows = fact.rows(ctx).count()
        assert rows == count or (fact.key in BY_MEMBER and rows < count), "a merge loses no row"
        if isinstance(fact.measure, CountDistinct) and fact.measure.canonical:
            assert (now or 0) <= (value or 0)
            fewer += (now or 0) < (value or 0)
            assert len(fact.entities(ctx)) == now
    assert fewer >= 2
    rows = sum(facts.get(key).rows(ctx).count() for key in BY_ENGAGEMENT)
    assert rows == sum(before[key][1] for key in BY_ENGAGEMENT)


def test_every_fact_of_the_organisation_has_rows_to_be_proven_on() -> None:
    """Those of members and of markets are proven on rows of their own, beside them."""
    elsewhere = ("maillage.market", "maillage.membership")
    empty = [
        f.key for f in FACTS if not f.source.__module__.startswith(elsewhere) and not f.rows(FactContext()).exists()
    ]
    assert not empty


def test_distinct_parts_never_make_the_whole_by_adding() -> None:
    fact = facts.get("enterprises_served")
    ctx = FactContext(period=Period(date(2022, 4, 1), date(2023, 4, 1)))
    summed = sum(int(c.value or 0) for c in fact.breakdown(ctx, ["stream"]))
    assert summed > int(fact.value(ctx) or 0)
    assert fact.rollup == facts.RECOMPUTE


def test_counting_a_dimension_is_its_number_of_parts() -> None:
    fact = facts.get("interventions")
    ctx = FactContext(period=Period(date(2022, 4, 1), date(2023, 4, 1))).narrowed(stream_key="international")
    assert fact.counting("territory").value(ctx) == len(fact.breakdown(ctx, ["territory"])) == 9
    assert fact.counting("enterprise").value(ctx) == 55


@pytest.mark.parametrize("fact", FACTS, ids=[f.key for f in FACTS])
def test_unknown_or_impossible_filters_are_refused(fact: Fact) -> None:
    with pytest.raises(BadFilter):
        fact.rows(FactContext().narrowed(nothing="1"))
    keyed = next((n for n, d in fact.dims.items() if n in ("organisation", "territory", "stream")), None)
    if keyed:
        with pytest.raises(BadFilter):
            fact.rows(FactContext().narrowed(**{keyed: "pas un nombre"}))


def test_two_facts_may_not_share_a_key() -> None:
    twin = FACTS[0].counting(next(n for n, d in FACTS[0].dims.items() if not isinstance(d, Month)))
    with pytest.raises(ValueError, match="two facts"):
        facts.register(twin)


@random_questions
@given(question=questions(), seed=st.integers(0, 999))
def test_figures_computed_together_are_those_computed_one_by_one(
    question: tuple[Period | None, bool], seed: int
) -> None:
    random = Random(seed)
    asks = []
    for fact in random.sample(FACTS, min(14, len(FACTS))):
        ctx = context(fact, *question, Random(seed))
        asks.append((fact, ctx))
        name = random.choice([n for n, d in fact.dims.items() if not isinstance(d, Month)])
        cells = sample(fact.breakdown(ctx, [name], limit=50))
        asks += [(fact, ctx.narrowed(**{name: "" if c.keys[0] is None else c.keys[0]})) for c in cells]
    together = facts.values(asks)
    for (fact, ctx), number in zip(asks, together, strict=True):
        assert close(number, fact.value(ctx)), (fact, ctx)
