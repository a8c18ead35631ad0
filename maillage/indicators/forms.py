"""Forms of indicators."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from maillage.core import facts, fields, uploads
from maillage.core.facts import Fact, Month
from maillage.core.meanwhile import Edits
from maillage.directory.types import Organisation

from . import access, actions, compute, outline, queries, wording
from .models import Declaration, Indicator, IndicatorVersion, Operator, PeriodRule, ReportTemplate


def _optional(first: Any, pairs: Iterable[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    return [("", first), *pairs]


def fact_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Facts by group, named."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for key, fact in sorted(facts.registered().items(), key=lambda pair: str(pair[1].label)):
        groups.setdefault(str(fact.group or _("Autres")), []).append((key, str(fact.label)))
    return list(groups.items())


class ReportForm(forms.Form):
    organisation = forms.ChoiceField(label=_("Organisme"))
    title = forms.CharField(label=_("Titre"), max_length=160)
    year = forms.ChoiceField(label=_("Année"))
    template = forms.ChoiceField(label=_("Modèle"), required=False)
    lead = fields.LongText(label=_("Introduction"), required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(
        self, *args: Any, organisations: list[Organisation], templates: list[ReportTemplate], today: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        year = today.year if today.month >= 4 else today.year - 1
        self._choose("organisation", [(str(o.pk), o.name) for o in organisations])
        self._choose("year", [(str(y), f"{y}-{y + 1}") for y in range(year, year - 10, -1)])
        self._choose("template", _optional(_("Aucun"), [(str(t.pk), t.name) for t in templates]))

    def _choose(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


BLOCK_KINDS = [
    ("figures", _("Chiffres"), "hash"),
    ("text", _("Texte"), "type"),
    ("chart", _("Diagramme"), "chart-bar"),
    ("map", _("Carte"), "map"),
    ("table", _("Tableau"), "table"),
    ("note", _("Note"), "message-square-quote"),
]


def _by_theme(versions: list[IndicatorVersion]) -> list[tuple[str, list[tuple[str, str]]]]:
    themes: dict[str, list[tuple[str, str]]] = {}
    for v in versions:
        themes.setdefault(v.indicator.theme or str(_("Autres chiffres")), []).append(
            (v.indicator.key, compute.name_of(v))
        )
    return list(themes.items())


class BlockForm(forms.Form):
    """One block of a report: only the fields that its kind has. `block`: the one to change."""

    title = forms.CharField(label=_("Titre"), required=False, max_length=120)

    def __init__(
        self,
        *args: Any,
        kind: str,
        versions: list[IndicatorVersion],
        block: outline.Block | None = None,
        **kwargs: Any,
    ) -> None:
        self.kind, self.known = kind, block or {}
        kwargs["initial"] = {"title": self.known.get("title", "")}
        super().__init__(*args, **kwargs)
        if kind == "figures":
            self._choose_figures(versions)
        elif kind == "chart":
            self._choose_split(versions)
        elif kind in ("map", "table"):
            shown = [v for v in versions if kind == "table" or "territory" in compute.splits(v)]
            self._choose_one(_("Chiffre"), [("", "—"), *_by_theme(shown)], self.known.get("key", ""))
        else:
            self.fields["text"] = forms.CharField(
                label=_("Texte"),
                initial=self.known.get("text", ""),
                widget=forms.Textarea(attrs={"rows": 6, "class": "block-text"}),
            )

    def _choose_figures(self, versions: list[IndicatorVersion]) -> None:
        self.fields["keys"] = forms.MultipleChoiceField(
            label=_("Chiffres"),
            choices=_by_theme(versions),
            initial=self.known.get("keys", []),
            widget=forms.CheckboxSelectMultiple,
            error_messages={"required": _("Choisissez au moins un chiffre.")},
        )
        names = {v.indicator.key: compute.name_of(v) for v in versions}
        for key in self.known.get("keys", []):
            self.fields[f"note-{key}"] = forms.CharField(
                label=_("Note sous « %(name)s »") % {"name": names.get(key, key)},
                required=False,
                max_length=240,
                initial=self.known.get("notes", {}).get(key, ""),
            )

    def _choose_split(self, versions: list[IndicatorVersion]) -> None:
        """The figure and its breakdown in one choice: nothing to match by hand."""
        groups = []
        for v in versions:
            dims = compute.fact_of(v).dims
            splits = wording.shown_dims(compute.fact_of(v), compute.splits(v))
            name = compute.name_of(v)
            groups.append((name, [(f"{v.indicator.key}|{n}", f"{name} — {dims[n].label}") for n in splits]))
        kept = f"{self.known['key']}|{self.known['dimension']}" if self.known else ""
        self._choose_one(_("Chiffre et répartition"), [("", "—"), *groups], kept)

    def _choose_one(self, label: Any, choices: list[Any], kept: str) -> None:
        self.fields["key"] = forms.ChoiceField(
            label=label, choices=choices, initial=kept, error_messages={"required": _("Choisissez un chiffre.")}
        )

    def block(self) -> outline.Block:
        """The block as the outline keeps it."""
        data = self.cleaned_data
        block: outline.Block = {"kind": self.kind}
        if data["title"]:
            block["title"] = data["title"]
        if self.kind == "figures":
            chosen = data["keys"]
            kept = [key for key in self.known.get("keys", []) if key in chosen]
            block["keys"] = [*kept, *(key for key in chosen if key not in kept)]
            notes = {key: data[f"note-{key}"] for key in kept if data.get(f"note-{key}")}
            return block | ({"notes": notes} if notes else {})
        if self.kind in ("text", "note"):
            return block | {"text": data["text"].strip()}
        key, _bar, dimension = data["key"].partition("|")
        return block | {"key": key} | ({"dimension": dimension} if self.kind == "chart" else {})


class ShareForm(forms.Form):
    label = forms.CharField(label=_("Pour qui"), max_length=120)
    funder = forms.ChoiceField(label=_("Bailleur de fonds"), required=False)
    days = fields.IntegerField(label=_("Durée, en jours"), min_value=1, max_value=730, initial=90)
    shows_rows = forms.BooleanField(label=_("Laisser ouvrir les lignes, avec les noms des entreprises"), required=False)

    def __init__(self, *args: Any, funders: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["funder"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = _optional(_("Aucun compte"), [(str(f.organisation_id), f.organisation.name) for f in funders])


class DefinitionForm(Edits, forms.Form):
    """A definition; filters come as `dimension=value` lines chosen from what the rows hold."""

    name = forms.CharField(label=_("Nom"), max_length=120)
    name_en = forms.CharField(label=_("Nom en anglais"), max_length=120, required=False)
    key = forms.SlugField(label=_("Nom court"), max_length=60, required=False)
    theme = forms.CharField(label=_("Section"), max_length=80, required=False)
    fact = forms.ChoiceField(label=_("Ce qui est compté"))
    distinct = forms.CharField(label=_("Compter les valeurs différentes de"), required=False, max_length=80)
    unit = forms.CharField(label=_("Unité"), max_length=60, required=False)
    period_rule = forms.ChoiceField(label=_("Quand"), choices=PeriodRule.choices)
    months = fields.IntegerField(label=_("Nombre de mois"), min_value=1, max_value=240, required=False)
    fixed_start = fields.DateField(label=_("Du"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    fixed_end = fields.DateField(
        label=_("Jusqu'au (non compris)"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    denominator_fact = forms.ChoiceField(label=_("Divisé par"), required=False)
    factor = forms.ChoiceField(
        label=_("Montré en"), choices=[("1", _("nombre")), ("100", _("pourcentage")), ("0.000001", _("millions"))]
    )
    decimals = fields.IntegerField(label=_("Décimales"), min_value=0, max_value=4, initial=0)
    operator = forms.ChoiceField(label=_("Cible"), required=False)
    target = fields.DecimalField(label=_("Valeur de la cible"), required=False, max_digits=16, decimal_places=2)
    agreement = forms.ChoiceField(label=_("Entente"), required=False)
    note = fields.LongText(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 2}))
    note_en = fields.LongText(label=_("Note en anglais"), required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organisation = organisation
        agreements = queries.agreements_of(organisation_id=organisation.pk)
        self._choose("fact", fact_choices())
        self._choose("denominator_fact", _optional(_("rien : c'est un décompte"), fact_choices()))
        self._choose("operator", _optional(_("aucune"), Operator.choices))
        self._choose("agreement", _optional(_("aucune"), [(str(a.pk), f"{a.funder} — {a.title}") for a in agreements]))
        self.counts = self._fact()
        if self.counts is not None:
            dims = [(n, self.counts.dims[n]) for n in wording.shown_dims(self.counts, self.counts.dims)]
            counted = [(n, str(d.label)) for n, d in dims if not isinstance(d, Month) and not d.many]
            self.fields["distinct"] = forms.ChoiceField(
                label=_("Compter les valeurs différentes de"),
                required=False,
                choices=_optional(_("tel que défini"), counted),
            )
            self.fields["breakdowns"] = forms.MultipleChoiceField(
                label=_("Répartitions"),
                required=False,
                choices=[(n, str(d.label)) for n, d in dims],
                widget=forms.CheckboxSelectMultiple,
            )

    def _choose(self, name: str, choices: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def _fact(self) -> Fact | None:
        key = str(self.data.get("fact") or self.initial.get("fact") or "")
        return facts.registered().get(key)

    def dims(self) -> list[dict[str, Any]]:
        """For each dimension of the fact, the values that its rows take, for the filters' lists. One query each."""
        if self.counts is None:
            return []
        asked = access.scope_of(self.organisation).asks(None)
        kept = self.filters() if self.data else dict(self.initial.get("filters") or {})
        found = []
        offered = wording.shown_dims(self.counts, self.counts.dims)
        for name, dimension in self.counts.dims.items():
            if name not in offered and name not in kept:
                continue
            if isinstance(dimension, Month) or name in ("enterprise", "organisation", "month", "year"):
                continue
            values = queries.dimension_values(self.counts, asked, name, limit=80)
            chosen = {str(v) for v in kept.get(name, ())}
            options = [(str(p.key), p.label, str(p.key) in chosen) for p in values if p.key not in (None, "")]
            listed = {key for key, _label, _on in options}
            options += [(v, self._label(dimension, v), True) for v in sorted(chosen - listed)]
            if options:
                found.append({"name": name, "label": str(dimension.label), "options": options, "on": bool(chosen)})
        return found

    def _label(self, dimension: Any, value: str) -> str:
        """The name of a value that was chosen; what was typed, when it names nothing."""
        try:
            return wording.label_of(self.counts, dimension, value)  # type: ignore[arg-type]
        except facts.BadFilter:
            return value

    def filters(self) -> dict[str, list[str]]:
        """The filters posted as `filtre-<dimension>`."""
        if self.counts is None:
            return {}
        return {
            name: values
            for name in self.counts.dims
            if (values := self.data.getlist(f"filtre-{name}") if hasattr(self.data, "getlist") else [])
        }

    def definition(self, known: Indicator | None) -> actions.Definition:
        data = self.cleaned_data
        filters = self.filters()
        below = data["denominator_fact"]
        shared = {n: v for n, v in filters.items() if below and n in facts.get(below).dims}
        return actions.Definition(
            name=data["name"],
            name_en=data["name_en"],
            key=known.key if known else data["key"],
            theme=data["theme"],
            fact=data["fact"],
            distinct=data.get("distinct", ""),
            unit=data["unit"],
            filters=filters,
            denominator_fact=below,
            denominator_filters=shared,
            factor=Decimal(data["factor"]),
            decimals=data["decimals"],
            period_rule=data["period_rule"],
            months=data["months"],
            fixed_start=data["fixed_start"],
            fixed_end=data["fixed_end"],
            breakdowns=data.get("breakdowns", []),
            operator=data["operator"],
            target=data["target"],
            note=data["note"],
            note_en=data["note_en"],
            agreement_id=int(data["agreement"]) if data["agreement"] else None,
        )


def definition_of_version(version: IndicatorVersion) -> dict[str, Any]:
    """A version as the form's first values."""
    names = (
        "name name_en unit fact distinct period_rule months fixed_start fixed_end denominator_fact decimals operator "
        "target note note_en breakdowns filters"
    )
    data: dict[str, Any] = {name: getattr(version, name) for name in names.split()}
    return data | {
        "key": version.indicator.key,
        "theme": version.indicator.theme,
        "factor": f"{version.factor.normalize():f}",
        "agreement": str(version.indicator.agreement_id or ""),
    }


class DeclarationForm(Edits, forms.Form):
    """The numbers that a network asks of a member, a proof and a signature."""

    def __init__(self, *args: Any, declaration: Declaration, versions: list[IndicatorVersion], **kwargs: Any) -> None:
        super().__init__(*args, edits=declaration, **kwargs)
        known = {v.indicator_id: v.value for v in declaration.values.all()}
        for version in versions:
            value = known.get(version.indicator_id)
            self.fields[f"v{version.indicator_id}"] = fields.DecimalField(
                label=compute.name_of(version),
                help_text=wording.sentence(version),
                min_value=0,
                max_digits=16,
                decimal_places=2,
                required=False,
                initial=None if value is None else value.normalize() + 0,
                widget=forms.NumberInput(attrs={"inputmode": "numeric", "step": "any"}),
            )
        self.numbers = [self[name] for name in self.fields]
        self.fields["evidence"] = uploads.FileField(
            kinds=uploads.DOCUMENT,
            label=_("Pièce qui appuie ces nombres"),
            required=False,
            help_text=_("PDF, image, document ou tableur, 10 Mo au plus."),
        )
        self.fields["note"] = forms.CharField(
            label=_("Précision"), required=False, initial=declaration.note, widget=forms.Textarea(attrs={"rows": 3})
        )
        self.fields["declared_by"] = forms.CharField(
            label=_("Votre nom et votre fonction"), max_length=120, required=False, initial=declaration.declared_by
        )

    def values(self) -> dict[int, Decimal]:
        return {
            int(name[1:]): value
            for name, value in self.cleaned_data.items()
            if name.startswith("v") and name[1:].isdigit() and value is not None
        }


class AnswerForm(forms.Form):
    value = fields.DecimalField(
        label=_("Nombre atteint"),
        min_value=0,
        max_digits=16,
        decimal_places=2,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "any"}),
    )
    note = fields.LongText(label=_("Précision"), required=False, max_length=240)


class AskForm(forms.Form):
    """Ask a number of someone by a link."""

    region = forms.ChoiceField(label=_("Région"), required=False)
    as_of = fields.DateField(label=_("En date du"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    name = forms.CharField(label=_("À qui"), max_length=120)
    email = forms.EmailField(label=_("Courriel"))

    def __init__(self, *args: Any, regions: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["region"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = _optional(_("L'ensemble"), [(str(r.pk), r.name) for r in regions])
