"""The columns of a product sheet, and the headings that name them: accents, case and the aliases do not matter."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from maillage.core.text import unaccented

from .sheet_cells import (
    ALLERGENS,
    BASES,
    TAXES,
    TEMPERATURES,
    UNITS,
    Known,
    allergens,
    category,
    category_name,
    choice_of,
    label_names,
    labels,
    month,
    month_name,
    number_of,
    origin,
    origin_name,
    same,
    text_of,
    word_of,
    words_of,
    yes_no,
    yes_or_no,
)


@dataclass(frozen=True)
class Column:
    """One column: its key, its heading, other headings that are accepted, how a cell is read."""

    key: str
    heading: str  # in French: a phrase to translate
    read: Callable[[str, Known], Any]
    write: Callable[[Any, Known], Any]
    default: Any = None
    aliases: tuple[str, ...] = ()
    of_product: bool = False
    kind: str = "text"
    width: int = 16

    @property
    def title(self) -> str:
        """The heading in the language of the page."""
        return _(self.heading)


COLUMNS = [
    Column(
        "product",
        gettext_noop("Référence du produit"),
        text_of(40),
        same,
        "",
        ("référence", "ref", "code", "sku", "product reference"),
        True,
    ),
    Column(
        "name",
        gettext_noop("Produit"),
        text_of(160, required=True),
        same,
        None,
        ("nom", "nom du produit", "product", "name"),
        True,
        width=32,
    ),
    Column("description", gettext_noop("Description"), text_of(4000), same, "", (), True, width=40),
    Column("category_id", gettext_noop("Catégorie"), category, category_name, None, ("category",), True, width=24),
    Column(
        "temperature",
        gettext_noop("Température"),
        choice_of(TEMPERATURES, default="ambient"),
        word_of(TEMPERATURES),
        "ambient",
        ("temperature", "conservation"),
        True,
    ),
    Column(
        "tax_class",
        gettext_noop("Taxe"),
        choice_of(TAXES, default="grocery"),
        word_of(TAXES),
        "grocery",
        ("taxes", "tax"),
        True,
    ),
    Column("origin_id", gettext_noop("Origine"), origin, origin_name, None, ("lieu", "provenance", "origin"), True),
    Column(
        "season_from",
        gettext_noop("Début de saison"),
        month,
        month_name,
        None,
        ("saison de", "season from"),
        True,
    ),
    Column("season_to", gettext_noop("Fin de saison"), month, month_name, None, ("saison à", "season to"), True),
    Column("allergens", gettext_noop("Allergènes"), allergens, words_of(ALLERGENS), (), ("allergens",), True),
    Column(
        "labels",
        gettext_noop("Étiquettes"),
        labels,
        label_names,
        None,
        ("certifications", "labels", "étiquette"),
        True,
        width=28,
    ),
    Column(
        "product_active",
        gettext_noop("Produit en vente"),
        yes_or_no(True),
        yes_no,
        True,
        ("produit actif",),
        True,
    ),
    Column(
        "reference",
        gettext_noop("Référence du format"),
        text_of(40),
        same,
        "",
        ("format reference", "ref format"),
    ),
    Column(
        "format",
        gettext_noop("Format"),
        text_of(80, required=True),
        same,
        None,
        ("nom du format", "emballage", "conditionnement"),
        width=24,
    ),
    Column(
        "content",
        gettext_noop("Contenu"),
        number_of(3, positive=True),
        same,
        None,
        ("quantité", "poids", "content"),
        kind="number",
    ),
    Column("content_unit", gettext_noop("Unité"), choice_of(UNITS), word_of(UNITS), None, ("unit", "mesure")),
    Column("by_weight", gettext_noop("Vendu au poids"), yes_or_no(False), yes_no, False, ("au poids", "by weight")),
    Column(
        "price",
        gettext_noop("Prix"),
        number_of(4, positive=True),
        same,
        None,
        ("prix unitaire", "prix ($)", "price"),
        kind="price",
    ),
    Column(
        "price_basis",
        gettext_noop("Base du prix"),
        choice_of(BASES, default="shelf"),
        word_of(BASES),
        "shelf",
        ("base", "price basis"),
    ),
    Column(
        "deposit",
        gettext_noop("Consigne"),
        lambda c, k: number_of(2, positive=False)(c or "0", k),
        same,
        Decimal("0.00"),
        ("deposit",),
        kind="money",
    ),
    Column(
        "crates",
        gettext_noop("Part de caisse"),
        lambda c, k: number_of(3, positive=False)(c or "0.05", k),
        same,
        Decimal("0.050"),
        ("caisse", "crate"),
        kind="number",
    ),
    Column(
        "is_active", gettext_noop("Format en vente"), yes_or_no(True), yes_no, True, ("en vente", "actif", "active")
    ),
]
BY_KEY = {column.key: column for column in COLUMNS}


@cache
def by_heading() -> dict[str, Column]:
    """Columns by every heading that is read, folded: in French, in English, and their aliases."""
    found = {unaccented(h): c for c in COLUMNS for h in (c.heading, *c.aliases)}
    with override("en"):
        return {unaccented(c.title): c for c in COLUMNS} | found
