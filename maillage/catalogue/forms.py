"""Forms of the catalogue: a product with its labels and formats, a file, an application, a review."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BaseFormSet
from django.utils.formats import number_format
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from maillage.core import fields, uploads
from maillage.core.meanwhile import Edits
from maillage.core.quantity import Temperature, Unit
from maillage.core.tax import TaxClass
from maillage.directory.models import Territory, TerritoryKind

from .models import Allergen, Application, Category, Criterion, Label, Outcome, PriceBasis, Product, ProductFormat
from .queries import category_tree, labels
from .types import FormatData, ProductData


def category_choices() -> list[tuple[str, Any]]:
    """Categories grouped under their parent; a parent stands first in its own group."""
    choices: list[tuple[str, Any]] = [("", _("Choisir…"))]
    for top, children in category_tree():
        if children:
            choices.append((str(top), [(top.pk, f"{top} ({_('en général')})"), *((c.pk, str(c)) for c in children)]))
        else:
            choices.append((str(top.pk), str(top)))
    return choices


def month_choices() -> list[tuple[str, Any]]:
    from django.utils.dates import MONTHS

    return [("", _("toute l'année")), *((str(n), name) for n, name in MONTHS.items())]


class ProductForm(Edits, forms.Form):
    """What a producer says of a product; a check box and a certifier for each label."""

    name = forms.CharField(label=_("Nom du produit"), max_length=160)
    reference = forms.CharField(
        label=_("Votre référence"), max_length=40, required=False, help_text=_("Vide : faite à partir du nom.")
    )
    category = forms.TypedChoiceField(label=_("Catégorie"), coerce=int)
    description = forms.CharField(
        label=_("Description"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Variété, façon de faire, conservation : ce que vous diriez au comptoir."),
    )
    temperature = forms.ChoiceField(label=_("Température"), choices=Temperature, widget=forms.RadioSelect)
    tax_class = forms.ChoiceField(label=_("Taxe"), choices=TaxClass, widget=forms.RadioSelect)
    origin = forms.ModelChoiceField(
        label=_("Origine"),
        required=False,
        queryset=Territory.objects.filter(
            kind__in=[TerritoryKind.MRC, TerritoryKind.MUNICIPALITY, TerritoryKind.REGION]
        ),
        empty_label=_("là où je produis"),
    )
    season_from = forms.TypedChoiceField(label=_("Début de saison"), required=False, coerce=int, empty_value=None)
    season_to = forms.TypedChoiceField(label=_("Fin de saison"), required=False, coerce=int, empty_value=None)
    allergens = forms.MultipleChoiceField(
        label=_("Allergènes"), required=False, choices=Allergen, widget=forms.CheckboxSelectMultiple
    )
    picture = uploads.FileField(
        label=_("Photo"),
        required=False,
        kinds=uploads.PICTURE,
        help_text=_("JPEG, PNG ou WebP, 12 Mo au plus. Le lieu caché dans la photo est effacé."),
        widget=forms.FileInput,
    )
    remove_picture = forms.BooleanField(label=_("Retirer la photo"), required=False)
    is_active = forms.BooleanField(label=_("En vente"), required=False, initial=True)

    def __init__(self, *args: Any, product: Product | None = None, **kwargs: Any) -> None:
        self.product = product
        super().__init__(*args, **{"initial": initial_of(product), "edits": product, **kwargs})
        self.labels: list[Label] = labels()
        choices: dict[str, Any] = {"category": category_choices(), "season_from": month_choices()}
        for name, values in {**choices, "season_to": choices["season_from"]}.items():
            self.fields[name].choices = values  # type: ignore[attr-defined]
        for label in self.labels:
            self.fields[f"label_{label.code}"] = forms.BooleanField(label=str(label), required=False)
            self.fields[f"certifier_{label.code}"] = forms.CharField(
                label=_("Certificateur"), max_length=80, required=False
            )

    def label_fields(self) -> Iterable[tuple[Label, Any, Any]]:
        return [(one, self[f"label_{one.code}"], self[f"certifier_{one.code}"]) for one in self.labels]

    def clean_description(self) -> str:
        return str(self.cleaned_data["description"]).replace("\r\n", "\n")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for label in self.labels:
            if label.needs_certifier and data.get(f"label_{label.code}") and not data.get(f"certifier_{label.code}"):
                self.add_error(
                    f"certifier_{label.code}",
                    _("L'étiquette « %(label)s » demande le nom de son certificateur.") % {"label": label},
                )
        if (data.get("season_from") is None) != (data.get("season_to") is None):
            self.add_error("season_to", _("Donnez le début et la fin de la saison, ou aucun des deux."))
        return data

    def data_of(self) -> ProductData:
        """The product as the action takes it; call once valid."""
        data = self.cleaned_data
        held = self.product.reference if self.product else ""
        return ProductData(
            reference=data["reference"] or held or slugify(data["name"])[:40] or "produit",
            name=data["name"],
            category_id=data["category"],
            description=data["description"],
            temperature=data["temperature"],
            tax_class=data["tax_class"],
            origin_id=data["origin"].pk if data["origin"] else None,
            season_from=data["season_from"],
            season_to=data["season_to"],
            allergens=tuple(sorted(data["allergens"])),
            is_active=data["is_active"],
            labels={n.code: data[f"certifier_{n.code}"] for n in self.labels if data[f"label_{n.code}"]},
        )


def initial_of(product: Product | None) -> dict[str, Any]:
    if product is None:
        return {"temperature": Temperature.AMBIENT, "tax_class": TaxClass.GROCERY, "is_active": True}
    initial: dict[str, Any] = {
        name: getattr(product, name)
        for name in ("name", "reference", "description", "temperature", "tax_class", "season_from", "season_to")
    }
    initial |= {"category": product.category_id, "origin": product.origin_id, "allergens": product.allergens}
    initial["is_active"] = product.is_active
    for held in product.product_labels.all():
        initial |= {f"label_{held.label.code}": True, f"certifier_{held.label.code}": held.certifier}
    return initial


class FormatForm(forms.Form):
    """One format. Left empty, a new one is passed over."""

    public_id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(
        label=_("Format"), max_length=80, widget=forms.TextInput(attrs={"placeholder": _("sac de 500 g")})
    )
    reference = forms.CharField(label=_("Référence"), max_length=40, required=False)
    content = fields.DecimalField(
        label=_("Contenu"), max_digits=9, decimal_places=3, min_value=Decimal("0.001"), localize=True
    )
    content_unit = forms.ChoiceField(label=_("Unité"), choices=Unit)
    by_weight = forms.BooleanField(
        label=_("Vendu au poids : le contenu est estimé, le prix est au kilo"), required=False
    )
    price = fields.DecimalField(
        label=_("Prix ($)"), max_digits=9, decimal_places=4, min_value=Decimal("0.0001"), localize=True
    )
    price_basis = forms.ChoiceField(label=_("Ce prix est"), choices=PriceBasis)
    deposit = fields.DecimalField(
        label=_("Consigne ($)"), max_digits=7, decimal_places=2, min_value=0, initial=Decimal("0.00"), localize=True
    )
    crates = fields.DecimalField(
        label=_("Part de caisse"),
        max_digits=7,
        decimal_places=3,
        min_value=0,
        initial=Decimal("0.050"),
        localize=True,
        help_text=_("0,05 : vingt par caisse."),
    )
    is_active = forms.BooleanField(label=_("En vente"), required=False, initial=True)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("by_weight") and data.get("content_unit") != Unit.KG:
            self.add_error("content_unit", _("Au poids, l'unité est le kg (poids estimé d'une pièce)."))
        return data

    def data_of(self) -> FormatData:
        return FormatData(**self.cleaned_data_without_marks())

    def cleaned_data_without_marks(self) -> dict[str, Any]:
        return {k: v for k, v in self.cleaned_data.items() if k != "DELETE"}


class BaseFormats(BaseFormSet[FormatForm]):
    deletion_widget = forms.CheckboxInput
    _should_delete_form: Callable[[FormatForm], bool]

    def clean(self) -> None:
        if not any(self.errors) and not self.kept():
            raise ValidationError(_("Ajoutez au moins un format : c'est lui que les membres commandent."))

    def kept(self) -> list[FormatForm]:
        return [f for f in self.forms if f.has_changed() or f.initial if not self._should_delete_form(f)]

    def removed(self) -> list[Any]:
        marked = (f.cleaned_data.get("public_id") for f in self.forms if self._should_delete_form(f))
        return [public_id for public_id in marked if public_id]


FormatSet = fields.formset(FormatForm, formset=BaseFormats, extra=0, can_delete=True, most=60)
FIRST_FORMAT = fields.formset(FormatForm, formset=BaseFormats, extra=1, can_delete=True, most=60)


def typed(value: Decimal) -> str:
    """A number as people type it, without useless zeros: `4,25` in French."""
    return number_format(f"{value.normalize():f}", use_l10n=True)


def _initial(value: Any) -> Any:
    return Decimal(f"{value.normalize():f}") if isinstance(value, Decimal) else value


def formats_form(data: Any = None, *, formats: Iterable[ProductFormat] = ()) -> BaseFormats:
    """The formats of a product, and an empty one when it has none yet."""
    names = [name for name in FormatForm.base_fields if name != "public_id"]
    rows = [{"public_id": f.public_id, **{n: _initial(getattr(f, n)) for n in names}} for f in formats]
    factory = FormatSet if rows else FIRST_FORMAT
    made: Any = factory(data, initial=rows, prefix="formats")
    return made  # type: ignore[no-any-return]


class SheetForm(forms.Form):
    file = uploads.FileField(
        label=_("Votre fichier"),
        kinds=uploads.TABLE,
        help_text=_("XLSX, ODS ou CSV (virgule ou point-virgule); 10 000 lignes au plus."),
        widget=forms.FileInput,
        error_messages={"required": _("Choisissez un fichier."), "empty": _("Le fichier est vide.")},
    )


class ApplicationForm(Edits, forms.Form):
    """A presentation, and an answer to each criterion."""

    presentation = forms.CharField(
        label=_("Présentez votre entreprise"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Ce que vous faites, où, avec qui, et ce que vous vendriez dans ce marché."),
    )

    def __init__(self, *args: Any, application: Application, criteria: list[Criterion], **kwargs: Any) -> None:
        held = dict(application.answers.values_list("criterion_id", "text"))
        initial: dict[str, Any] = {"presentation": application.presentation}
        initial |= {f"answer_{c.pk}": held.get(c.pk, "") for c in criteria}
        super().__init__(*args, **{"initial": initial, "edits": application, **kwargs})
        self.criteria = criteria
        for criterion in criteria:
            self.fields[f"answer_{criterion.pk}"] = forms.CharField(
                label=f"{str(criterion)[:1].upper()}{str(criterion)[1:]}",
                required=False,
                max_length=4000,
                help_text=criterion.help_text,
                widget=forms.Textarea(attrs={"rows": 3}),
            )

    def answers(self) -> dict[int, str]:
        return {c.pk: self.cleaned_data[f"answer_{c.pk}"] for c in self.criteria}

    def answer_fields(self) -> list[tuple[Criterion, Any]]:
        return [(c, self[f"answer_{c.pk}"]) for c in self.criteria]


class ReviewForm(forms.Form):
    has_conflict = forms.BooleanField(label=_("J'ai un conflit d'intérêts : je ne note pas"), required=False)
    comment = forms.CharField(
        label=_("Commentaire"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, criteria: list[Criterion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.criteria = criteria
        for criterion in criteria:
            self.fields[f"score_{criterion.pk}"] = forms.TypedChoiceField(
                label=str(criterion),
                required=False,
                coerce=int,
                empty_value=None,
                choices=[(n, str(n)) for n in range(5)],
                widget=forms.RadioSelect,
            )

    def scores(self) -> dict[int, int]:
        found = {c.pk: self.cleaned_data[f"score_{c.pk}"] for c in self.criteria}
        return {key: value for key, value in found.items() if value is not None}

    def score_fields(self) -> list[tuple[Criterion, Any]]:
        return [(c, self[f"score_{c.pk}"]) for c in self.criteria]


class DecisionForm(forms.Form):
    outcome = forms.ChoiceField(label=_("Décision"), choices=Outcome, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Raison, envoyée au producteur"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )
    since = fields.DateField(label=_("Vendre ses produits à partir du"), required=False)


class CriterionForm(forms.Form):
    pk = fields.IntegerField(required=False, min_value=1, max_value=10**18, widget=forms.HiddenInput)
    text = forms.CharField(label=_("Critère"), max_length=160)
    text_en = forms.CharField(label=_("En anglais"), max_length=160, required=False)
    weight = fields.IntegerField(label=_("Poids"), min_value=1, max_value=10, initial=1)
    is_required = forms.BooleanField(label=_("Exigé"), required=False)


CriteriaSet = fields.formset(CriterionForm, extra=2, can_delete=True, most=30)


class EndForm(forms.Form):
    until = fields.DateField(label=_("Dernier jour exclu"))
    reason = forms.CharField(label=_("Raison"), max_length=280)


class FilterForm(forms.Form):
    """What narrows the list of products; anything unknown is passed over."""

    q = forms.CharField(required=False, max_length=200)
    categorie = forms.ModelChoiceField(Category.objects.all(), required=False, to_field_name="slug")
    temperature = forms.ChoiceField(required=False, choices=[("", ""), *Temperature.choices])
    etat = forms.ChoiceField(required=False, choices=[("", ""), ("en-vente", ""), ("retire", "")])
    producteur = forms.UUIDField(required=False)

    def kept(self) -> dict[str, Any]:
        self.is_valid()
        return {name: self.cleaned_data.get(name) or None for name in self.fields}
