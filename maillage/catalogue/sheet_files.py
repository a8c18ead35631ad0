"""The files of a producer's products: the export, and a template to fill in, in the same columns."""

from datetime import date
from decimal import Decimal
from typing import Any

from maillage.core import sheets

from .sheet_cells import ALLERGENS, BASES, COLUMNS, MONTHS, TAXES, TEMPERATURES, UNITS, Known
from .sheet_plan import held_by, rows_of

_HEADINGS = [sheets.Column(c.heading, c.kind, c.width) for c in COLUMNS]


def export(producer_id: int, *, today: date) -> bytes:
    """Every format of a producer as XLSX; imported again it changes nothing."""
    rows = rows_of(held_by(producer_id), Known.load())
    return sheets.write_xlsx([("Produits", _HEADINGS, rows)], title="Produits", made_on=today)


def template(*, today: date) -> bytes:
    """Two rows to replace, and a second sheet with every word that is accepted."""
    known = Known.load()
    words = [sheets.Column(heading, width=34) for heading in ("Colonne", "Valeurs acceptées")]
    return sheets.write_xlsx(
        [("Produits", _HEADINGS, _examples(known)), ("Valeurs acceptées", words, _accepted(known))],
        title="Modèle de produits",
        made_on=today,
    )


def _examples(known: Known) -> list[list[Any]]:
    carrots = {
        "product": "CAR-NANT",
        "name": "Carottes nantaises",
        "description": "Sucrées et croquantes, récoltées la semaine même.",
        "category_id": _first(known, "legumes-racines"),
        "temperature": "réfrigéré",
        "tax_class": "détaxé",
        "season_from": "juillet",
        "season_to": "mars",
        "product_active": "oui",
        "reference": "1KG",
        "format": "sac de 1 kg",
        "content": Decimal(1),
        "content_unit": "kg",
        "by_weight": "non",
        "price": Decimal("4.25"),
        "price_basis": "prix affiché",
        "deposit": Decimal(0),
        "crates": Decimal("0.05"),
        "is_active": "oui",
    }
    chicken = carrots | {
        "product": "POULET",
        "name": "Poulet entier",
        "description": "Élevé au pâturage.",
        "category_id": _first(known, "volailles"),
        "temperature": "congelé",
        "season_from": "",
        "season_to": "",
        "reference": "",
        "format": "environ 1,8 kg",
        "content": Decimal("1.8"),
        "by_weight": "oui",
        "price": Decimal("15.40"),
        "crates": Decimal("0.1"),
    }
    return [[row.get(column.key, "") for column in COLUMNS] for row in (carrots, chicken)]


def _first(known: Known, slug: str) -> str:
    found = known.categories.get(slug)
    return found[0].name if found else ""


def _accepted(known: Known) -> list[list[str]]:
    labels = sorted(
        {f"{one.name} (certificateur)" if one.needs_certifier else one.name for one in known.labels.values()}
    )
    lists: dict[str, list[str]] = {
        "Catégorie": sorted(known.paths.values()),
        "Température": [names[0] for names in TEMPERATURES.values()],
        "Taxe": [names[0] for names in TAXES.values()],
        "Début et fin de saison": MONTHS,
        "Allergènes (séparés par des virgules)": [names[0] for names in ALLERGENS.values()],
        "Étiquettes (séparées par des ;)": labels,
        "Unité": [names[0] for names in UNITS.values()] + ["g", "ml"],
        "Base du prix": [names[0] for names in BASES.values()],
        "Vendu au poids, en vente": ["oui", "non"],
    }
    return [[heading, word] for heading, words in lists.items() for word in words]
