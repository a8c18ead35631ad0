"""What a product sheet would change: computed from its rows and the producer's products, written by nobody yet."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Prefetch
from django.utils.text import slugify
from django.utils.translation import gettext as _

from maillage.core.sheets import Row
from maillage.core.text import Sorting, unaccented

from .models import Product, ProductFormat, ProductLabel
from .sheet_cells import SMALL_UNITS, Known
from .sheet_columns import BY_KEY, COLUMNS, Column, by_heading

PRODUCT_KEYS = [c.key for c in COLUMNS if c.of_product]
NEEDED = ("name", "category_id", "format", "content", "content_unit", "price")


@dataclass(frozen=True)
class CellError:
    """What is wrong in one cell. `row` is the number that the spreadsheet shows; 1 is the header."""

    row: int
    column: str
    message: str


@dataclass
class Line:
    """One format as the file wants it: `values` by column key; `before` as it is today (None: a new one).

    `changes` are (heading, before, after) as the sheet writes them; for a new format of a known product, the product's.
    """

    row: int
    values: dict[str, Any]
    before: dict[str, Any] | None
    held_labels: dict[str, str]
    changes: list[tuple[str, Any, Any]] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return "created" if self.before is None else "changed" if self.changes else "unchanged"

    @property
    def title(self) -> str:
        return f"{self.values['name']} · {self.values['format']}"


@dataclass
class Plan:
    lines: list[Line]
    errors: list[CellError]
    ignored: list[str]

    @property
    def counts(self) -> dict[str, int]:
        kinds = [line.kind for line in self.lines]
        return {kind: kinds.count(kind) for kind in ("created", "changed", "unchanged")}

    @property
    def fingerprint(self) -> str:
        """Changes when what would be written changes: a confirmation is for what was seen."""
        seen = [[line.row, line.kind, line.values if line.before is None else line.changes] for line in self.lines]
        return hashlib.sha256(json.dumps(seen, default=str, sort_keys=True).encode()).hexdigest()[:32]

    def of_kind(self, kind: str) -> list[Line]:
        return [line for line in self.lines if line.kind == kind]


def values_of(product: Product, fmt: ProductFormat) -> dict[str, Any]:
    """A format as the values of a row. Labels must be prefetched."""
    return {
        "product": product.reference,
        "name": product.name,
        "description": product.description,
        "category_id": product.category_id,
        "temperature": product.temperature,
        "tax_class": product.tax_class,
        "origin_id": product.origin_id,
        "season_from": product.season_from,
        "season_to": product.season_to,
        "allergens": tuple(sorted(product.allergens)),
        "labels": dict(sorted((p.label.code, p.certifier) for p in product.product_labels.all())),
        "product_active": product.is_active,
        "reference": fmt.reference,
        "format": fmt.name,
        "content": fmt.content,
        "content_unit": fmt.content_unit,
        "by_weight": fmt.by_weight,
        "price": fmt.price,
        "price_basis": fmt.price_basis,
        "deposit": fmt.deposit,
        "crates": fmt.crates,
        "is_active": fmt.is_active,
    }


def held_by(producer_id: int) -> list[Product]:
    """The producer's products with formats and labels, in three queries."""
    return list(
        Product.objects.filter(producer_id=producer_id)
        .order_by(Sorting("name"), "pk")
        .prefetch_related(
            Prefetch("formats", ProductFormat.objects.order_by("pk")),
            Prefetch("product_labels", ProductLabel.objects.select_related("label")),
        )
    )


def plan(rows: Sequence[Row], products: Iterable[Product], known: Known) -> Plan:
    """Compare the rows with the products. Nothing is written; errors never stop the reading of other rows."""
    headings = by_heading()
    columns = {h: headings[h] for row in rows for h in row.cells if h in headings}
    ignored = list(dict.fromkeys(h for row in rows for h in row.cells if h not in headings))
    missing = _missing(columns.values(), rows)
    if missing:
        return Plan([], missing, ignored)
    return _Planner(columns, list(products), known).run(rows, ignored)


def _missing(columns: Iterable[Column], rows: Sequence[Row]) -> list[CellError]:
    """Without a way to know the product there is nothing to compare."""
    if not rows:
        return [CellError(1, "", _("Le fichier ne contient aucune ligne de produit sous ses titres."))]
    if {c.key for c in columns} & {"product", "name"}:
        return []
    return [CellError(1, BY_KEY["name"].title, _("Il manque la colonne « Produit » ou « Référence du produit »."))]


class _Planner:
    """Reads rows in order, keeping what earlier rows said of the same product."""

    def __init__(self, columns: dict[str, Column], products: list[Product], known: Known) -> None:
        self.columns, self.known = columns, known
        self.by_reference = {p.reference: p for p in products}
        self.by_name: dict[str, Product] = {}
        for product in products:
            self.by_name.setdefault(unaccented(product.name), product)
        self.first: dict[str, tuple[int, dict[str, Any]]] = {}  # product reference: row, product values
        self.new_names: dict[str, str] = {}  # folded name: reference given to a new product
        self.taken: dict[tuple[str, str], int] = {}  # (product, format): row
        self.lines: list[Line] = []
        self.errors: list[CellError] = []

    def run(self, rows: Sequence[Row], ignored: list[str]) -> Plan:
        for row in rows:
            self._read(row)
        order = {column.title: n for n, column in enumerate(COLUMNS)}
        self.errors.sort(key=lambda error: (error.row, order[error.column]))
        return Plan(self.lines, self.errors, ignored)

    def _error(self, row: Row, key: str, message: str) -> None:
        self.errors.append(CellError(row.number, BY_KEY[key].title, message))

    def _cells(self, row: Row) -> dict[str, str]:
        return {column.key: row.cells.get(heading, "") for heading, column in self.columns.items()}

    def _read(self, row: Row) -> None:
        cells = self._cells(row)
        reference = self._product_reference(row, cells)
        if reference is None:
            return
        product = self.by_reference.get(reference)
        earlier = self.first.get(reference)
        if earlier:  # a blank product cell says the same as the product's first row
            cells = {k: c for k, c in cells.items() if c or k not in PRODUCT_KEYS}
        before_errors = len(self.errors)
        self._small_unit(cells)
        fmt = self._format(product, cells)
        for key in ("name", "category_id"):
            if product is not None and not cells.get(key):
                cells.pop(key, None)
        if fmt is not None and not cells.get("format"):
            cells.pop("format", None)
        read = self._values(row, cells) | {"product": reference}
        base = self._base(product, fmt, earlier)
        values = base | read
        values["reference"] = fmt.reference if fmt else self._new_reference(product, cells, reference)
        self._check(row, values, before_errors)
        if len(self.errors) == before_errors:
            self._check_against(row, values, earlier)
        if len(self.errors) == before_errors:
            self.first.setdefault(reference, (row.number, {k: values[k] for k in PRODUCT_KEYS}))
            self._keep(row, values, product, fmt)

    def _product_reference(self, row: Row, cells: dict[str, str]) -> str | None:
        """The reference given; else that of the product of this name; else one made from the name."""
        if cells.get("product"):
            return cells["product"]
        name = unaccented(cells.get("name", ""))
        if not name:
            self._error(row, "name", _("Donnez au moins le nom du produit, ou sa référence."))
            return None
        if name in self.by_name:
            return self.by_name[name].reference
        if name not in self.new_names:
            stem = reference = slugify(name)[:34] or "produit"
            n = 2
            while reference in self.by_reference or reference in self.new_names.values():
                reference, n = f"{stem}-{n}", n + 1
            self.new_names[name] = reference
        return self.new_names[name]

    def _small_unit(self, cells: dict[str, str]) -> None:
        """Grams and millilitres become kilograms and litres."""
        from maillage.core.numbers import decimal_of

        larger = SMALL_UNITS.get(unaccented(cells.get("content_unit", "")))
        if larger and cells.get("content"):
            try:
                cells["content"] = str(decimal_of(cells["content"]) / 1000)
                cells["content_unit"] = larger
            except ValueError:
                return

    def _values(self, row: Row, cells: dict[str, str]) -> dict[str, Any]:
        read: dict[str, Any] = {}
        for key, cell in cells.items():
            try:
                read[key] = BY_KEY[key].read(cell, self.known)
            except ValueError as error:
                self._error(row, key, str(error))
        return read

    def _format(self, product: Product | None, cells: dict[str, str]) -> ProductFormat | None:
        """The format that a row speaks of: by reference, by name, or the only one when the row names none."""
        if product is None:
            return None
        formats = {f.reference: f for f in product.formats.all()}
        given, name = cells.get("reference", ""), unaccented(cells.get("format", ""))
        if given:
            return formats.get(given)
        if not name:
            return next(iter(formats.values())) if len(formats) == 1 else formats.get("")
        alike = [f for f in formats.values() if unaccented(f.name) == name]
        return next((f for f in alike if f.reference == ""), alike[0] if alike else None)

    def _new_reference(self, product: Product | None, cells: dict[str, str], reference: str) -> str:
        if cells.get("reference"):
            return cells["reference"]
        used = {f.reference for f in product.formats.all()} if product else set()
        name = unaccented(cells.get("format", ""))
        used |= {f for (p, f), _row in self.taken.items() if p == reference}
        same_name = [
            line.values["reference"]
            for line in self.lines
            if line.values["product"] == reference and unaccented(line.values["format"]) == name
        ]
        if same_name:
            return str(same_name[0])
        if not used:
            return ""
        stem = made = slugify(name)[:34] or "format"
        n = 2
        while made in used:
            made, n = f"{stem}-{n}", n + 1
        return made

    def _base(
        self, product: Product | None, fmt: ProductFormat | None, earlier: tuple[int, dict[str, Any]] | None
    ) -> dict[str, Any]:
        """What stands where the file says nothing: today's values, else an earlier row's, else defaults."""
        base: dict[str, Any] = {c.key: c.default for c in COLUMNS if c.default is not None or c.key not in NEEDED}
        base["labels"] = {}
        if product is not None:
            held = values_of(product, fmt or ProductFormat())
            base |= {k: v for k, v in held.items() if fmt is not None or k in PRODUCT_KEYS}
        if earlier:
            base |= earlier[1]
        return base

    def _check(self, row: Row, values: dict[str, Any], before: int) -> None:
        said = {e.column for e in self.errors[before:]}
        for key in NEEDED:
            if values.get(key) is None and BY_KEY[key].title not in said:
                self._error(row, key, _("Il faut cette valeur pour un nouveau format."))
        if len(self.errors) > before:
            return
        if values["by_weight"] and values["content_unit"] != "kg":
            self._error(row, "content_unit", _("Un format vendu au poids se mesure en kg (poids estimé d'une pièce)."))
        if (values["season_from"] is None) != (values["season_to"] is None):
            self._error(row, "season_to", _("Donnez le début et la fin de la saison, ou aucun des deux."))

    def _check_against(self, row: Row, values: dict[str, Any], earlier: tuple[int, dict[str, Any]] | None) -> None:
        if earlier:
            number, said = earlier
            for key in PRODUCT_KEYS:
                if values[key] != said[key]:
                    message = _("La ligne %s dit autre chose du même produit. Écrivez la même valeur, ou laissez vide.")
                    self._error(row, key, message % number)
        taken = self.taken.get((values["product"], values["reference"]))
        if taken:
            self._error(row, "format", _("Ce format est déjà à la ligne %s.") % taken)

    def _keep(self, row: Row, values: dict[str, Any], product: Product | None, fmt: ProductFormat | None) -> None:
        before = values_of(product, fmt or ProductFormat()) if product is not None else {}
        line = Line(row.number, values, before if fmt is not None else None, before.get("labels", {}))
        line.changes = [
            (c.title, c.write(before[c.key], self.known), c.write(values[c.key], self.known))
            for c in COLUMNS
            if c.key in before and (fmt is not None or c.of_product) and before[c.key] != values[c.key]
        ]
        self.taken[values["product"], values["reference"]] = row.number
        self.lines.append(line)


def rows_of(products: Iterable[Product], known: Known) -> list[list[Any]]:
    """The products as rows of the sheet, one a format, in the order of COLUMNS."""
    return [
        [column.write(values[column.key], known) for column in COLUMNS]
        for product in products
        for fmt in product.formats.all()
        for values in [values_of(product, fmt)]
    ]
