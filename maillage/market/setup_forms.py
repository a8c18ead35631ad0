"""Forms of a market's settings. Rates are typed in percent, quantities in pieces or crates."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from maillage.core import fields
from maillage.core.meanwhile import Edits
from maillage.core.quantity import Temperature
from maillage.directory.models import Organisation

from .actions import Window
from .models import CycleTemplate, DeliveryZone, MarginMode, Market, PaymentMethod, PickupPoint

POSTAL_CODE = re.compile(r"^[ABCEGHJ-NPRSTVXY]\d[A-Z]\d[A-Z]\d$")
POSTAL_PREFIX = re.compile(r"^[ABCEGHJ-NPRSTVXY]\d[A-Z](\d([A-Z]\d?)?)?$")
WEEKDAYS = [
    (0, gettext_lazy("lundi")),
    (1, gettext_lazy("mardi")),
    (2, gettext_lazy("mercredi")),
    (3, gettext_lazy("jeudi")),
    (4, gettext_lazy("vendredi")),
    (5, gettext_lazy("samedi")),
    (6, gettext_lazy("dimanche")),
]
MARGINS = [
    (MarginMode.RETAINED.value, gettext_lazy("Le marché garde une part du prix affiché")),
    (MarginMode.ON_TOP.value, gettext_lazy("Le marché ajoute sa part au prix du producteur, et la montre au membre")),
]
HOLIDAYS = [
    (-1, gettext_lazy("la veille")),
    (1, gettext_lazy("le lendemain")),
    (0, gettext_lazy("le jour même, sans changement")),
]
DAYS = [
    (0, gettext_lazy("le jour de livraison")),
    (1, gettext_lazy("le lendemain")),
    (2, gettext_lazy("le surlendemain")),
]


def plain(number: Decimal) -> Decimal:
    """Without trailing zeros, and without an exponent: 400, 22, 9.975."""
    return Decimal(f"{number.normalize():f}")


class _Money(fields.DecimalField):
    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": Decimal(0), "decimal_places": 2, "max_digits": 9, "localize": True, **options})


class _Percent(fields.DecimalField):
    def __init__(self, **options: Any) -> None:
        super().__init__(
            **{
                "min_value": Decimal(0),
                "max_value": Decimal("99.9"),
                "decimal_places": 3,
                "max_digits": 5,
                "localize": True,
                "label": gettext_lazy("Marge"),
                **options,
            }
        )


class MarketForm(forms.Form):
    """The guided page that makes a market."""

    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), label=gettext_lazy("Organisation"), empty_label=None, to_field_name="public_id"
    )
    name = forms.CharField(
        max_length=120,
        label=gettext_lazy("Nom du marché"),
        help_text=gettext_lazy("Comme les membres le disent. Son adresse web en est tirée."),
    )
    margin_mode = forms.ChoiceField(
        choices=MARGINS,
        widget=forms.RadioSelect,
        initial=MarginMode.RETAINED,
        label=gettext_lazy("Comment le marché se finance"),
    )
    margin_percent = _Percent(initial=Decimal(20))

    def __init__(self, *args: Any, organisations: list[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Any = self.fields["organisation"]
        choices.queryset = Organisation.objects.filter(pk__in=[o.pk for o in organisations])
        if len(organisations) == 1:
            self.fields["organisation"].initial = organisations[0].public_id

    @property
    def rate(self) -> Decimal:
        return Decimal(self.cleaned_data["margin_percent"]) / 100


class TermsForm(Edits, forms.Form):
    name = forms.CharField(max_length=120, label=gettext_lazy("Nom du marché"))
    summary = forms.CharField(
        max_length=200,
        required=False,
        label=gettext_lazy("En une phrase"),
        help_text=gettext_lazy("Ce que les gens lisent sous le nom : qui vous êtes, pour qui."),
    )
    margin_mode = forms.ChoiceField(
        choices=MARGINS, widget=forms.RadioSelect, label=gettext_lazy("Comment le marché se finance")
    )
    margin_percent = _Percent()
    membership_required = forms.BooleanField(required=False, label=gettext_lazy("Il faut être membre pour commander"))
    payment_methods = forms.MultipleChoiceField(
        choices=PaymentMethod.choices,
        widget=forms.CheckboxSelectMultiple,
        label=gettext_lazy("Façons de payer"),
        error_messages={"required": gettext_lazy("Choisissez au moins une façon de payer.")},
    )
    interac_email = forms.EmailField(required=False, label=gettext_lazy("Courriel qui reçoit les virements Interac"))
    credit_limit = _Money(
        label=gettext_lazy("Crédit permis à un membre"),
        help_text=gettext_lazy("Jusqu’où un compte peut devoir. À 0 $, on ne commande qu’avec un solde suffisant."),
    )
    order_minimum = _Money(label=gettext_lazy("Commande minimale"))
    tps_number = forms.CharField(
        required=False,
        max_length=24,
        label=gettext_lazy("Numéro de TPS"),
        help_text=gettext_lazy("Neuf chiffres, RT, quatre chiffres : 123456789RT0001."),
    )
    tvq_number = forms.CharField(
        required=False,
        max_length=24,
        label=gettext_lazy("Numéro de TVQ"),
        help_text=gettext_lazy("Dix chiffres, TQ, quatre chiffres : 1234567890TQ0001."),
    )
    language = forms.ChoiceField(
        choices=settings.LANGUAGES,
        label=gettext_lazy("Langue des listes de travail"),
        help_text=gettext_lazy(
            "Listes de préparation, étiquettes, totaux. Un membre ou un producteur reçoit ses papiers dans sa langue."
        ),
    )

    @classmethod
    def of(cls, market: Market, data: Any = None) -> "TermsForm":
        names = [n for n in cls.base_fields if n != "margin_percent"]
        initial = {n: getattr(market, n) for n in names}
        return cls(data, initial={**initial, "margin_percent": plain(market.margin_rate * 100)}, edits=market)

    def clean_tps_number(self) -> str:
        return _registration(self.cleaned_data["tps_number"], 9, "RT")

    def clean_tvq_number(self) -> str:
        return _registration(self.cleaned_data["tvq_number"], 10, "TQ")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if PaymentMethod.INTERAC in data.get("payment_methods", []) and not data.get("interac_email"):
            self.add_error("interac_email", _("Donnez le courriel où envoyer les virements, ou retirez cette façon."))
        return data

    @property
    def values(self) -> dict[str, Any]:
        values = dict(self.cleaned_data)
        values["margin_rate"] = Decimal(values.pop("margin_percent")) / 100
        return values


def _registration(text: str, digits: int, code: str) -> str:
    """A registration number of a tax, without its spaces and dashes. Raises ValidationError."""
    bare = re.sub(r"[\s-]", "", text).upper()
    if bare and not re.fullmatch(rf"[0-9]{{{digits}}}{code}[0-9]{{4}}", bare):
        said = _("Il faut %(digits)s chiffres, les lettres %(code)s, puis quatre chiffres.")
        raise forms.ValidationError(said % {"digits": digits, "code": code})
    return bare


def _postal_code(text: str) -> str:
    bare = text.upper().replace(" ", "").replace("-", "")
    if bare and not POSTAL_CODE.match(bare):
        raise forms.ValidationError(_("Un code postal s’écrit comme J8X 1A1."))
    return f"{bare[:3]} {bare[3:]}" if bare else ""


class PointForm(Edits, forms.Form):
    name = forms.CharField(max_length=120, label=gettext_lazy("Nom du point"))
    address = forms.CharField(max_length=200, label=gettext_lazy("Adresse"))
    postal_code = forms.CharField(max_length=7, required=False, label=gettext_lazy("Code postal"))
    directions = fields.LongText(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        label=gettext_lazy("Comment s’y rendre"),
        help_text=gettext_lazy("La porte, le stationnement, l’arrêt d’autobus."),
    )
    is_active = forms.BooleanField(required=False, initial=True, label=gettext_lazy("Ce point reçoit des commandes"))
    ambient = fields.DecimalField(
        min_value=0, max_digits=9, decimal_places=1, initial=40, label=gettext_lazy("Caisses ambiantes")
    )
    chilled = fields.DecimalField(
        min_value=0, max_digits=9, decimal_places=1, initial=20, label=gettext_lazy("Caisses réfrigérées")
    )
    frozen = fields.DecimalField(
        min_value=0, max_digits=9, decimal_places=1, initial=0, label=gettext_lazy("Caisses congelées")
    )

    @classmethod
    def of(cls, point: PickupPoint | None, data: Any = None) -> "PointForm":
        if point is None:
            return cls(data)
        names = ("name", "address", "postal_code", "directions", "is_active")
        crates = {t: Decimal(0) for t in Temperature.values} | {
            c.temperature: plain(c.crates) for c in point.capacities.all()
        }
        return cls(data, initial={**{n: getattr(point, n) for n in names}, **crates}, edits=point)

    def clean_postal_code(self) -> str:
        return _postal_code(self.cleaned_data["postal_code"])

    @property
    def values(self) -> dict[str, Any]:
        return {k: v for k, v in self.cleaned_data.items() if k not in Temperature.values}

    @property
    def crates(self) -> dict[str, Decimal]:
        """Crates by temperature; a temperature at zero is left out: none can be held there."""
        return {t: self.cleaned_data[t] for t in Temperature.values if self.cleaned_data[t]}


class WindowForm(forms.Form):
    day_offset = forms.TypedChoiceField(
        choices=DAYS, coerce=int, required=False, empty_value="0", label=gettext_lazy("Jour")
    )
    opens = forms.TimeField(required=False, label=gettext_lazy("De"), widget=forms.TimeInput())
    closes = forms.TimeField(required=False, label=gettext_lazy("À"), widget=forms.TimeInput())
    places = fields.IntegerField(min_value=0, required=False, label=gettext_lazy("Commandes au plus"))

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        opens, closes = data.get("opens"), data.get("closes")
        if bool(opens) != bool(closes) and not self.errors:
            raise forms.ValidationError(_("Donnez l’heure de début et l’heure de fin, ou effacez les deux."))
        if opens and closes and closes <= opens:
            self.add_error("closes", _("Après l’heure de début."))
        return data


WindowSet = fields.formset(WindowForm, extra=2, most=12)


def windows_of(formset: Any) -> list[Window]:
    """The hours that were filled in; a row without hours is left out."""
    return [
        Window(d["opens"], d["closes"], int(d.get("day_offset") or 0), d.get("places"))
        for d in (form.cleaned_data for form in formset)
        if d.get("opens")
    ]


class ZoneForm(Edits, forms.Form):
    name = forms.CharField(max_length=120, label=gettext_lazy("Nom de la zone"))
    postal_prefixes = fields.LongText(
        label=gettext_lazy("Débuts de codes postaux"),
        help_text=gettext_lazy("Séparés par des virgules : J8X, J8Y, J8Z1."),
    )
    fee = _Money(label=gettext_lazy("Frais de livraison"), help_text=gettext_lazy("Avant taxes."))
    minimum = _Money(label=gettext_lazy("Commande minimale"), initial=Decimal(0))
    day_offset = forms.TypedChoiceField(choices=DAYS, coerce=int, initial=0, label=gettext_lazy("Jour"))
    opens = forms.TimeField(label=gettext_lazy("De"), widget=forms.TimeInput())
    closes = forms.TimeField(label=gettext_lazy("À"), widget=forms.TimeInput())
    places = fields.IntegerField(
        min_value=0,
        required=False,
        label=gettext_lazy("Livraisons au plus"),
        help_text=gettext_lazy("Vide : sans limite."),
    )
    is_active = forms.BooleanField(required=False, initial=True, label=gettext_lazy("Cette zone est desservie"))

    @classmethod
    def of(cls, zone: DeliveryZone | None, data: Any = None) -> "ZoneForm":
        if zone is None:
            return cls(data)
        initial = {n: getattr(zone, n) for n in cls.base_fields}
        return cls(data, initial={**initial, "postal_prefixes": ", ".join(zone.postal_prefixes)}, edits=zone)

    def clean_postal_prefixes(self) -> list[str]:
        given = [p for p in re.split(r"[,;\s]+", self.cleaned_data["postal_prefixes"].upper()) if p]
        wrong = [p for p in given if not POSTAL_PREFIX.match(p)]
        if wrong:
            raise forms.ValidationError(
                _("« %(prefix)s » n’est pas le début d’un code postal : écrivez J8X ou J8X1.") % {"prefix": wrong[0]}
            )
        return list(dict.fromkeys(given))

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("opens") and data.get("closes") and data["closes"] <= data["opens"]:
            self.add_error("closes", _("Après l’heure de début."))
        return data


class TemplateForm(Edits, forms.ModelForm[CycleTemplate]):
    every_weeks = forms.TypedChoiceField(
        choices=[
            (1, gettext_lazy("chaque semaine")),
            (2, gettext_lazy("toutes les deux semaines")),
            (3, gettext_lazy("toutes les trois semaines")),
            (4, gettext_lazy("toutes les quatre semaines")),
        ],
        coerce=int,
        label=gettext_lazy("Un cycle s’ouvre"),
    )
    opens_weekday = forms.TypedChoiceField(choices=WEEKDAYS, coerce=int, label=gettext_lazy("Ouverture"))
    opens_time = forms.TimeField(label=gettext_lazy("à"), widget=forms.TimeInput())
    closes_weekday = forms.TypedChoiceField(choices=WEEKDAYS, coerce=int, label=gettext_lazy("Fermeture"))
    closes_time = forms.TimeField(label=gettext_lazy("à"), widget=forms.TimeInput())
    delivered_weekday = forms.TypedChoiceField(choices=WEEKDAYS, coerce=int, label=gettext_lazy("Livraison"))
    holiday_shift = forms.TypedChoiceField(
        choices=HOLIDAYS, coerce=int, label=gettext_lazy("Si ce jour est férié au Québec")
    )

    class Meta:
        model = CycleTemplate
        fields = (
            "every_weeks",
            "opens_weekday",
            "opens_time",
            "closes_weekday",
            "closes_time",
            "delivered_weekday",
            "holiday_shift",
        )


class PauseForm(forms.Form):
    first = fields.DateField(label=gettext_lazy("Du"), widget=forms.DateInput())
    last = fields.DateField(label=gettext_lazy("Au"), widget=forms.DateInput())
    reason = forms.CharField(
        max_length=120, required=False, label=gettext_lazy("Pourquoi"), help_text=gettext_lazy("Vacances, inventaire…")
    )


class _Moment(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class DatesForm(Edits, forms.Form):
    opens_at = fields.DateTimeField(label=gettext_lazy("Ouverture"), widget=_Moment())
    closes_at = fields.DateTimeField(label=gettext_lazy("Fermeture"), widget=_Moment())
    delivered_on = fields.DateField(label=gettext_lazy("Jour de livraison"), widget=forms.DateInput())
    note = fields.LongText(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        label=gettext_lazy("Mot aux membres"),
        help_text=gettext_lazy("Montré dans la boutique pendant ce cycle."),
    )


class ReopenForm(forms.Form):
    closes_at = fields.DateTimeField(label=gettext_lazy("Nouvelle fermeture"), widget=_Moment())
