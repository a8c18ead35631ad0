"""What `/style/` shows: a plain form and invented values, so that every leaf stands there with its variants."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from maillage.core import fields, uploads
from maillage.core.quantity import Temperature


class SampleForm(forms.Form):
    name = forms.CharField(
        max_length=120, label=gettext_lazy("Nom du produit"), help_text=gettext_lazy("Comme vos clientes le disent.")
    )
    email = forms.EmailField(label=gettext_lazy("Courriel"))
    category = forms.ChoiceField(
        label=gettext_lazy("Catégorie"),
        choices=[
            ("", gettext_lazy("Choisir…")),
            ("legumes", gettext_lazy("Légumes")),
            ("fruits", gettext_lazy("Fruits")),
        ],
    )
    price = fields.DecimalField(label=gettext_lazy("Prix"), min_value=0)
    harvest = fields.DateField(label=gettext_lazy("Récolte"), required=False)
    temperature = forms.ChoiceField(
        label=gettext_lazy("Température"), choices=Temperature.choices, widget=forms.RadioSelect
    )
    description = fields.LongText(
        label=gettext_lazy("Description"), widget=forms.Textarea(attrs={"rows": 3}), required=False
    )
    picture = uploads.FileField(label=gettext_lazy("Photo"), required=False, kinds=uploads.PICTURE)
    organic = forms.BooleanField(label=gettext_lazy("Certifié biologique"), required=False)


def showcase(request: HttpRequest) -> dict[str, Any]:
    """Values for the page of the design system."""
    return {
        "themes": [(theme, name, *_forms(theme)) for theme, name in (("light", _("Clair")), ("dark", _("Sombre")))],
        "steps": [
            {"title": _("Préparé"), "state": "done", "at": _("lundi")},
            {"title": _("Ouvert"), "state": "done", "at": _("jeudi midi")},
            {"title": _("Fermé"), "state": "current", "at": _("dimanche 20 h")},
            {"title": _("Distribué"), "state": "todo", "at": _("mercredi")},
            {"title": _("Réglé"), "state": "todo"},
        ],
        "parts": [
            (_("À la productrice"), Decimal("6.24")),
            (_("Marge du marché"), Decimal("1.76")),
            (_("Consigne"), Decimal("0.25")),
        ],
        "crumbs": [(_("Marchés"), "/"), (_("Marché de l’Outaouais"), "/"), (_("Cycle 14"), None)],
        "options": [("liste", _("Liste")), ("grille", _("Grille")), ("carte", _("Carte"))],
        "tones": ["neutral", "good", "warn", "bad", "info", "brand", "accent", "ambient", "chilled", "frozen"],
        "amount": Decimal("1234.50"),
        "credit": Decimal("18.25"),
        "weight": Decimal("1.250"),
        "pages": Paginator(range(120), 24).page(2),
        "rows": [
            (_("Carottes de couleur"), Decimal("38"), "piece", Decimal("152.00"), "chilled"),
            (_("Farine de sarrasin"), Decimal("12.5"), "kg", Decimal("87.50"), "ambient"),
            (_("Bleuets sauvages"), Decimal("24"), "piece", Decimal("216.00"), "frozen"),
        ],
        "chart": CHART,
    }


def _forms(theme: str) -> tuple[SampleForm, SampleForm]:
    """A form to fill and a form refused, with identifiers of their own."""
    empty = SampleForm(initial={"name": _("Carottes de couleur"), "temperature": "chilled"}, auto_id=f"{theme}_%s")
    wrong = SampleForm({"name": "", "email": "ana@", "price": "-2", "temperature": "chilled"}, auto_id=f"{theme}_x_%s")
    return empty, wrong


# A drawing as `core.charts` makes them: colours by class, no inline style.
CHART = (
    '<svg viewBox="0 0 320 96" aria-hidden="true" focusable="false">'
    + "".join(
        f'<rect class="split-{2 if i == 7 else 1}" x="{i * 40 + 6}" y="{90 - h}" width="28" height="{h}" rx="4"/>'
        for i, h in enumerate((38, 46, 42, 55, 61, 58, 70, 84))
    )
    + "</svg>"
)
