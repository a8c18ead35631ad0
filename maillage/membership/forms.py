"""Forms of membership."""

from datetime import date
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from maillage.core.sheets import decimal_of

from .models import HeldBy, MemberClass


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


class AmountField(forms.DecimalField):
    """Dollars as people type them (`12,50`, `1 234.5 $`), 2 decimals, never below zero."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal"})
        super().__init__(**{"min_value": 0, "decimal_places": 2, "max_digits": 11, "widget": widget, **kwargs})

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and value.strip():
            try:
                value = str(decimal_of(value))
            except ValueError as error:
                raise forms.ValidationError(str(error)) from error
        return super().to_python(value)


class RegisterForm(forms.Form):
    """Filters of the members' list; `le` is the day whose statuses are shown."""

    q = forms.CharField(label=_("Nom, courriel ou numéro"), required=False, max_length=100)
    statut = forms.ChoiceField(
        label=_("Statut"),
        required=False,
        choices=[("", _("Tous")), ("active", _("En règle")), ("expired", _("Échues"))],
    )
    par = forms.ChoiceField(
        label=_("Membres"),
        required=False,
        choices=[
            ("", _("Tous")),
            (HeldBy.PERSON.value, _("Personnes")),
            (HeldBy.ORGANISATION.value, _("Organisations")),
        ],
    )
    le = forms.DateField(label=_("À la date du"), required=False, widget=DateInput())

    def read(self, today: date) -> dict[str, Any]:
        """What the register's query takes; what is wrong is left out."""
        self.is_valid()
        data = self.cleaned_data
        return {
            "search": data.get("q", ""),
            "status": data.get("statut", ""),
            "held_by": data.get("par", ""),
            "today": data.get("le") or today,
        }


class ClassForm(forms.ModelForm[MemberClass]):
    fee = AmountField(label=_("Montant"))

    class Meta:
        model = MemberClass
        fields: ClassVar[list[str]] = ["name", "description", "held_by", "fee", "period", "fee_kind", "is_open"]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        same = MemberClass.objects.filter(organisation=self.instance.organisation, name__iexact=name)
        if same.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("Une catégorie porte déjà ce nom."))
        return name


class ImportForm(forms.Form):
    file = forms.FileField(
        label=_("Fichier Excel ou CSV"),
        help_text=_(
            "Colonnes lues : prénom, nom, courriel, téléphone, organisation, NEQ, numéro, catégorie, depuis, jusqu'au. "
            "Une ligne qui nomme une organisation en fait le membre."
        ),
    )
