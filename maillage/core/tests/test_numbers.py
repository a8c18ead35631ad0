"""One reader of numbers: what people write is read as they mean it, or refused with how to write it."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from maillage.core import fields
from maillage.core.numbers import decimal_of

READ = {
    "12 000": "12000",
    "12 000,50 $": "12000.50",
    "1.234,50": "1234.50",
    "1,234.50": "1234.50",
    "1\u202f234,50\u00a0$": "1234.50",
    "1\u2009234": "1234",
    "1'234,50": "1234.50",
    "1.234.567": "1234567",
    "1,234,567.89": "1234567.89",
    "−5,00": "-5.00",
    "-5": "-5",
    "(5,00)": "-5.00",
    "12,50-": "-12.50",
    "+7": "7",
    ",5": "0.5",
    "12,": "12",
    "4,50 CAD": "4.50",
    "CA$4.50": "4.50",
    "5 %": "5",
    "\ufeff12\u200b": "12",
    "0,050": "0.050",
}
REFUSED = [
    "", " ", "-", "--5", "10/2", "1e5", "1 23,5", "12 34", "1..2", "1,2,3", "1,23,456", "1-2", "½", "٣", "abc",
    "10 $ 5",    "NaN", "Infinity", "1_000", "12h", "9" * 60, "(5", "5)", "1.2.3,4", "0x10",
]  # fmt: skip


@pytest.mark.parametrize(("text", "number"), READ.items())
def test_a_number_is_read_as_people_write_it(text: str, number: str) -> None:
    assert decimal_of(text) == Decimal(number)
    assert decimal_of(text, places=3) == Decimal(number)


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_number_is_refused_with_how_to_write_it(text: str) -> None:
    with pytest.raises(ValueError, match="écrivez-le comme 1234,50"):
        decimal_of(text)


@pytest.mark.parametrize("text", ["1,234", "3.000", "12,345", "999.999"])
@pytest.mark.parametrize("places", [0, 2])
def test_thousands_or_decimals_are_not_guessed(text: str, places: int) -> None:
    with pytest.raises(ValueError, match="de deux façons"):
        decimal_of(text, places=places)
    assert decimal_of(text, places=3) == Decimal(text.replace(",", "."))  # a weight in kilograms


@pytest.mark.parametrize("text", ["0,234", "1234,567", "12,3456"])
def test_decimals_are_never_rounded_away(text: str) -> None:
    with pytest.raises(ValueError, match="trop de décimales"):
        decimal_of(text, places=2)


def test_zeros_are_no_decimals() -> None:
    assert decimal_of("1234,5000", places=2) == Decimal("1234.5")


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2, allow_nan=False))
def test_what_is_written_is_read_back_however_it_is_set(number: Decimal) -> None:
    for text in (f"{number:,}", f"{number:,}".replace(",", " ").replace(".", ","), f"{number}"):
        assert decimal_of(text, places=2) == number


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (fields.DecimalField(decimal_places=2), "1 234,50 $", Decimal("1234.50")),
        (fields.DecimalField(decimal_places=2, localize=True), "1 234,50", Decimal("1234.50")),
        (fields.DecimalField(decimal_places=3), "1,234", Decimal("1.234")),
        (fields.AmountField(), "12,5", Decimal("12.5")),
        (fields.IntegerField(), "12 000", 12_000),
        (fields.IntegerField(), "7,0", 7),
    ],
)
def test_fields_read_by_it_in_every_language(field: Any, text: str, value: Any, language: str) -> None:
    with translation.override(language):
        assert field.clean(text) == value


@pytest.mark.parametrize(
    ("field", "text"),
    [
        (fields.AmountField(), "−5,00"),
        (fields.AmountField(), "(5,00)"),
        (fields.AmountField(), "10/2"),
        (fields.AmountField(), "1,234"),
        (fields.DecimalField(decimal_places=2), "12,345"),
        (fields.IntegerField(), "7,5"),
        (fields.IntegerField(), "1e3"),
    ],
)
def test_fields_refuse_what_it_refuses(field: Any, text: str) -> None:
    with pytest.raises(ValidationError):
        field.clean(text)
