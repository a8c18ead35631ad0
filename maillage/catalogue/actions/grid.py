"""Many formats at once: all saved, or none and every cell says why; a row changed meanwhile is never overwritten."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from maillage.core.actions import Refused, action
from maillage.directory.types import Account

from ..models import Product, ProductFormat
from ..sheet_cells import BASES, TAXES, TEMPERATURES, Known, choice_of, number_of, text_of

_KNOWN = Known()
_PIECES = "name", "content", "price", "price_basis", "deposit", "is_active"
_SHARED = "temperature", "tax_class"
FIELDS = (*_PIECES, *_SHARED)
_READ: dict[str, Any] = {
    "name": text_of(80, required=True),
    "content": number_of(3, positive=True),
    "price": number_of(4, positive=True),
    "price_basis": choice_of(BASES),
    "deposit": lambda cell, known: number_of(2, positive=False)(cell or "0", known),
    "is_active": lambda cell, known: cell not in {"", "0", "non"},
    "temperature": choice_of(TEMPERATURES),
    "tax_class": choice_of(TAXES),
}


class GridErrors(Refused):
    """Cells that cannot be read, rows changed meanwhile. `cells`: {(format, field): sentence}; field "" is the row."""

    def __init__(self, cells: dict[tuple[UUID, str], str]) -> None:
        super().__init__(_("Rien n'a été enregistré : corrigez les cellules marquées."))
        self.cells = cells


@dataclass(frozen=True)
class Row:
    """What a person typed in a row (texts by field), and the stamp of the row that they saw."""

    stamp: str
    cells: Mapping[str, str]


def row_values(fmt: ProductFormat) -> dict[str, Any]:
    """The editable values of a row; temperature and tax belong to its product."""
    return {k: getattr(fmt, k) for k in _PIECES} | {k: getattr(fmt.product, k) for k in _SHARED}


def stamp_of(fmt: ProductFormat) -> str:
    """Changes when an editable value changes."""
    return _stamp(row_values(fmt))


def _stamp(row: dict[str, Any]) -> str:
    values = [str(v.normalize()) if isinstance(v, Decimal) else str(v) for v in (row[f] for f in FIELDS)]
    return hashlib.sha256(repr(values).encode()).hexdigest()[:16]


@action
def save_grid(*, producer_id: int, rows: Mapping[UUID, Row], by: Account | None) -> int:
    """Save the rows that differ from what the person saw; return how many. All or nothing.

    A field left out of `cells` stays. Raises GridErrors: unreadable cells, two rows that disagree on their product,
    rows that someone else changed since they were shown.
    """
    formats = _locked(producer_id, rows)
    errors: dict[tuple[UUID, str], str] = {}
    products: dict[int, Product] = {}
    said: dict[tuple[int, str], Any] = {}
    changed: list[ProductFormat] = []
    for public_id, fmt in formats.items():
        fresh = stamp_of(fmt) == rows[public_id].stamp
        wanted = _read(public_id, rows[public_id].cells, errors)
        differs = {k: v for k, v in wanted.items() if row_values(fmt)[k] != v}
        if not differs:
            continue
        if not fresh and _stamp(row_values(fmt) | wanted) == rows[public_id].stamp:
            continue  # changed by someone else, not by this person
        if not fresh:
            errors[public_id, ""] = _("Quelqu'un a changé cette ligne entretemps. Voici ses valeurs actuelles.")
            continue
        changed.append(fmt)
        for field, value in differs.items():
            if field in _PIECES:
                setattr(fmt, field, value)
            elif said.setdefault((fmt.product_id, field), value) != value:
                errors[public_id, field] = _("Deux formats de ce produit se contredisent.")
            else:
                products.setdefault(fmt.product_id, fmt.product)
    if errors:
        raise GridErrors(errors)
    _write(changed, products, said)
    return len(changed)


def _locked(producer_id: int, rows: Mapping[UUID, Row]) -> dict[UUID, ProductFormat]:
    """The formats of the rows, locked after their products (as an import does)."""
    formats = ProductFormat.objects.filter(product__producer_id=producer_id, public_id__in=rows)
    products = Product.objects.filter(pk__in=formats.values("product_id")).order_by("pk")
    held = {p.pk: p for p in products.select_for_update(no_key=True)}
    found = {}
    for fmt in formats.order_by("pk").select_for_update(of=("self",), no_key=True):
        fmt.product = held[fmt.product_id]
        found[fmt.public_id] = fmt
    return found


def _read(public_id: UUID, cells: Mapping[str, str], errors: dict[tuple[UUID, str], str]) -> dict[str, Any]:
    wanted = {}
    for field in FIELDS:
        if field in cells:
            try:
                wanted[field] = _READ[field](cells[field].strip(), _KNOWN)
            except ValueError as error:
                errors[public_id, field] = str(error)
    return wanted


def _write(changed: list[ProductFormat], products: dict[int, Product], said: dict[tuple[int, str], Any]) -> None:
    ProductFormat.objects.bulk_update(changed, list(_PIECES))
    for key, product in products.items():
        for field in _SHARED:
            if (key, field) in said:
                setattr(product, field, said[key, field])
        product.save(update_fields=[*_SHARED, "updated_at"])
