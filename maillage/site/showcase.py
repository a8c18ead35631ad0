"""What `/style/` shows: a plain form and invented values, so that every leaf stands there with its variants."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from maillage.core import fields, uploads
from maillage.core.quantity import Temperature
from maillage.core.tables import Badge, Column, Empty, Listing, Table


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
        "themes": [
            (theme, name, *_forms(theme), _listing(name, request))
            for theme, name in (("light", _("Clair")), ("dark", _("Sombre")))
        ],
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


@dataclass(frozen=True)
class _Sold:
    name: str
    amount: Decimal
    on: date
    state: Badge


def _listing(name: str, request: HttpRequest) -> Listing:
    """A list whose columns sort, in this theme."""
    table = Table(
        _("%(theme)s : commandes") % {"theme": name},
        Column("name", gettext_lazy("Membre"), order="name", head=True),
        Column("on", gettext_lazy("Date"), "day", order="on"),
        Column("amount", gettext_lazy("Montant"), "money", order="amount"),
        Column("state", gettext_lazy("État")),
    )
    rows = [
        _Sold("Ana (démo)", Decimal("41.20"), date(2026, 11, 20), Badge(_("prête"), "good")),
        _Sold("Zoé (démo)", Decimal("18.75"), date(2026, 11, 22), Badge(_("à préparer"), "warn")),
    ]
    return Listing(
        table,
        rows,
        Empty(_("Aucune commande")),
        total={"name": _("Total"), "amount": Decimal("59.95")},
        asked={key: request.GET[key] for key in request.GET if key == "tri"},
    )


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
