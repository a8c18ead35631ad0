"""The cells of a product sheet: how each is read, and written again so that it reads back the same.

A reader takes the cell's text and returns a value of the domain, or raises ValueError with a sentence that says what is
wrong and what is accepted. A sheet is written in the language of the page and read in both: a word's key is its English
word.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rapidfuzz import process

from maillage.core.numbers import decimal_of
from maillage.core.text import unaccented
from maillage.directory.models import Territory

from .models import Category, Label

MONTHS = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]
ENGLISH_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
KINDS = {
    "province": "province",
    "region": "région",
    "service": "territoire",
    "mrc": "MRC",
    "municipality": "municipalité",
}
_NEAREST_FIRST = ("municipality", "mrc", "region", "service", "province")

TEMPERATURES = {
    "ambient": ["ambiant", "ambiante", "sec", "tablette"],
    "chilled": ["réfrigéré", "frais", "froid"],
    "frozen": ["congelé", "surgelé"],
}
TAXES = {
    "grocery": ["détaxé", "aliment de base", "aliment de base (détaxé)", "non taxable", "non"],
    "taxable": ["taxable", "oui"],
}
UNITS = {
    "piece": ["unité", "unités", "pièce", "un"],
    "kg": ["kg", "kilo", "kilogramme"],
    "l": ["l", "litre"],
    "portion": ["portion", "portions"],
}
SMALL_UNITS = {"g": "kg", "gramme": "kg", "grammes": "kg", "ml": "l", "millilitre": "l"}
BASES = {
    "shelf": ["prix affiché", "affiché", "membre", "prix affiché au membre, avant taxes"],
    "producer": ["prix du producteur", "producteur", "coût", "cost"],
}
ALLERGENS = {
    "eggs": ["œufs", "œuf"],
    "milk": ["lait"],
    "mustard": ["moutarde"],
    "peanuts": ["arachides", "arachide"],
    "crustaceans": ["crustacés et mollusques", "crustacés", "mollusques"],
    "fish": ["poisson", "poissons"],
    "sesame": ["sésame"],
    "soy": ["soja", "soya"],
    "sulphites": ["sulfites"],
    "tree_nuts": ["noix"],
    "wheat": ["blé et triticale", "blé", "triticale"],
    "gluten": ["gluten"],
}
YES = {"oui", "o", "vrai", "true", "yes", "y", "x", "1"}
NO = {"non", "n", "faux", "false", "no", "0"}


@dataclass
class Known:
    """What cells may name: categories, labels, territories; loaded in three queries."""

    categories: dict[str, list[Category]] = field(default_factory=dict)
    paths: dict[int, str] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    territories: dict[str, list[Territory]] = field(default_factory=dict)
    territory_names: dict[int, str] = field(default_factory=dict)

    @classmethod
    def load(cls) -> "Known":
        known = cls()
        rows = {c.pk: c for c in Category.objects.all()}
        for category in rows.values():
            parent = rows.get(category.parent_id or 0)
            path = f"{parent} > {category}" if parent else str(category)
            french = f"{parent.name} > {category.name}" if parent else category.name
            for name in {unaccented(n) for n in (category.name, category.name_en, category.slug, path, french) if n}:
                known.categories.setdefault(name, []).append(category)
            known.paths[category.pk] = path
        for label in Label.objects.all():
            for name in (label.code, label.name, label.name_en):
                known.labels.setdefault(unaccented(name), label)
        for territory in Territory.objects.only("pk", "name", "kind"):
            known.territories.setdefault(unaccented(territory.name), []).append(territory)
            known.territories.setdefault(unaccented(f"{territory.name} ({KINDS[territory.kind]})"), []).append(
                territory
            )
        for places in known.territories.values():
            places.sort(key=lambda t: (_NEAREST_FIRST.index(t.kind), t.pk))
        return known


def text_of(longest: int, *, required: bool = False) -> Callable[[str, Known], str]:
    def read(cell: str, known: Known) -> str:
        cell = cell.replace("\r\n", "\n").replace("\r", "\n")
        if required and not cell:
            raise ValueError(_("Cette cellule doit être remplie."))
        if len(cell) > longest:
            raise ValueError(_("Le texte a %(n)s caractères; %(max)s au plus.") % {"n": len(cell), "max": longest})
        if any(ord(c) < 32 and c not in "\n\r\t" for c in cell):
            raise ValueError(_("Le texte contient des caractères illisibles."))
        return cell

    return read


def number_of(places: int, *, positive: bool, top: int = 99_999) -> Callable[[str, Known], Decimal]:
    def read(cell: str, known: Known) -> Decimal:
        if not cell:
            raise ValueError(_("Cette cellule doit être remplie par un nombre, par exemple 4,25."))
        number = decimal_of(cell)
        exact = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP) if abs(number) <= top else number
        if exact != number and abs(number) <= top:
            raise ValueError(_("« %(cell)s » a plus de %(places)s décimales.") % {"cell": cell, "places": places})
        if number < 0 or (positive and number == 0):
            raise ValueError(
                _("« %s » doit être plus grand que zéro.") % cell if positive else _("« %s » est négatif.") % cell
            )
        if number > top:
            raise ValueError(_("« %(cell)s » est trop grand (%(top)s au plus).") % {"cell": cell, "top": top})
        return exact

    return read


def choice_of(words: Mapping[str, list[str]], *, default: str | None = None) -> Callable[[str, Known], str]:
    accepted = {unaccented(w): key for key, names in words.items() for w in [key, key.replace("_", " "), *names]}

    def read(cell: str, known: Known) -> str:
        if not cell and default is not None:
            return default
        if unaccented(cell) not in accepted:
            raise ValueError(_unknown(cell, [word(words, key) for key in words]))
        return accepted[unaccented(cell)]

    return read


def _unknown(cell: str, accepted: list[str]) -> str:
    if not cell:
        return _("Cette cellule doit être remplie. Accepté : %s.") % ", ".join(accepted)
    return _("« %(cell)s » n'est pas reconnu. Accepté : %(accepted)s.") % {
        "cell": cell,
        "accepted": ", ".join(accepted),
    }


def yes_or_no(default: bool) -> Callable[[str, Known], bool]:
    def read(cell: str, known: Known) -> bool:
        said = unaccented(cell)
        if not said:
            return default
        if said in YES or said in NO:
            return said in YES
        raise ValueError(_unknown(cell, [yes_no(True, known), yes_no(False, known)]))

    return read


def category(cell: str, known: Known) -> int:
    found = known.categories.get(unaccented(cell.replace(" / ", " > ")), [])
    if not cell:
        raise ValueError(_("Choisissez une catégorie, par exemple « Légumes racines »."))
    whole = [c for c in found if unaccented(known.paths[c.pk]) == unaccented(cell)]
    if len(found) > 1 and len(whole) != 1:
        paths = ", ".join(f"« {known.paths[c.pk]} »" for c in found)
        raise ValueError(
            _("Plusieurs catégories se nomment « %(cell)s » : écrivez %(paths)s.") % {"cell": cell, "paths": paths}
        )
    if not found:
        raise ValueError(
            _near(_("La catégorie « %s » n'existe pas.") % cell, cell, known.categories, lambda cs: str(cs[0]))
        )
    return int((whole or found)[0].pk)


def _near(sentence: str, cell: str, among: Mapping[str, Any], name: Callable[[Any], str]) -> str:
    best = process.extractOne(unaccented(cell), among.keys(), score_cutoff=60)
    return sentence + (" " + _("Vouliez-vous dire « %s » ?") % name(among[best[0]]) if best else "")


def category_name(value: int, known: Known) -> str:
    path = known.paths[value]
    name = path.rsplit(" > ", 1)[-1]
    return name if len(known.categories[unaccented(name)]) == 1 else path


def origin(cell: str, known: Known) -> int | None:
    if not cell:
        return None
    found = known.territories.get(unaccented(cell))
    if not found:
        raise ValueError(
            _near(_("Le lieu « %s » n'est pas connu.") % cell, cell, known.territories, lambda ts: ts[0].name)
        )
    return int(found[0].pk)


def origin_name(value: int | None, known: Known) -> str:
    if value is None:
        return ""
    if not known.territory_names:
        for name, places in known.territories.items():
            for place in places:
                if places[0].pk == place.pk and (
                    unaccented(place.name) == name or place.pk not in known.territory_names
                ):
                    full = f"{place.name} ({KINDS[place.kind]})"
                    known.territory_names[place.pk] = place.name if unaccented(place.name) == name else full
    return known.territory_names.get(value, "")


def month(cell: str, known: Known) -> int | None:
    if not cell:
        return None
    word = unaccented(cell)
    if word.isdecimal() and 1 <= int(word) <= 12:
        return int(word)
    found = {
        n
        for names in (MONTHS, ENGLISH_MONTHS)
        for n, name in enumerate(names, start=1)
        if len(word) >= 3 and unaccented(name).startswith(word.rstrip("."))
    }
    if len(found) != 1:
        raise ValueError(_("« %s » n'est pas un mois. Écrivez « juin » ou 6.") % cell)
    return found.pop()


def month_name(value: int | None, known: Known) -> str:
    return months()[value - 1] if value else ""


def months() -> list[str]:
    """Their names in the language of the page."""
    return ENGLISH_MONTHS if in_english() else MONTHS


def allergens(cell: str, known: Known) -> tuple[str, ...]:
    read = choice_of(ALLERGENS)
    parts = [p for p in _parts(cell) if unaccented(p) not in {"aucun", "none", "non"}]
    return tuple(sorted({read(part, known) for part in parts}))


def _parts(cell: str) -> list[str]:
    """Split on `,` `;` or a line end, outside parentheses."""
    return [p.strip() for p in re.split(r"[,;\n](?![^(]*\))", cell) if p.strip()]


def labels(cell: str, known: Known) -> dict[str, str]:
    read: dict[str, str] = {}
    for part in _parts(cell):
        match = re.fullmatch(r"(?s)([^(]*?)\s*(?:\((.*)\))?", part)
        name, certifier = (match[1], (match[2] or "").strip()) if match else (part, "")
        label = known.labels.get(unaccented(name))
        if label is None:
            raise ValueError(_unknown(name, sorted({str(one) for one in known.labels.values()})))
        if label.needs_certifier and not certifier:
            raise ValueError(
                _("L'étiquette « %(label)s » demande son certificateur entre parenthèses : « %(label)s (Ecocert) ».")
                % {"label": label}
            )
        if len(certifier) > 80:
            raise ValueError(_("Le nom du certificateur a plus de 80 caractères."))
        read[label.code] = certifier
    return dict(sorted(read.items()))


def label_names(value: dict[str, str], known: Known) -> str:
    return "; ".join(
        f"{known.labels[unaccented(c)]} ({by})" if by else str(known.labels[unaccented(c)]) for c, by in value.items()
    )


def same(value: Any, known: Known) -> Any:
    return value


def in_english() -> bool:
    return (get_language() or "fr").startswith("en")


def word(words: Mapping[str, list[str]], key: str) -> str:
    """How a sheet writes one of these: its first French word, or its key in English."""
    return key.replace("_", " ") if in_english() else words[key][0]


def word_of(words: Mapping[str, list[str]]) -> Callable[[Any, Known], str]:
    return lambda value, known: word(words, value)


def words_of(words: Mapping[str, list[str]]) -> Callable[[Any, Known], str]:
    return lambda value, known: ", ".join(word(words, v) for v in value)


def yes_no(value: bool, known: Known) -> str:
    if in_english():
        return "yes" if value else "no"
    return "oui" if value else "non"
