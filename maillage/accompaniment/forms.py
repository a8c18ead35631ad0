"""Forms of accompaniment. Texts that name an enterprise are resolved by the view, accents forgiven."""

import re
from datetime import date
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from maillage.core import fields
from maillage.core.meanwhile import Edits
from maillage.directory.models import Organisation

from .models import PartyRole, WorkMode
from .queries.interventions import Choices
from .types import Entry, PartyEntry


def minutes_of(text: str) -> int | None:
    """A duration as people write it: `45`, `45 min`, `1 h`, `1h30`, `1,5 h`, `1:30` → minutes. Raises
    ValidationError."""
    bare = text.strip().lower().replace("\u00a0", " ").replace(",", ".")
    if not bare:
        return None
    if found := re.fullmatch(r"(\d+)\s*(?:h|:)\s*(\d{1,2})(?:\s*m(?:in)?)?", bare):
        return int(found[1]) * 60 + int(found[2])
    if found := re.fullmatch(r"(\d+(?:\.\d+)?)\s*h(?:eures?)?", bare):
        return round(float(found[1]) * 60)
    if found := re.fullmatch(r"(\d+)\s*(?:m(?:in(?:utes?)?)?)?", bare):
        return int(found[1])
    raise ValidationError(_("Écrivez une durée comme 45, 1 h ou 1 h 30."), code="duration")


DURATIONS = [(text, text.replace(" ", "\u00a0")) for text in ("15 min", "30 min", "45 min", "1 h", "1 h 30", "2 h")]
"""What one tap writes, and how a button says it."""


class Duration(forms.CharField):
    """Minutes, typed as people write a duration."""

    def to_python(self, value: Any) -> Any:
        minutes = minutes_of((super().to_python(value) or "")[:40])
        if minutes is not None and minutes > 24 * 60:
            raise ValidationError(_("Une intervention dure moins de 24 heures."), code="duration")
        return minutes

    def prepare_value(self, value: Any) -> Any:
        return value


def _choice(rows: list[Any], *, empty: str = "") -> list[tuple[Any, str]]:
    named = [(str(r.pk), str(r)) for r in rows]
    return [("", empty), *named] if empty is not None else named


def _mandates(rows: list[Any]) -> list[tuple[Any, str]]:
    return [("", ""), *((str(m.pk), f"{m.enterprise.name} — {m}") for m in rows)]


class InterventionForm(Edits, forms.Form):
    """What, when, how long. With whom is `PartyFormSet`."""

    nonce = forms.UUIDField(widget=forms.HiddenInput)
    done_on = fields.DateField(label=gettext_lazy("Date"), widget=forms.DateInput)
    stream = forms.ChoiceField(label=gettext_lazy("Volet"))
    topic = forms.ChoiceField(label=gettext_lazy("Sujet"), required=False)
    service = forms.ChoiceField(label=gettext_lazy("Service"), required=False)
    minutes = Duration(label=gettext_lazy("Durée"), required=False, help_text=gettext_lazy("45, 1 h, 1 h 30"))
    mode = forms.ChoiceField(label=gettext_lazy("Comment"), choices=[("", ""), *WorkMode.choices], required=False)
    summary = forms.CharField(label=gettext_lazy("En une phrase"), max_length=300, required=False)
    outcome = forms.CharField(
        label=gettext_lazy("Résultat"), widget=forms.Textarea(attrs={"rows": 3}), required=False, max_length=4000
    )
    next_step = forms.CharField(label=gettext_lazy("Prochaine étape"), max_length=200, required=False)
    next_step_on = fields.DateField(label=gettext_lazy("Pour quand"), required=False, widget=forms.DateInput)
    edition = forms.ChoiceField(label=gettext_lazy("Programme"), required=False)
    mandate = forms.ChoiceField(label=gettext_lazy("Mandat"), required=False)
    agreements = forms.MultipleChoiceField(
        label=gettext_lazy("Ententes"), required=False, widget=forms.CheckboxSelectMultiple
    )
    adviser = forms.ChoiceField(label=gettext_lazy("Faite par"), required=False)

    def __init__(self, *args: Any, choices: Choices, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["nonce"].initial = uuid4
        self.fields["done_on"].initial = today
        self._offer("stream", _choice(choices.streams, empty=None))  # type: ignore[arg-type]
        self._offer("topic", _choice(choices.topics))
        self._offer("service", _choice(choices.services))
        self._offer("edition", _choice(choices.editions))
        self._offer("agreements", _choice(choices.agreements, empty=None))  # type: ignore[arg-type]
        self._offer("adviser", _choice(choices.advisers, empty=None))  # type: ignore[arg-type]
        if not choices.agreements:
            del self.fields["agreements"]
        if not choices.editions:
            del self.fields["edition"]
        self._offer("mandate", _mandates(choices.mandates))
        if not choices.mandates:
            del self.fields["mandate"]

    def _offer(self, name: str, options: list[tuple[Any, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = options

    def clean_done_on(self) -> date:
        day: date = self.cleaned_data["done_on"]
        if day > self.today:
            raise ValidationError(_("Une intervention se note une fois faite : choisissez aujourd'hui ou avant."))
        return day

    def entry(self, parties: tuple[PartyEntry, ...]) -> Entry:
        """What was typed, to record."""
        v = self.cleaned_data
        return Entry(
            done_on=v["done_on"],
            stream_id=int(v["stream"]),
            parties=parties,
            adviser_id=_key(v.get("adviser")),
            minutes=v["minutes"],
            topic_id=_key(v["topic"]),
            service_id=_key(v["service"]),
            mode=v["mode"],
            summary=v["summary"],
            outcome=v["outcome"],
            next_step=v["next_step"],
            next_step_on=v["next_step_on"],
            edition_id=_key(v.get("edition")),
            mandate_id=_key(v.get("mandate")),
            agreement_ids=tuple(int(a) for a in v.get("agreements", [])),
            nonce=v["nonce"],
        )


def _key(value: Any) -> int | None:
    return int(value) if value else None


class PartyForm(forms.Form):
    enterprise = forms.CharField(label=gettext_lazy("Entreprise"), max_length=240, required=False)
    person = forms.CharField(label=gettext_lazy("Personne"), max_length=160, required=False)
    role = forms.ChoiceField(label=gettext_lazy("Rôle"), choices=PartyRole.choices, initial=PartyRole.BENEFICIARY)
    create = forms.BooleanField(label=gettext_lazy("Créer cette fiche"), required=False)

    found: Organisation | None = None
    unknown: bool = False

    @property
    def is_blank(self) -> bool:
        data = getattr(self, "cleaned_data", {})
        return not data.get("enterprise") and not data.get("person")


PartyFormSet = fields.formset(PartyForm, extra=1, most=30)


class WeekRowForm(forms.Form):
    """One row of the week's grid; a row without an enterprise is passed over."""

    nonce = forms.UUIDField(widget=forms.HiddenInput, required=False)
    done_on = fields.DateField(label=gettext_lazy("Date"), required=False, widget=forms.DateInput)
    enterprise = forms.CharField(label=gettext_lazy("Entreprise"), max_length=240, required=False)
    stream = forms.ChoiceField(label=gettext_lazy("Volet"), required=False)
    topic = forms.ChoiceField(label=gettext_lazy("Sujet"), required=False)
    mandate = forms.ChoiceField(label=gettext_lazy("Mandat"), required=False)
    minutes = Duration(label=gettext_lazy("Durée"), required=False)
    summary = forms.CharField(label=gettext_lazy("En une phrase"), max_length=300, required=False)

    def __init__(self, *args: Any, choices: Choices, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        for name, rows in (("stream", choices.streams), ("topic", choices.topics)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = _choice(rows) if name == "topic" else _choice(rows, empty=None)  # type: ignore[arg-type]
        mandate = self.fields["mandate"]
        assert isinstance(mandate, forms.ChoiceField)
        mandate.choices = _mandates(choices.mandates)
        if not choices.mandates:
            del self.fields["mandate"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("enterprise") and not self.errors:
            if not data.get("done_on"):
                self.add_error("done_on", _("Choisissez le jour."))
            elif data["done_on"] > self.today:
                self.add_error("done_on", _("Ce jour n'est pas encore passé."))
        return data

    @property
    def is_blank(self) -> bool:
        return not self.data.get(self.add_prefix("enterprise"), "").strip()

    def entry(self, enterprise: Organisation, adviser_id: int | None) -> Entry:
        v = self.cleaned_data
        return Entry(
            done_on=v["done_on"],
            stream_id=int(v["stream"]),
            parties=(PartyEntry(enterprise_id=enterprise.pk),),
            adviser_id=adviser_id,
            minutes=v["minutes"],
            topic_id=_key(v["topic"]),
            mandate_id=_key(v.get("mandate")),
            summary=v["summary"],
            nonce=v["nonce"] or uuid4(),
        )


class ReasonForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Pourquoi"), max_length=200)
