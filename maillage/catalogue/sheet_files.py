"""The files of a producer's products: the export, and a template to fill in, in the same columns."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from maillage.core import sheets
from maillage.core.downloads import Work

from . import queries
from .sheet_cells import ALLERGENS, BASES, TAXES, TEMPERATURES, UNITS, Known, months, word, yes_no
from .sheet_columns import COLUMNS
from .sheet_plan import held_by, rows_of


def _headings() -> list[sheets.Column]:
    return [sheets.Column(c.title, c.kind, c.width) for c in COLUMNS]


def export(work: Work, *, user: Any, producer: str, made_on: str) -> None:
    """Every format of a producer as XLSX; imported again it changes nothing. Raises Http404."""
    whose = queries.producer_for(user=user, public_id=UUID(producer))
    rows = rows_of(held_by(whose.pk), Known.load())
    told = work.counting(rows, total=len(rows))
    made = date.fromisoformat(made_on)
    sheets.write_xlsx_to(work.file, [(_("Produits"), _headings(), told)], title=_("Produits"), made_on=made)


def template(*, today: date) -> bytes:
    """Two rows to replace, and a second sheet with every word that is accepted."""
    known = Known.load()
    words = [sheets.Column(heading, width=34) for heading in (_("Colonne"), _("Valeurs acceptées"))]
    return sheets.write_xlsx(
        [(_("Produits"), _headings(), _examples(known)), (_("Valeurs acceptées"), words, _accepted(known))],
        title=_("Modèle de produits"),
        made_on=today,
    )


def _examples(known: Known) -> list[list[Any]]:
    carrots = {
        "product": "CAR-NANT",
        "name": _("Carottes nantaises"),
        "description": _("Sucrées et croquantes, récoltées la semaine même."),
        "category_id": _first(known, "legumes-racines"),
        "temperature": word(TEMPERATURES, "chilled"),
        "tax_class": word(TAXES, "grocery"),
        "season_from": months()[6],
        "season_to": months()[2],
        "product_active": yes_no(True, known),
        "reference": "1KG",
        "format": _("sac de 1 kg"),
        "content": Decimal(1),
        "content_unit": "kg",
        "by_weight": yes_no(False, known),
        "price": Decimal("4.25"),
        "price_basis": word(BASES, "shelf"),
        "deposit": Decimal(0),
        "crates": Decimal("0.05"),
        "is_active": yes_no(True, known),
    }
    chicken = carrots | {
        "product": "POULET",
        "name": _("Poulet entier"),
        "description": _("Élevé au pâturage."),
        "category_id": _first(known, "volailles"),
        "temperature": word(TEMPERATURES, "frozen"),
        "season_from": "",
        "season_to": "",
        "reference": "",
        "format": _("environ 1,8 kg"),
        "content": Decimal("1.8"),
        "by_weight": yes_no(True, known),
        "price": Decimal("15.40"),
        "crates": Decimal("0.1"),
    }
    return [[row.get(column.key, "") for column in COLUMNS] for row in (carrots, chicken)]


def _first(known: Known, slug: str) -> str:
    found = known.categories.get(slug)
    return str(found[0]) if found else ""


def _accepted(known: Known) -> list[list[str]]:
    certified = _("%(label)s (certificateur)")
    labels = sorted({certified % {"label": one} if one.needs_certifier else str(one) for one in known.labels.values()})
    lists: dict[str, list[str]] = {
        _("Catégorie"): sorted(known.paths.values()),
        _("Température"): [word(TEMPERATURES, key) for key in TEMPERATURES],
        _("Taxe"): [word(TAXES, key) for key in TAXES],
        _("Début et fin de saison"): months(),
        _("Allergènes (séparés par des virgules)"): [word(ALLERGENS, key) for key in ALLERGENS],
        _("Étiquettes (séparées par des ;)"): labels,
        _("Unité"): [word(UNITS, key) for key in UNITS] + ["g", "ml"],
        _("Base du prix"): [word(BASES, key) for key in BASES],
        _("Vendu au poids, en vente"): [yes_no(True, known), yes_no(False, known)],
    }
    return [[heading, said] for heading, words in lists.items() for said in words]
