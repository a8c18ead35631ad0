"""Forms of payments."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from maillage.core import fields, uploads

from . import bankfiles
from .bankfiles import Columns
from .models import Method, PaymentState

CLEARED = [("cash", _("la caisse")), ("card_clearing", _("les cartes")), ("interac_clearing", _("Interac"))]


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


class FilterForm(forms.Form):
    q = forms.CharField(label=_("Nom, référence ou montant"), required=False, max_length=100)
    mode = forms.ChoiceField(label=_("Mode"), required=False, choices=[("", _("Tous")), *Method.choices])
    etat = forms.ChoiceField(label=_("État"), required=False, choices=[("", _("Tous")), *PaymentState.choices])

    def read(self) -> dict[str, str]:
        """What the query takes; what is wrong is left out."""
        self.is_valid()
        data = self.cleaned_data
        return {"search": data.get("q", ""), "method": data.get("mode", ""), "state": data.get("etat", "")}


class RecordForm(forms.Form):
    """`key` makes a second click the same payment."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    method = forms.ChoiceField(
        label=_("Reçu par"),
        choices=[(m.value, m.label) for m in (Method.CASH, Method.TERMINAL, Method.INTERAC)],
        widget=forms.RadioSelect,
        initial=Method.CASH,
    )
    amount = fields.AmountField(label=_("Montant"))
    occurred_on = fields.DateField(label=_("Reçu le"), widget=DateInput())
    reference = forms.CharField(label=_("Pour"), max_length=40, required=False)


class RefundForm(forms.Form):
    amount = fields.AmountField(label=_("Montant à rendre"))
    refunded_before = fields.DecimalField(widget=forms.HiddenInput, decimal_places=2)


class DepositForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(label=_("Depuis"), choices=CLEARED)
    amount = fields.AmountField(label=_("Montant qui en sort"))
    fee = fields.AmountField(label=_("Dont frais retenus"), initial=0)
    occurred_on = fields.DateField(label=_("Vu à la banque le"), widget=DateInput())


class BankFileForm(forms.Form):
    file = uploads.FileField(
        kinds=uploads.BANK,
        label=_("Relevé de la banque (CSV)"),
        help_text=_("Depuis AccèsD ou un autre site bancaire. Le même fichier deux fois ne change rien."),
    )


class ColumnsForm(forms.Form):
    """Where a bank puts its columns; choices are shown with the first row."""

    headings = forms.BooleanField(label=_("La première ligne donne le nom des colonnes"), required=False)
    date = forms.TypedChoiceField(label=_("Date"), coerce=int)
    description = forms.TypedMultipleChoiceField(
        label=_("Description"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Une colonne ou plusieurs."),
    )
    credit = forms.TypedChoiceField(label=_("Dépôt, ou montant"), coerce=int)
    days = forms.ChoiceField(
        label=_("Dans les dates, qu’est-ce qui vient en premier ?"),
        choices=[("day", _("Le jour, puis le mois")), ("month", _("Le mois, puis le jour"))],
        widget=forms.RadioSelect,
        required=False,
    )

    def __init__(self, rows: Sequence[Sequence[str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        width = max(len(row) for row in rows)
        first = list(rows[0]) + [""] * width
        names = [(i, f"{i + 1}. {first[i][:40]}") for i in range(width)]
        for name in ("date", "description", "credit"):
            self.fields[name].choices = names  # type: ignore[attr-defined]
        known = bankfiles.recognise(rows)
        if known is not None:
            self.initial.update(date=known.date, description=list(known.description), credit=known.credit)
            self.initial["headings"] = known.headings
        self.rows, self.known = rows, known

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors and bankfiles.order_of_days(self.rows, self.columns()) == "ask":
            self.add_error("days", _("Ces dates se lisent de deux façons : dites laquelle est la bonne."))
        return data

    def columns(self) -> Columns:
        data = self.cleaned_data
        description = tuple(data["description"])
        known = self.known if self.known and self.known.credit == data["credit"] else None
        return Columns(
            data["date"],
            description,
            data["credit"],
            debit=known.debit if known else None,
            number=known.number if known else None,
            headings=data["headings"],
            days=data["days"],
        )
