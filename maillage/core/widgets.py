"""Widgets of forms that every context uses."""

from typing import Any

from django import forms


class DateInput(forms.DateInput):
    """A date as browsers ask for it: `2026-11-27` whatever the language."""

    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"format": "%Y-%m-%d", **kwargs})
