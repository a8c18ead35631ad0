from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maillage.core.money import cents
from maillage.market.models import MarginMode
from maillage.market.pricing import LineAmounts, charged_units, line_amounts, order_totals, split

prices = st.decimals(min_value=0, max_value=2000, places=4)
rates = st.decimals(min_value=0, max_value="0.9", places=5)
quantities = st.decimals(min_value=0, max_value=500, places=3)
modes = st.sampled_from(MarginMode.values)
bases = st.sampled_from(["shelf", "producer"])


@pytest.mark.parametrize(
    ("price", "basis", "mode", "rate", "member", "producer"),
    [
        ("10", "shelf", "retained", "0.22", "10.0000", "7.8000"),
        ("7.80", "producer", "retained", "0.22", "10.0000", "7.8000"),
        ("10", "producer", "on_top", "0.15", "11.5000", "10.0000"),
        ("11.50", "shelf", "on_top", "0.15", "11.5000", "10.0000"),
        ("4.99", "shelf", "retained", "0.22", "4.9900", "3.8922"),
        ("3.33", "producer", "on_top", "0.025", "3.4133", "3.3300"),
    ],
)
def test_price_splits_as_the_market_announces(
    price: str, basis: str, mode: str, rate: str, member: str, producer: str
) -> None:
    unit = split(Decimal(price), basis, mode, Decimal(rate))
    assert (unit.member, unit.producer) == (Decimal(member), Decimal(producer))


@given(prices, bases, modes, rates)
def test_given_price_is_kept_and_the_margin_is_never_negative(
    price: Decimal, basis: str, mode: str, rate: Decimal
) -> None:
    unit = split(price, basis, mode, rate)
    assert (unit.member if basis == "shelf" else unit.producer) == price
    assert unit.member >= unit.producer >= 0
    announced = unit.member * rate if mode == MarginMode.RETAINED else unit.producer * rate
    assert abs(unit.margin - announced) <= Decimal("0.0002") / (1 - rate)


@given(prices, modes, rates)
def test_both_ways_of_giving_a_price_agree(price: Decimal, mode: str, rate: Decimal) -> None:
    there = split(price, "producer", mode, rate)
    back = split(there.member, "shelf", mode, rate)
    assert abs(back.producer - there.producer) <= Decimal("0.0001")


@pytest.mark.parametrize(("price", "rate"), [("-1", "0.2"), ("1", "1"), ("1", "-0.1")])
def test_impossible_terms_are_refused(price: str, rate: str) -> None:
    with pytest.raises(ValueError, match=r"margin rate|price"):
        split(Decimal(price), "shelf", "retained", Decimal(rate))


@given(prices, bases, modes, rates, quantities)
def test_line_is_its_parts_to_the_cent(price: Decimal, basis: str, mode: str, rate: Decimal, q: Decimal) -> None:
    unit = split(price, basis, mode, rate)
    line = line_amounts(member_price=unit.member, producer_price=unit.producer, charged=q)
    assert line.goods == line.producers + line.margin
    assert line.margin >= 0
    assert line.goods == cents(unit.member * q)
    assert abs(line.goods - unit.member * q) <= Decimal("0.005")


amounts = st.builds(
    lambda p, m, d: LineAmounts(p + m, p, m, d),
    st.decimals(0, 500, places=2),
    st.decimals(0, 200, places=2),
    st.decimals(0, 5, places=2),
)


@given(st.lists(st.tuples(amounts, st.sampled_from(["grocery", "taxable"])), max_size=40), st.decimals(0, 20, places=2))
def test_order_total_is_its_parts(lines: list[tuple[LineAmounts, str]], delivery: Decimal) -> None:
    totals = order_totals(lines, delivery)
    assert totals.total == totals.producers + totals.margin + totals.taxes + totals.deposits + totals.delivery
    assert totals.goods == sum(line.goods for line, _ in lines)
    base = delivery + sum(line.goods for line, tax in lines if tax == "taxable")
    assert totals.tps == cents(base * Decimal("0.05"))
    assert totals.tvq == cents(base * Decimal("0.09975"))
    assert totals.minus(totals).total == 0


def test_taxes_are_rounded_once_on_the_base_and_not_line_by_line() -> None:
    line = LineAmounts(Decimal("0.29"), Decimal("0.20"), Decimal("0.09"), Decimal("0.10"))
    totals = order_totals([(line, "taxable")] * 3)  # 0.87: 0.0435 and 0.0868; by line it would be 3 × 0.01, 3 × 0.03
    assert (totals.tps, totals.tvq, totals.deposits) == (Decimal("0.04"), Decimal("0.09"), Decimal("0.30"))


def test_weighed_line_charges_the_kilograms_known() -> None:
    two = Decimal(2)
    estimate = charged_units(pieces=two, by_weight=True, content=Decimal("1.800"))
    assert estimate == Decimal("3.600")
    final = charged_units(pieces=two, by_weight=True, content=Decimal("1.800"), weight=Decimal("3.712"))
    assert final == Decimal("3.712")
    assert charged_units(pieces=two, by_weight=False, content=Decimal("0.500")) == two
