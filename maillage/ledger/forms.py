"""Forms of the ledger's pages."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from maillage.core import fields
from maillage.core.period import Period
from maillage.core.widgets import DateInput


class PeriodForm(forms.Form):
    """`du` and `au` are both included, as people say them; `period` is half-open."""

    du = fields.DateField(label=_("Du"), required=False, widget=DateInput())
    au = fields.DateField(label=_("Au"), required=False, widget=DateInput())
    q = forms.CharField(label=_("Rechercher"), required=False, max_length=100)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in ("du", "au"):
            if data.get(name) and not 1900 <= data[name].year <= 2200:
                self.add_error(name, _("Choisissez une année entre 1900 et 2200."))
        if data.get("du") and data.get("au") and data["au"] < data["du"]:
            self.add_error("au", _("La fin précède le début."))
        return data

    @property
    def period(self) -> Period | None:
        """The period asked for, or None for everything (also when what was typed is wrong)."""
        if not self.is_valid():
            return None
        start, last = self.cleaned_data.get("du"), self.cleaned_data.get("au")
        if start is None and last is None:
            return None
        return Period(start or date(1900, 1, 1), last + timedelta(days=1) if last else None)

    @property
    def search(self) -> str:
        return str(self.cleaned_data.get("q", "")) if self.is_valid() else ""


class ClosingForm(forms.Form):
    through = fields.DateField(
        label=_("Fermer jusqu'au"),
        widget=DateInput(),
        help_text=_("Plus rien ne s'inscrira à cette date ou avant. La fermeture ne se défait pas."),
    )
