"""Forms of governance."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from maillage.core import fields, uploads
from maillage.core.meanwhile import Edits
from maillage.directory.models import Territory

from .models import STAFF_KINDS, BodyKind, MeetingKind, SeatRole, TermOrigin


def _offer(form: forms.Form, name: str, options: list[tuple[str, str]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = [("", ""), *options]


class BodyForm(Edits, forms.Form):
    name = forms.CharField(label=gettext_lazy("Nom"), max_length=160)
    kind = forms.ChoiceField(label=gettext_lazy("Genre"), choices=BodyKind.choices)
    purpose = forms.CharField(
        label=gettext_lazy("Mandat"), widget=forms.Textarea(attrs={"rows": 3}), required=False, max_length=4000
    )
    territory = forms.ChoiceField(label=gettext_lazy("Région"), required=False)
    quorum = fields.IntegerField(
        label=gettext_lazy("Quorum"),
        required=False,
        min_value=1,
        help_text=gettext_lazy("Membres votants nécessaires. Vide : la majorité des sièges votants occupés."),
    )
    notice_days = fields.IntegerField(
        label=gettext_lazy("Jours d'avis avant une réunion"), min_value=0, max_value=120, initial=7
    )
    is_public = forms.BooleanField(
        label=gettext_lazy("Montrer sa composition à tout le monde"),
        required=False,
        help_text=gettext_lazy("Les noms des personnes n'y paraissent qu'avec leur accord."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "territory", [(str(t.pk), str(t)) for t in Territory.objects.filter(kind="region")])

    def values(self) -> dict[str, Any]:
        v = dict(self.cleaned_data)
        territory = v.pop("territory")
        return {**v, "territory_id": int(territory) if territory else None}


class SeatForm(Edits, forms.Form):
    role = forms.ChoiceField(label=gettext_lazy("Fonction"), choices=SeatRole.choices)
    title = forms.CharField(
        label=gettext_lazy("Titre"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Vide : celui de la fonction."),
    )
    voting = forms.BooleanField(label=gettext_lazy("Avec droit de vote"), required=False, initial=True)
    college = forms.CharField(
        label=gettext_lazy("Collège"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("Le groupe de membres qui pourvoit ce siège."),
    )
    represents = forms.CharField(
        label=gettext_lazy("Réservé à l'organisation"),
        max_length=240,
        required=False,
        help_text=gettext_lazy("Son nom exact au répertoire."),
    )
    term_months = fields.IntegerField(
        label=gettext_lazy("Durée d'un mandat"),
        required=False,
        min_value=1,
        max_value=120,
        help_text=gettext_lazy("En mois."),
    )

    def __init__(self, *args: Any, of_posts: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if of_posts:
            for name in ("role", "voting", "college", "represents", "term_months"):
                del self.fields[name]
            self.fields["title"].label, self.fields["title"].required = _("Titre du poste"), True
            self.fields["title"].help_text = ""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "role" not in self.fields:
            data |= {"role": SeatRole.POST.value, "voting": False, "college": "", "represents": "", "term_months": None}
        elif data.get("role") in (SeatRole.OBSERVER, SeatRole.POST):
            data["voting"] = False
        return data


class TermForm(forms.Form):
    person = forms.ChoiceField(label=gettext_lazy("Personne"), required=False)
    new_given = forms.CharField(label=gettext_lazy("Prénom"), max_length=80, required=False)
    new_family = forms.CharField(label=gettext_lazy("Nom de famille"), max_length=80, required=False)
    new_email = forms.EmailField(label=gettext_lazy("Courriel"), required=False)
    organisation = forms.CharField(
        label=gettext_lazy("Au nom de l'organisation"),
        max_length=240,
        required=False,
        help_text=gettext_lazy("Son nom exact au répertoire."),
    )
    starts_on = fields.DateField(label=gettext_lazy("Premier jour"), widget=forms.DateInput)
    last_on = fields.DateField(
        label=gettext_lazy("Dernier jour"),
        required=False,
        widget=forms.DateInput,
        help_text=gettext_lazy("Vide : sans fin prévue."),
    )
    origin = forms.ChoiceField(label=gettext_lazy("Entrée en fonction"), choices=TermOrigin.choices)

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "person", [(str(p.pk), p.name) for p in people])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = data.get("starts_on"), data.get("last_on")
        if first and last and last < first:
            self.add_error("last_on", _("Le dernier jour vient après le premier."))
        if not any(data.get(n) for n in ("person", "new_family", "organisation")):
            self.add_error("person", _("Choisissez une personne, ou écrivez son nom, ou celui de l'organisation."))
        return data

    @property
    def ends_on(self) -> date | None:
        last = self.cleaned_data["last_on"]
        return last + timedelta(days=1) if last else None


class EndForm(forms.Form):
    last_day = fields.DateField(label=gettext_lazy("Dernier jour"), widget=forms.DateInput)
    reason = forms.CharField(label=gettext_lazy("Motif"), max_length=200)


class MeetingForm(Edits, forms.Form):
    body = forms.ChoiceField(label=gettext_lazy("Instance"), required=False)
    kind = forms.ChoiceField(label=gettext_lazy("Genre"), choices=MeetingKind.choices)
    title = forms.CharField(label=gettext_lazy("Titre"), max_length=160, required=False)
    starts_at = fields.DateTimeField(
        label=gettext_lazy("Début"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    ends_at = fields.DateTimeField(
        label=gettext_lazy("Fin"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    place = forms.CharField(label=gettext_lazy("Lieu"), max_length=200, required=False)
    online_url = forms.URLField(
        label=gettext_lazy("Lien en ligne"), required=False, assume_scheme="https", max_length=200
    )
    quorum = fields.IntegerField(
        label=gettext_lazy("Quorum de l'assemblée"),
        required=False,
        min_value=1,
        help_text=gettext_lazy("Membres qui ont droit de vote."),
    )
    agenda = forms.CharField(
        label=gettext_lazy("Ordre du jour"), widget=forms.Textarea(attrs={"rows": 6}), required=False, max_length=8000
    )

    def __init__(self, *args: Any, bodies: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sitting = {str(b.pk): b for b in bodies if b.kind not in STAFF_KINDS}
        _offer(self, "body", [(key, b.name) for key, b in self.sitting.items()])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("starts_at") and data.get("ends_at") and data["ends_at"] <= data["starts_at"]:
            self.add_error("ends_at", _("La fin vient après le début."))
        if data.get("kind") == MeetingKind.MEETING and not data.get("body"):
            self.add_error("body", _("Choisissez l'instance qui se réunit."))
        return data

    def values(self) -> dict[str, Any]:
        """The fields of a Meeting; an assembly has no body, a body has its own quorum."""
        v = dict(self.cleaned_data)
        body, of_a_body = v.pop("body"), v["kind"] == MeetingKind.MEETING
        v["body_id"] = int(body) if of_a_body else None
        v["quorum"] = None if of_a_body else v["quorum"]
        return v


class MinutesForm(forms.Form):
    file = uploads.FileField(label=gettext_lazy("Procès-verbal (PDF)"), kinds=uploads.PDF)


class ElectionForm(forms.Form):
    seat = forms.ChoiceField(label=gettext_lazy("Siège mis au vote"))
    person = forms.ChoiceField(label=gettext_lazy("Personne élue"), required=False)
    organisation = forms.CharField(
        label=gettext_lazy("Au nom de l'organisation"),
        max_length=240,
        required=False,
        help_text=gettext_lazy("Son nom exact au répertoire."),
    )
    last_on = fields.DateField(label=gettext_lazy("Dernier jour du mandat"), required=False, widget=forms.DateInput)
    candidates = fields.IntegerField(
        label=gettext_lazy("Candidatures"),
        min_value=1,
        max_value=200,
        initial=1,
        help_text=gettext_lazy("Une seule : élection sans vote."),
    )
    votes = fields.IntegerField(label=gettext_lazy("Voix obtenues"), required=False, min_value=0)
    ballots = fields.IntegerField(label=gettext_lazy("Bulletins"), required=False, min_value=0)

    def __init__(self, *args: Any, seats: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "seat", [(str(s.pk), f"{s} – {s.body.name}") for s in seats])
        _offer(self, "person", [(str(p.pk), p.name) for p in people])
