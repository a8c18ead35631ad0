"""Forms of membership."""

from datetime import date
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from maillage.core import fields
from maillage.core.meanwhile import Edits
from maillage.core.widgets import DateInput
from maillage.directory.types import clean_neq, clean_phone

from .models import HeldBy, MemberClass


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
    le = fields.DateField(label=_("À la date du"), required=False, widget=DateInput())

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


class ClassForm(Edits, forms.ModelForm[MemberClass]):
    fee = fields.AmountField(label=_("Montant"))

    class Meta:
        model = MemberClass
        fields: ClassVar[list[str]] = ["name", "description", "held_by", "fee", "period", "fee_kind", "is_open"]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        same = MemberClass.objects.filter(organisation=self.instance.organisation, name__iexact=name)
        if same.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("Une catégorie porte déjà ce nom."))
        return name


class EnrolPersonForm(forms.Form):
    """A person whom the organisation signs up."""

    given_name = forms.CharField(label=_("Prénom"), max_length=80)
    family_name = forms.CharField(label=_("Nom"), max_length=80)
    email = forms.EmailField(
        label=_("Courriel"), required=False, help_text=_("C'est par lui que la personne retrouve son adhésion.")
    )
    phone = forms.CharField(label=_("Téléphone"), max_length=24, required=False)
    member_class = forms.ModelChoiceField(MemberClass.objects.none(), label=_("Catégorie"), empty_label=None)

    def __init__(self, *args: Any, classes: QuerySet[MemberClass], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["member_class"].queryset = classes  # type: ignore[attr-defined]

    def clean_phone(self) -> str:
        return clean_phone(self.cleaned_data["phone"])

    def values(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        chosen = data.pop("member_class")
        return {**data, "member_class_id": chosen.pk}


class EnrolOrganisationForm(EnrolPersonForm):
    """An organisation that is signed up, and who orders for it."""

    given_name = family_name = None  # type: ignore[assignment]
    name = forms.CharField(label=_("Organisation"), max_length=200)
    neq = forms.CharField(label=_("NEQ"), max_length=16, required=False, help_text=_("10 chiffres, s'il est connu."))
    email = forms.EmailField(label=_("Courriel de l'organisation"), required=False)
    buyer_email = forms.EmailField(
        label=_("Courriel de qui commande pour elle"),
        required=False,
        help_text=_("Si l'organisation est nouvelle ici, cette personne reçoit une invitation."),
    )
    field_order = ["name", "neq", "email", "phone", "buyer_email", "member_class"]  # noqa: RUF012

    def clean_neq(self) -> str:
        return clean_neq(self.cleaned_data["neq"])
