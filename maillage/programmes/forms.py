"""Forms of programmes and activities."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from maillage.core import fields
from maillage.core.meanwhile import Edits
from maillage.directory.models import Territory
from maillage.funding.models import Agreement
from maillage.funding.queries import streams_of

from .models import ActivityKind, Edition, EditionKind, FieldKind, Mode, OrganiserRole, TalkKind


def _options(form: forms.Form, name: str, rows: Any, *, empty: bool = True) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = [*([("", "")] if empty else []), *((str(r.pk), str(r)) for r in rows)]


class ProgrammeForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Titre"), max_length=160)
    description = forms.CharField(
        label=gettext_lazy("Description"), widget=forms.Textarea(attrs={"rows": 3}), required=False, max_length=4000
    )
    stream = forms.ChoiceField(label=gettext_lazy("Volet"), required=False)

    def __init__(self, *args: Any, streams: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _options(self, "stream", streams)


class EditionForm(Edits, forms.Form):
    title = forms.CharField(label=gettext_lazy("Titre"), max_length=160)
    kind = forms.ChoiceField(label=gettext_lazy("Genre"), choices=EditionKind.choices)
    number = fields.IntegerField(
        label=gettext_lazy("Numéro de l'édition"),
        required=False,
        min_value=1,
        max_value=999,
        help_text=gettext_lazy("Paraît sur la page de l'événement : « 9e édition »."),
    )
    starts_on = fields.DateField(label=gettext_lazy("Premier jour"), widget=forms.DateInput)
    last_on = fields.DateField(label=gettext_lazy("Dernier jour"), required=False, widget=forms.DateInput)
    places = fields.IntegerField(label=gettext_lazy("Places"), required=False, min_value=1)
    place = forms.CharField(label=gettext_lazy("Lieu"), max_length=160, required=False)
    agreement = forms.ChoiceField(label=gettext_lazy("Entente"), required=False)
    description = forms.CharField(
        label=gettext_lazy("Description"), widget=forms.Textarea(attrs={"rows": 3}), required=False, max_length=4000
    )

    def __init__(self, *args: Any, agreements: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _options(self, "agreement", agreements)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = data.get("starts_on"), data.get("last_on")
        if first and last and last < first:
            self.add_error("last_on", _("Le dernier jour vient après le premier."))
        return data

    def values(self) -> dict[str, Any]:
        """For `actions.create_edition`: the end is the day after the last one."""
        v = dict(self.cleaned_data)
        last, agreement = v.pop("last_on"), v.pop("agreement")
        v["ends_on"] = last + timedelta(days=1) if last else None
        v["agreement_id"] = int(agreement) if agreement else None
        return v


class VisitForm(forms.Form):
    enterprise = forms.CharField(
        label=gettext_lazy("Entreprises visitées"),
        help_text=gettext_lazy("Une par ligne : nom ou NEQ."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=4000,
        required=False,
    )
    region = forms.ChoiceField(label=gettext_lazy("Ou région, sans entreprise"), required=False)
    visited_on = fields.DateField(label=gettext_lazy("Date"), widget=forms.DateInput)
    experts = forms.CharField(
        label=gettext_lazy("Organismes des experts"),
        help_text=gettext_lazy("Séparés par des points-virgules."),
        max_length=400,
        required=False,
    )
    summary = forms.CharField(
        label=gettext_lazy("Constats"), widget=forms.Textarea(attrs={"rows": 3}), required=False, max_length=4000
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _options(self, "region", Territory.objects.filter(kind="region"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("enterprise") and not data.get("region"):
            self.add_error("enterprise", _("Écrivez l'entreprise visitée, ou choisissez la région."))
        return data

    @property
    def enterprises(self) -> list[str]:
        """The lines of the field, each once."""
        lines = (line.strip() for line in self.cleaned_data["enterprise"].splitlines())
        return list(dict.fromkeys(line for line in lines if line))


def _moment(label: Any, help_text: Any = "") -> fields.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return fields.DateTimeField(label=label, help_text=help_text, required=False, widget=widget)


class ActivityForm(Edits, forms.Form):
    title = forms.CharField(label=gettext_lazy("Titre"), max_length=200)
    kind = forms.ChoiceField(label=gettext_lazy("Genre"), choices=ActivityKind.choices)
    role = forms.ChoiceField(label=gettext_lazy("Notre rôle"), choices=OrganiserRole.choices)
    stream = forms.ChoiceField(label=gettext_lazy("Volet"), required=False)
    edition = forms.ChoiceField(label=gettext_lazy("Programme"), required=False)
    agreement = forms.ChoiceField(label=gettext_lazy("Entente"), required=False)
    description = forms.CharField(
        label=gettext_lazy("Description"), widget=forms.Textarea(attrs={"rows": 4}), required=False, max_length=8000
    )
    mode = forms.ChoiceField(label=gettext_lazy("Mode"), choices=Mode.choices)
    place = forms.CharField(label=gettext_lazy("Lieu"), max_length=200, required=False)
    mrc = forms.ChoiceField(label=gettext_lazy("MRC"), required=False)
    online_url = forms.URLField(
        label=gettext_lazy("Lien en ligne"), required=False, assume_scheme="https", max_length=200
    )
    sessions = forms.CharField(
        label=gettext_lazy("Séances"),
        help_text=gettext_lazy("Une par ligne : 2026-05-19 9:00-12:00"),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        max_length=4000,
    )
    capacity = fields.IntegerField(
        label=gettext_lazy("Places"), required=False, min_value=1, help_text=gettext_lazy("Vide : sans limite.")
    )
    hold_hours = fields.IntegerField(
        label=gettext_lazy("Heures pour prendre une place libérée"), min_value=1, max_value=240, initial=48
    )
    registration_opens_at = _moment(
        gettext_lazy("Ouverture des inscriptions"), gettext_lazy("Vide : dès la publication.")
    )
    registration_closes_at = _moment(
        gettext_lazy("Fermeture des inscriptions"), gettext_lazy("Vide : à la fin du dernier jour.")
    )
    reminder_hours = fields.IntegerField(
        label=gettext_lazy("Heures avant une séance pour le rappel"),
        required=False,
        min_value=1,
        max_value=336,
        initial=24,
        help_text=gettext_lazy("Vide : sans rappel."),
    )
    host = forms.CharField(
        label=gettext_lazy("Entreprise qui forme ses pairs, ou qui reçoit"),
        max_length=240,
        required=False,
        help_text=gettext_lazy("Son nom exact au répertoire."),
    )
    certificate_sessions = fields.IntegerField(
        label=gettext_lazy("Séances à suivre pour l'attestation"),
        required=False,
        min_value=1,
        help_text=gettext_lazy("Vide : sans attestation."),
    )
    outcome = forms.CharField(
        label=gettext_lazy("Résultat"), widget=forms.Textarea(attrs={"rows": 2}), required=False, max_length=4000
    )

    def __init__(self, *args: Any, organisation_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keep_stream = self.initial.get("stream") or None
        _options(
            self,
            "stream",
            streams_of(organisation_id=organisation_id, held=[keep_stream] if keep_stream else []),
        )
        _options(self, "edition", Edition.objects.filter(organisation=organisation_id))
        _options(self, "agreement", Agreement.objects.filter(organisation=organisation_id))
        _options(self, "mrc", Territory.objects.filter(kind="mrc"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        opens, closes = data.get("registration_opens_at"), data.get("registration_closes_at")
        if opens and closes and closes <= opens:
            self.add_error("registration_closes_at", _("La fermeture vient après l'ouverture."))
        return data

    def clean_sessions(self) -> list[tuple[datetime, datetime]]:
        return [_session(line) for line in self.cleaned_data["sessions"].splitlines() if line.strip()]

    def values(self) -> dict[str, Any]:
        """The fields of an Activity."""
        v = dict(self.cleaned_data)
        v.pop("sessions")
        v.pop("host")  # the view finds the organisation
        for name in ("stream", "edition", "agreement", "mrc"):
            key = v.pop(name)
            v[f"{name}_id"] = int(key) if key else None
        return v


def _session(line: str) -> tuple[datetime, datetime]:
    """`2026-05-19 9:00-12:00`, hours of Toronto; `h` may stand for `:`."""
    try:
        day, hours = line.replace(" à ", "-").replace(" h ", "h").split(maxsplit=1)
        first, last = (h.strip().lower().replace("h", ":").rstrip(":") for h in hours.split("-"))
        start, end = (
            timezone.make_aware(datetime.strptime(f"{day} {h if ':' in h else h + ':00'}", "%Y-%m-%d %H:%M"))  # noqa: DTZ007
            for h in (first, last)
        )
    except ValueError as error:
        raise ValidationError(
            _("« %(line)s » : écrivez la séance comme 2026-05-19 9:00-12:00.") % {"line": line.strip()}
        ) from error
    if end <= start:
        raise ValidationError(_("« %(line)s » : la fin vient après le début.") % {"line": line.strip()})
    return start, end


def sessions_text(rows: Any) -> str:
    """Sessions as the form reads them."""
    return "\n".join(
        f"{timezone.localtime(s.starts_at):%Y-%m-%d %H:%M}-{timezone.localtime(s.ends_at):%H:%M}" for s in rows
    )


class RegistrationForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Votre nom"), max_length=160)
    email = forms.EmailField(label=gettext_lazy("Courriel"))
    enterprise_name = forms.CharField(label=gettext_lazy("Entreprise ou organisme"), max_length=200, required=False)
    phone = forms.CharField(label=gettext_lazy("Téléphone"), max_length=24, required=False)
    needs = forms.CharField(
        label=gettext_lazy("Besoins particuliers"),
        help_text=gettext_lazy("Alimentation, accessibilité."),
        max_length=200,
        required=False,
    )


class WalkInForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Nom"), max_length=160)
    enterprise_name = forms.CharField(label=gettext_lazy("Entreprise"), max_length=200, required=False)


class FeedbackForm(forms.Form):
    rating = forms.TypedChoiceField(
        label=gettext_lazy("Cette activité vous a été"),
        choices=[
            (5, gettext_lazy("très utile")),
            (4, gettext_lazy("utile")),
            (3, gettext_lazy("assez utile")),
            (2, gettext_lazy("peu utile")),
            (1, gettext_lazy("inutile")),
        ],
        coerce=int,
        widget=forms.RadioSelect,
    )
    useful = forms.CharField(
        label=gettext_lazy("Ce qui vous servira"),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        max_length=4000,
    )
    improve = forms.CharField(
        label=gettext_lazy("Ce qu'on pourrait améliorer"),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        max_length=4000,
    )


class TalkForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("Genre"), choices=TalkKind.choices)
    title = forms.CharField(label=gettext_lazy("Titre"), max_length=200)
    speakers = forms.CharField(
        label=gettext_lazy("Qui parle"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("Nom, fonction, organisme ; séparez les personnes par un point-virgule."),
    )
    exhibitor = forms.CharField(
        label=gettext_lazy("Organisation qui expose"),
        help_text=gettext_lazy("Pour un kiosque : son nom au répertoire."),
        max_length=240,
        required=False,
    )
    room = forms.CharField(label=gettext_lazy("Salle"), max_length=80, required=False)
    starts_at = _moment(gettext_lazy("Début"))
    ends_at = _moment(gettext_lazy("Fin"))
    capacity = fields.IntegerField(label=gettext_lazy("Places"), required=False, min_value=1)
    description = forms.CharField(
        label=gettext_lazy("Description"), widget=forms.Textarea(attrs={"rows": 3}), required=False, max_length=4000
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("starts_at") and data.get("ends_at") and data["ends_at"] <= data["starts_at"]:
            self.add_error("ends_at", _("La fin vient après le début."))
        return data


class CallForm(Edits, forms.Form):
    title = forms.CharField(label=gettext_lazy("Titre"), max_length=160)
    text = forms.CharField(
        label=gettext_lazy("Présentation"), widget=forms.Textarea(attrs={"rows": 5}), required=False, max_length=8000
    )
    opens_on = fields.DateField(label=gettext_lazy("Ouverture"), widget=forms.DateInput)
    last_on = fields.DateField(label=gettext_lazy("Dernier jour"), widget=forms.DateInput)
    hides_names = forms.BooleanField(
        label=gettext_lazy("Cacher les noms au jury"),
        required=False,
        help_text=gettext_lazy("Le jury lit les réponses sans savoir qui les envoie, jusqu'à l'annonce des décisions."),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("opens_on") and data.get("last_on") and data["last_on"] < data["opens_on"]:
            self.add_error("last_on", _("Le dernier jour vient après l'ouverture."))
        return data

    def edges(self) -> tuple[datetime, datetime]:
        """Midnights of Toronto: the opening, and the end of the last day."""
        v = self.cleaned_data
        first, after = v["opens_on"], v["last_on"] + timedelta(days=1)
        return tuple(timezone.make_aware(datetime(d.year, d.month, d.day)) for d in (first, after))  # type: ignore[return-value]  # noqa: DTZ001


class CallFieldForm(forms.Form):
    label = forms.CharField(label=gettext_lazy("Question"), max_length=200)
    kind = forms.ChoiceField(label=gettext_lazy("Réponse"), choices=FieldKind.choices)
    help = forms.CharField(label=gettext_lazy("Aide"), max_length=300, required=False)
    choices = forms.CharField(
        label=gettext_lazy("Choix"),
        help_text=gettext_lazy("Un par ligne."),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        max_length=2000,
    )
    required = forms.BooleanField(label=gettext_lazy("Réponse nécessaire"), required=False, initial=True)

    def clean_choices(self) -> list[str]:
        return [line.strip() for line in self.cleaned_data["choices"].splitlines() if line.strip()]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("kind") in (FieldKind.CHOICE, FieldKind.MULTIPLE) and len(data.get("choices", [])) < 2:
            self.add_error("choices", _("Donnez au moins deux choix."))
        return data


class CriterionForm(forms.Form):
    label = forms.CharField(label=gettext_lazy("Critère"), max_length=160)
    weight = fields.IntegerField(label=gettext_lazy("Poids"), min_value=1, max_value=100, initial=1)
    maximum = fields.IntegerField(label=gettext_lazy("Note maximale"), min_value=1, max_value=100, initial=5)


class ApplicantForm(forms.Form):
    enterprise_name = forms.CharField(label=gettext_lazy("Entreprise"), max_length=200)
    neq = forms.CharField(label=gettext_lazy("NEQ"), max_length=14, required=False)
    contact_name = forms.CharField(label=gettext_lazy("Votre nom"), max_length=160)
    email = forms.EmailField(label=gettext_lazy("Courriel"))

    def clean_neq(self) -> str:
        from maillage.directory.types import clean_neq

        return clean_neq(self.cleaned_data["neq"])
