"""Forms of the directory. What people type is brought to one shape by `directory.contact`."""

from typing import Any, ClassVar, cast

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from maillage.core import fields
from maillage.core.fields import LongText
from maillage.core.meanwhile import Edits
from maillage.core.text import Sorting
from maillage.core.widgets import DateInput

from . import contact
from .models import Account, LegalForm, Organisation, Person, RoleKind, Sector, Territory, TerritoryKind
from .queries.organisations import organisations_named

LANGUAGES = [("fr", _("Français")), ("en", _("Anglais"))]


class SignupForm(forms.Form):
    """Names, asked with the address and the password at sign-up (the adapter makes the person)."""

    given_name = forms.CharField(label=_("Prénom"), max_length=80)
    family_name = forms.CharField(label=_("Nom"), max_length=80)
    field_order = ["given_name", "family_name", "email", "password1"]  # noqa: RUF012

    def signup(self, request: HttpRequest, user: Account) -> None:
        """Asked for by allauth; the adapter has done it."""


class ContactMixin:
    """Telephone and postal code brought to their shape."""

    cleaned_data: dict[str, Any]

    def clean_phone(self) -> str:
        return contact.clean_phone(self.cleaned_data["phone"])

    def clean_postal_code(self) -> str:
        return contact.clean_postal_code(self.cleaned_data["postal_code"])


class OrganisationForm(Edits, ContactMixin, forms.ModelForm[Organisation]):
    class Meta:
        model = Organisation
        fields: ClassVar[list[str]] = [
            "name",
            "legal_form",
            "neq",
            "sector",
            "employees",
            "address",
            "postal_code",
            "municipality",
            "mrc",
            "phone",
            "email",
            "website",
            "description",
        ]
        labels: ClassVar[dict[str, Any]] = {
            "name": _("Nom"),
            "legal_form": _("Forme juridique"),
            "neq": _("NEQ"),
            "sector": _("Secteur (SCIAN)"),
            "employees": _("Nombre d'employés"),
            "address": _("Adresse"),
            "postal_code": _("Code postal"),
            "municipality": _("Municipalité"),
            "mrc": _("MRC"),
            "phone": _("Téléphone"),
            "email": _("Courriel"),
            "website": _("Site"),
            "description": _("Présentation"),
        }
        help_texts: ClassVar[dict[str, Any]] = {
            "neq": _("Numéro d'entreprise du Québec, 10 chiffres. Vide si vous ne l'avez pas sous la main."),
            "mrc": _("Vide : celle de la municipalité."),
        }
        field_classes: ClassVar[dict[str, Any]] = {"description": LongText}
        widgets: ClassVar[dict[str, Any]] = {
            "description": forms.Textarea(attrs={"rows": 4}),
            "neq": forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": 16}),
            "phone": forms.TextInput(attrs={"type": "tel"}),
        }

    def __init__(self, *args: Any, contact: bool = True, **kwargs: Any) -> None:
        """`contact`: whether the one who edits may change the e-mail (`queries.may_change_contact`)."""
        super().__init__(*args, **kwargs)
        if not contact:
            self.fields["email"].disabled = True
            self.fields["email"].help_text = _("Seules les personnes de l'organisation le changent : l'argent le suit.")
        self.fields["neq"] = forms.CharField(
            label=self.fields["neq"].label,
            help_text=self.fields["neq"].help_text,
            required=False,
            max_length=16,
            widget=self.fields["neq"].widget,
        )
        self.fields["website"] = forms.URLField(
            label=self.fields["website"].label, required=False, assume_scheme="https", max_length=200
        )
        _choices(self, "legal_form").choices = [c for c in LegalForm.choices if c[0] != LegalForm.OTHER] + [
            (LegalForm.OTHER.value, LegalForm.OTHER.label)
        ]
        _choices(self, "sector").choices = _sector_choices()
        _choices(self, "municipality").choices = _place_choices(TerritoryKind.MUNICIPALITY)
        _choices(self, "mrc").choices = _place_choices(TerritoryKind.MRC)

    def clean_name(self) -> str:
        return " ".join(str(self.cleaned_data["name"]).split())

    def clean_neq(self) -> str:
        return contact.clean_neq(self.cleaned_data["neq"])

    def validate_unique(self) -> None:
        """Left to the action, whose sentence names the organisation that has the NEQ."""

    def validate_constraints(self) -> None:
        """Left to the database, through the action."""

    def values(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


def _choices(form: forms.BaseForm, name: str) -> forms.ChoiceField:
    return cast(forms.ChoiceField, form.fields[name])


def _place_choices(kind: TerritoryKind) -> list[tuple[Any, str]]:
    rows = Territory.objects.filter(kind=kind).order_by(Sorting("name")).values_list("pk", "name")
    return [("", "—"), *rows]


def _sector_choices() -> list[tuple[Any, Any]]:
    """Subsectors under their sector, in the language of the page."""
    english = (get_language() or "fr").startswith("en")
    groups: list[tuple[Any, Any]] = [("", "—")]
    rows: list[tuple[int, str]] = []
    for sector in Sector.objects.order_by("code"):
        name = (english and sector.name_en) or sector.name
        if len(sector.code) != 3:
            rows = [(sector.pk, f"{sector.code} · {name}")]
            groups.append((name, rows))
        else:
            rows.append((sector.pk, f"{sector.code} · {name}"))
    return groups


class NewOrganisationForm(OrganisationForm):
    coordinate = forms.BooleanField(
        label=_("J'en fais partie : m'en confier la coordination"), required=False, initial=False
    )
    different = forms.BooleanField(
        label=_("Aucune de celles-ci : c'est une autre organisation"), required=False, initial=False
    )

    def values(self) -> dict[str, Any]:
        return {k: v for k, v in super().values().items() if k not in ("coordinate", "different")}


class StewardForm(forms.Form):
    """The organisation to whom one's file is given to keep, named as people name it."""

    name = forms.CharField(label=_("Nom ou NEQ de l'organisation"), max_length=200)

    def found(self) -> Organisation | None:
        """The one that stands under this NEQ or name; else None, with an error that says what to do."""
        text = str(self.cleaned_data["name"]).strip()
        digits = "".join(text.split())
        neq = digits if len(digits) == 10 and digits.isdigit() else ""
        found = organisations_named(name="" if neq else text, neq=neq)
        if len(found) == 1:
            return found[0]
        self.add_error(
            "name",
            _("Plusieurs organisations portent ce nom : écrivez le NEQ.")
            if found
            else _("Aucune organisation de ce nom : écrivez-le comme elle l'écrit, ou son NEQ."),
        )
        return None


def _until() -> fields.DateField:
    return fields.DateField(
        label=_("Prend fin le"), required=False, widget=DateInput(), help_text=_("Premier jour sans le rôle.")
    )


class DayForm(forms.Form):
    le = fields.DateField(label=_("En date du"), required=False, widget=DateInput())


class MunicipalityForm(forms.Form):
    name = forms.CharField(label=_("Nom"), max_length=120)
    code = forms.CharField(
        label=_("Code géographique"),
        max_length=5,
        help_text=_("Cinq chiffres, au Répertoire des municipalités du Québec."),
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    mrc = forms.TypedChoiceField(label=_("MRC"), coerce=int)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choices(self, "mrc").choices = _place_choices(TerritoryKind.MRC)

    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {"name": " ".join(data["name"].split()), "code": data["code"].strip(), "mrc_id": data["mrc"]}


class InvitationForm(forms.Form):
    email = forms.EmailField(label=_("Courriel"))
    kind = forms.ChoiceField(label=_("Rôle"), choices=RoleKind)
    title = forms.CharField(label=_("Titre"), max_length=120, required=False)
    since = fields.DateField(
        label=_("Depuis le"), required=False, widget=DateInput(), help_text=_("Vide : dès que la personne accepte.")
    )
    until = _until()
    language = forms.ChoiceField(label=_("Langue du message"), choices=LANGUAGES, initial="fr")


class MemberForm(ContactMixin, forms.Form):
    """Someone without an account."""

    given_name = forms.CharField(label=_("Prénom"), max_length=80)
    family_name = forms.CharField(label=_("Nom"), max_length=80)
    kind = forms.ChoiceField(label=_("Rôle"), choices=RoleKind)
    title = forms.CharField(label=_("Titre"), max_length=120, required=False)
    email = forms.EmailField(label=_("Courriel"), required=False)
    phone = forms.CharField(
        label=_("Téléphone"), required=False, max_length=40, widget=forms.TextInput(attrs={"type": "tel"})
    )
    since = fields.DateField(label=_("Depuis le"), widget=DateInput())
    until = _until()

    def clean_postal_code(self) -> str:
        return ""


class RoleForm(forms.Form):
    kind = forms.ChoiceField(label=_("Rôle"), choices=RoleKind)
    since = fields.DateField(label=_("Depuis le"), widget=DateInput())
    until = _until()


class EndForm(forms.Form):
    on = fields.DateField(label=_("Fin"))


class PersonForm(Edits, ContactMixin, forms.ModelForm[Person]):
    language = forms.ChoiceField(label=_("Langue des messages"), choices=LANGUAGES, widget=forms.RadioSelect)

    class Meta:
        model = Person
        fields: ClassVar[list[str]] = [
            "given_name",
            "family_name",
            "phone",
            "address",
            "postal_code",
            "municipality",
            "language",
        ]
        labels: ClassVar[dict[str, Any]] = {
            "given_name": _("Prénom"),
            "family_name": _("Nom"),
            "phone": _("Téléphone"),
            "address": _("Adresse"),
            "postal_code": _("Code postal"),
            "municipality": _("Municipalité"),
        }
        field_classes: ClassVar[dict[str, Any]] = {"description": LongText}
        widgets: ClassVar[dict[str, Any]] = {
            "given_name": forms.TextInput(attrs={"autocomplete": "given-name"}),
            "family_name": forms.TextInput(attrs={"autocomplete": "family-name"}),
            "phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
            "address": forms.TextInput(attrs={"autocomplete": "street-address"}),
            "postal_code": forms.TextInput(attrs={"autocomplete": "postal-code"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choices(self, "municipality").choices = _place_choices(TerritoryKind.MUNICIPALITY)


class AcceptForm(forms.Form):
    """The account of someone invited."""

    given_name = forms.CharField(
        label=_("Prénom"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "given-name"})
    )
    family_name = forms.CharField(
        label=_("Nom"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "family-name"})
    )
    password = forms.CharField(
        label=_("Mot de passe"),
        max_length=200,
        help_text=_("Au moins 10 caractères. Une phrase se retient mieux."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        self.email = email
        super().__init__(*args, **kwargs)

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        validate_password(password, Account(email=self.email))
        return password


class ErasureForm(forms.Form):
    confirmation = forms.CharField(
        label=_("Confirmation"), max_length=20, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
