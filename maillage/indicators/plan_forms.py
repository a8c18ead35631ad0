"""Forms that write a plan and enrol the members of a network."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from maillage.core import fields
from maillage.core.meanwhile import Edits
from maillage.core.period import Period
from maillage.directory.models import Territory, TerritoryKind
from maillage.directory.queries import find_territory
from maillage.directory.types import Organisation

from . import actions, compute, queries
from .models import Operator, Periodicity, Plan, PlanAction, Precision


def day_field(label: Any, **more: Any) -> fields.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return fields.DateField(label=label, widget=widget, **more)


KEYS = ("issue", "indicator", "included_in")


class _Choosing(forms.Form):
    def choose(self, name: str, choices: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


class PlanForm(Edits, _Choosing):
    """A plan: its name, its first and last day."""

    organisation = forms.ChoiceField(label=_("Organisme"))
    name = forms.CharField(label=_("Nom du plan"), max_length=160)
    start = day_field(_("Premier jour"))
    end = day_field(_("Dernier jour"))
    adopted_on = day_field(_("Adopté le"), required=False)
    source = forms.CharField(label=_("Source"), max_length=240, required=False)

    def __init__(self, *args: Any, organisations: list[Organisation], plan: Plan | None = None, **kwargs: Any) -> None:
        if plan is not None:
            kwargs["initial"] = {
                "name": plan.name,
                "start": plan.period.lower,
                "end": plan.period.upper - timedelta(days=1),
                "adopted_on": plan.adopted_on,
                "source": plan.source,
            }
        super().__init__(*args, **kwargs)
        if plan is None:
            self.choose("organisation", [(str(o.pk), o.name) for o in organisations])
        else:
            del self.fields["organisation"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("start") and data.get("end") and data["end"] < data["start"]:
            self.add_error("end", _now("Le dernier jour vient après le premier."))
        return data

    def period(self) -> Period:
        return Period(self.cleaned_data["start"], self.cleaned_data["end"] + timedelta(days=1))


class RegionsForm(forms.Form):
    """Regions, one a line; those that the directory knows are linked to it."""

    names = fields.LongText(
        label=_("Régions"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Une par ligne. Celles qui portent le nom d'une région ou d'une MRC y sont liées."),
    )
    every = forms.BooleanField(label=_("Toutes les régions administratives du Québec"), required=False)

    def found(self) -> list[tuple[str, Territory | None]]:
        lines = [line.strip() for line in self.cleaned_data["names"].splitlines() if line.strip()]
        kinds = (TerritoryKind.REGION, TerritoryKind.MRC)
        pairs: list[tuple[str, Territory | None]] = [(line, find_territory(line, kinds=kinds)) for line in lines]
        if self.cleaned_data["every"]:
            pairs += [(t.name, t) for t in Territory.objects.filter(kind=TerritoryKind.REGION).order_by("code")]
        return pairs


class RegionForm(Edits, forms.Form):
    name = forms.CharField(label=_("Nom de la région"), max_length=120)
    territory = forms.ModelChoiceField(
        label=_("Territoire"),
        required=False,
        queryset=Territory.objects.filter(kind__in=[TerritoryKind.REGION, TerritoryKind.MRC]).order_by("kind", "name"),
        help_text=_("Les chiffres observés d'une région sont ceux de ce territoire."),
    )
    note = forms.CharField(label=_("Note"), max_length=240, required=False)


class IssueForm(Edits, forms.Form):
    label = forms.CharField(label=_("Enjeu"), max_length=160)
    responses = fields.LongText(label=_("Réponses"), required=False, widget=forms.Textarea(attrs={"rows": 2}))


class PriorityForm(Edits, _Choosing):
    region = forms.ChoiceField(label=_("Région"))
    label = forms.CharField(label=_("Priorité"), max_length=200)
    issues = forms.MultipleChoiceField(label=_("Enjeux"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, plan: Plan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choose("region", [(str(r.pk), str(r)) for r in plan.regions.all()])
        self.choose("issues", [(str(i.pk), str(i)) for i in plan.issues.all()])
        if not self.fields["issues"].choices:  # type: ignore[attr-defined]
            del self.fields["issues"]

    def issue_ids(self) -> list[int]:
        return [int(pk) for pk in self.cleaned_data.get("issues", [])]


class ActionForm(Edits, _Choosing):
    """An action of a plan: what is measured, by whom it is counted, its target and its dates."""

    label = forms.CharField(label=_("Action"), max_length=200)
    measure = forms.CharField(
        label=_("Ce qui se mesure"), max_length=200, help_text=_("Par exemple : nombre d'entreprises rencontrées.")
    )
    issue = forms.ChoiceField(label=_("Enjeu"), required=False)
    indicator = forms.ChoiceField(
        label=_("D'où vient le nombre"),
        required=False,
        help_text=_("Compté à partir du travail noté, ou demandé à des personnes par un lien."),
    )
    operator = forms.ChoiceField(label=_("La cible est"), choices=Operator.choices)
    target = fields.DecimalField(label=_("Cible"), min_value=0, max_digits=16, decimal_places=2)
    unit = forms.CharField(label=_("Unité"), max_length=40, required=False)
    is_level = forms.BooleanField(label=_("C'est un taux ou un niveau : il ne s'additionne pas"), required=False)
    begins = day_field(_("Début"))
    deadline = day_field(_("Échéance"), required=False, help_text=_("Le dernier jour qui compte."))
    periodicity = forms.ChoiceField(label=_("Périodicité"), choices=Periodicity.choices)
    included_in = forms.ChoiceField(
        label=_("Comprise dans"),
        required=False,
        help_text=_("Son résultat est déjà dans celui de cette action : il n'est jamais additionné."),
    )
    regions = forms.MultipleChoiceField(label=_("Régions visées"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, plan: Plan, known: PlanAction | None = None, **kwargs: Any) -> None:
        regions = list(plan.regions.all())
        if known is not None:
            kwargs |= {"initial": _said(known), "edits": known}
        else:
            kwargs["initial"] = {"begins": plan.period.lower, "regions": [str(r.pk) for r in regions]}
        super().__init__(*args, **kwargs)
        versions = queries.current_versions(organisation_id=plan.organisation_id)
        others = [a for a in plan.actions.all() if known is None or a.pk != known.pk]
        self.choose("issue", [("", _("aucun")), *((str(i.pk), str(i)) for i in plan.issues.all())])
        self.choose(
            "indicator", [("", _("déclaré par des personnes")), *((str(v.indicator_id), _counted(v)) for v in versions)]
        )
        self.choose("included_in", [("", _("aucune autre action")), *((str(a.pk), str(a)) for a in others)])
        self.choose("regions", [(str(r.pk), str(r)) for r in regions])

    def planned(self) -> actions.PlannedAction:
        data = self.cleaned_data
        plain = ["label", "measure", "target", "begins", "unit", "operator", "is_level", "deadline", "periodicity"]
        keys: dict[str, Any] = {f"{n}_id": int(data[n]) if data[n] else None for n in KEYS}
        return actions.PlannedAction(
            **{n: data[n] for n in plain}, **keys, region_ids=[int(pk) for pk in data["regions"]]
        )


def _counted(version: Any) -> str:
    return _now("compté : %(name)s") % {"name": compute.name_of(version)}


def _said(known: PlanAction) -> dict[str, Any]:
    names = ["label", "measure", "target", "begins", "unit", "operator", "is_level", "deadline", "periodicity"]
    keys = {n: str(getattr(known, f"{n}_id") or "") for n in ("issue", "indicator", "included_in")}
    regions = [str(pk) for pk in known.region_links.values_list("region_id", flat=True)]
    return {n: getattr(known, n) for n in names} | keys | {"regions": regions, "target": known.target.normalize() + 0}


class NumberForm(_Choosing):
    """A number that someone told by telephone or on paper."""

    region = forms.ChoiceField(label=_("Région"), required=False)
    as_of = day_field(_("En date du"))
    value = fields.DecimalField(label=_("Nombre atteint"), min_value=0, max_digits=16, decimal_places=2)
    stated_by = forms.CharField(label=_("Qui le dit"), max_length=120)
    note = forms.CharField(label=_("Précision"), required=False, max_length=240)

    def __init__(self, *args: Any, regions: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choose("region", [("", _("L'ensemble")), *((str(r.pk), r.name) for r in regions)])

    def stated(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        region = data.pop("region")
        return {**data, "region_id": int(region) if region else None}


class ContextForm(Edits, _Choosing):
    """A sourced statement about the territory: shown apart, never computed with."""

    region = forms.ChoiceField(label=_("Région"), required=False)
    label = forms.CharField(label=_("Ce que le chiffre décrit"), max_length=200)
    precision = forms.ChoiceField(label=_("Exactitude"), choices=Precision.choices)
    value = fields.DecimalField(label=_("Nombre"), max_digits=16, decimal_places=2)
    upper = fields.DecimalField(
        label=_("Jusqu'à"), required=False, max_digits=16, decimal_places=2, help_text=_("Pour un intervalle.")
    )
    unit = forms.CharField(label=_("Unité"), max_length=40, required=False)
    period = forms.CharField(label=_("Période"), max_length=40, required=False)
    source = forms.CharField(label=_("Source"), max_length=240)
    note = forms.CharField(label=_("Note"), max_length=240, required=False)

    def __init__(self, *args: Any, plan: Plan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choose("region", [("", _("Tout le territoire")), *((str(r.pk), str(r)) for r in plan.regions.all())])

    def stated(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        region = data.pop("region")
        return {**data, "region_id": int(region) if region else None}


class MemberForm(forms.Form):
    """An organisation that joins a network."""

    name = forms.CharField(label=_("Organisme"), max_length=200, help_text=_("Son nom, ou son NEQ."))
    since = day_field(_("Membre depuis"))
    observed = forms.BooleanField(
        label=_("Compter son travail noté sur la plateforme"),
        required=False,
        help_text=_("Sa direction doit y consentir. Sinon, l'organisme déclare ses nombres une fois l'an."),
    )
    contact_email = forms.EmailField(
        label=_("Courriel pour les déclarations"),
        required=False,
        help_text=_("Les formulaires de déclaration y sont envoyés."),
    )


class ContactForm(forms.Form):
    contact_email = forms.EmailField(label=_("Courriel du membre"))


class SinceForm(forms.Form):
    since = day_field(_("À partir du"))


class EndForm(forms.Form):
    on = day_field(_("Dernier jour comme membre"))
