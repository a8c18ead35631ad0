"""Fields of forms within bounds: `fields.DateField(…)` where Django has `forms.DateField(…)`, with the same arguments.

A number that no column holds, a day that nothing can be added to and a thousand rows of a form end in a sentence at
the field. Files have `core.uploads`.
"""

import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from .numbers import decimal_of
from .typed import FIRST, LAST

COUNT = 30_000
"""Largest whole number of a field that says no other: the smallest column holds it."""
DIGITS = 24
LONG = 8_000


class DecimalField(forms.DecimalField):
    """A finite number of at most 24 digits, however it is written."""

    def to_python(self, value: Any) -> Any:
        """Raises ValidationError."""
        invalid = ValidationError(self.error_messages["invalid"], code="invalid")
        if isinstance(value, str) and value.strip():
            value = _said(value, self.decimal_places)
        number = super().to_python(value)
        if number is not None and (not number.is_finite() or number.adjusted() > DIGITS):
            raise invalid
        return number


class AmountField(DecimalField):
    """Dollars as people type them (`12,50`, `1 234.5 $`), 2 decimals, never below zero."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal"})
        super().__init__(**{"min_value": 0, "decimal_places": 2, "max_digits": 11, "widget": widget, **kwargs})


class IntegerField(forms.IntegerField):
    """A whole number from -30,000 to 30,000 unless told, however it is written."""

    def __init__(self, *, max_value: Any = COUNT, min_value: Any = -COUNT, **kwargs: Any) -> None:
        super().__init__(max_value=max_value, min_value=min_value, **kwargs)

    def to_python(self, value: Any) -> int | None:
        """Raises ValidationError."""
        if isinstance(value, str) and value.strip():
            number = _said(value, 0)
            value = str(int(number)) if number == int(number) else value
        return super().to_python(value)


def _said(text: str, places: int | None) -> Decimal:
    """What is typed, read by the one reader of numbers. Raises ValidationError."""
    try:
        return decimal_of(text, places=places)
    except ValueError as error:
        raise ValidationError(str(error), code="invalid") from error


class DateField(forms.DateField):
    """A day from 1900 to 2199."""

    def to_python(self, value: Any) -> datetime.date | None:
        """Raises ValidationError."""
        return _within(super().to_python(value))


class DateTimeField(forms.DateTimeField):
    """A moment from 1900 to 2199."""

    def to_python(self, value: Any) -> datetime.datetime | None:
        """Raises ValidationError."""
        try:
            moment = super().to_python(value)
        except OverflowError as error:
            raise _far() from error
        if moment is not None:
            _within((timezone.localtime(moment) if timezone.is_aware(moment) and moment.year > 1 else moment).date())
        return moment


def _far() -> ValidationError:
    said = _("Cette date est trop loin : donnez un jour entre %(first)s et %(last)s.")
    return ValidationError(said % {"first": FIRST.year, "last": LAST.year}, code="far")


def _within(day: datetime.date | None) -> datetime.date | None:
    if day is not None and not FIRST <= day <= LAST:
        raise _far()
    return day


def formset(form: type[forms.Form], *, most: int, **options: Any) -> Any:
    """`formset_factory` that makes `most` rows and no more, whatever `TOTAL_FORMS` says."""
    return forms.formset_factory(form, max_num=most, absolute_max=most, validate_max=True, **options)


class LongText(forms.CharField):
    """A text of at most 8,000 characters unless told: also what a model's TextField asks (`Meta.field_classes`)."""

    def __init__(self, *, max_length: int | None = None, **kwargs: Any) -> None:
        super().__init__(max_length=max_length or LONG, **kwargs)
