"""Many formats at once: all saved, or none and every cell says why; what someone else changed is never overwritten
unseen, and what a person typed is never lost.

The columns are those of the product sheet (`sheet_cells`): a cell is read here as it is there.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from maillage.core.actions import Refused, action
from maillage.directory.types import Account

from .. import access
from ..models import Product, ProductFormat, ProductLabel
from ..sheet_cells import Known
from ..sheet_columns import BY_KEY, COLUMNS
from ..sheet_plan import values_of
from .products import save_labels

FIELDS = tuple(c.key for c in COLUMNS if c.key not in ("product", "reference"))
"""Every column of the sheet but the two references, which name the row."""
OF_PRODUCT = frozenset(c.key for c in COLUMNS if c.of_product)
_ATTRIBUTE = {"format": "name", "product_active": "is_active"}
_LINKED = {"season_to": "season_from", "content_unit": "by_weight"}
"""A field whose error comes from another one, which may be the only one shown."""


class GridErrors(Refused):
    """Cells that cannot be read, or that someone else changed meanwhile.

    `cells`: {(format, field): sentence}. `theirs`: the cells that hold another person's newer value; saved again, what
    was typed replaces it.
    """

    def __init__(self, cells: dict[tuple[UUID, str], str], theirs: set[tuple[UUID, str]]) -> None:
        super().__init__(_("Rien n'a été enregistré : corrigez les cellules marquées."))
        self.cells, self.theirs = cells, theirs


@dataclass(frozen=True)
class Row:
    """What a person typed in a row (texts by field), and the stamps of the cells that they saw (by field)."""

    stamps: Mapping[str, str]
    cells: Mapping[str, str]


@dataclass
class _Batch:
    """What a grid changes: formats, products (their values and labels by key), and what cannot be."""

    known: Known
    errors: dict[tuple[UUID, str], str] = field(default_factory=dict)
    theirs: set[tuple[UUID, str]] = field(default_factory=set)
    said: dict[int, dict[str, Any]] = field(default_factory=dict)
    formats: dict[int, ProductFormat] = field(default_factory=dict)
    products: dict[int, Product] = field(default_factory=dict)
    rows: set[UUID] = field(default_factory=set)


def row_values(fmt: ProductFormat) -> dict[str, Any]:
    """The editable values of a row, those of its product too. Labels must be prefetched."""
    values = values_of(fmt.product, fmt)
    return {key: values[key] for key in FIELDS}


def row_texts(fmt: ProductFormat, known: Known) -> dict[str, Any]:
    """The same, as the sheet writes them."""
    return {key: BY_KEY[key].write(value, known) for key, value in row_values(fmt).items()}


def stamps_of(fmt: ProductFormat) -> dict[str, str]:
    """A mark of each cell, that changes when its value does."""
    return {key: _stamp(value) for key, value in row_values(fmt).items()}


def _stamp(value: Any) -> str:
    plain = f"{value.normalize():f}" if hasattr(value, "normalize") else repr(value)
    return hashlib.sha256(plain.encode()).hexdigest()[:10]


@action(access.producer)
def save_grid(*, producer_id: int, rows: Mapping[UUID, Row], now: datetime, by: Account | None) -> int:
    """Save the cells that differ from what the person saw; return how many rows. All or nothing.

    A cell left out of `cells` stays, and so does one that someone else changed while this person did not. Raises
    GridErrors: unreadable cells, two rows that disagree on their product, cells that both changed.
    """
    batch = _Batch(Known.load())
    for public_id, fmt in _locked(producer_id, rows).items():
        _take(public_id, fmt, rows[public_id], batch)
    if batch.errors:
        raise GridErrors(batch.errors, batch.theirs)
    _write(batch, now)
    return len(batch.rows)


def _locked(producer_id: int, rows: Iterable[UUID]) -> dict[UUID, ProductFormat]:
    """The formats of the rows, locked after their products (as an import does)."""
    formats = ProductFormat.objects.filter(product__producer_id=producer_id, public_id__in=list(rows))
    products = Product.objects.filter(pk__in=formats.values("product_id")).order_by("pk")
    labels = Prefetch("product_labels", ProductLabel.objects.select_related("label"))
    held = {p.pk: p for p in products.select_for_update(no_key=True).prefetch_related(labels)}
    found = {}
    for fmt in formats.order_by("pk").select_for_update(of=("self",), no_key=True):
        fmt.product = held[fmt.product_id]
        found[fmt.public_id] = fmt
    return found


def _take(public_id: UUID, fmt: ProductFormat, row: Row, batch: _Batch) -> None:
    """Read a row: what the person changed of it, beside what stands now."""
    current = row_values(fmt)
    wanted = _read(public_id, row.cells, batch)
    mine = {}
    for key, value in wanted.items():
        seen, stands = row.stamps.get(key, ""), _stamp(current[key])
        if value == current[key] or _stamp(value) == seen:
            continue  # not changed by this person, or changed by another to the same
        if stands != seen:
            batch.errors[public_id, key] = _conflict(key, current[key], batch.known)
            batch.theirs.add((public_id, key))
        mine[key] = value
    if not mine:
        return
    batch.rows.add(public_id)
    _check(public_id, current | mine, row.cells, batch)
    for key, value in mine.items():
        if key not in OF_PRODUCT:
            setattr(fmt, _ATTRIBUTE.get(key, key), value)
            batch.formats[fmt.pk] = fmt
        elif batch.said.setdefault(fmt.product_id, {}).setdefault(key, value) != value:
            batch.errors[public_id, key] = _("Deux formats de ce produit se contredisent.")
        else:
            batch.products[fmt.product_id] = fmt.product


def _conflict(key: str, value: Any, known: Known) -> str:
    text = str(BY_KEY[key].write(value, known))
    return _("Quelqu'un y a mis « %s » entretemps. Enregistrez de nouveau pour garder votre valeur.") % text


def _read(public_id: UUID, cells: Mapping[str, str], batch: _Batch) -> dict[str, Any]:
    wanted = {}
    for key in FIELDS:
        if key in cells:
            try:
                wanted[key] = BY_KEY[key].read(cells[key].strip(), batch.known)
            except ValueError as error:
                batch.errors[public_id, key] = str(error)
    return wanted


def _check(public_id: UUID, values: dict[str, Any], shown: Mapping[str, str], batch: _Batch) -> None:
    """What must hold between two cells; said on the one that is shown."""
    wrong = {}
    if (values["season_from"] is None) != (values["season_to"] is None):
        wrong["season_to"] = _("Donnez le début et la fin de la saison, ou aucun des deux.")
    if values["by_weight"] and values["content_unit"] != "kg":
        wrong["content_unit"] = _("Un format vendu au poids se mesure en kg (poids estimé d'une pièce).")
    for key, sentence in wrong.items():
        batch.errors[public_id, key if key in shown else _LINKED[key]] = sentence


def _write(batch: _Batch, now: datetime) -> None:
    fields = [_ATTRIBUTE.get(key, key) for key in FIELDS if key not in OF_PRODUCT]
    ProductFormat.objects.bulk_update(batch.formats.values(), fields)
    for pk, product in batch.products.items():
        said = batch.said[pk]
        for key, value in said.items():
            if key != "labels":
                setattr(product, _ATTRIBUTE.get(key, key), list(value) if key == "allergens" else value)
        product.updated_at = now
    plain = [_ATTRIBUTE.get(key, key).removesuffix("_id") for key in FIELDS if key in OF_PRODUCT and key != "labels"]
    Product.objects.bulk_update(batch.products.values(), [*plain, "updated_at"])
    for pk, product in batch.products.items():
        if "labels" in batch.said[pk]:
            save_labels(product, batch.said[pk]["labels"])
