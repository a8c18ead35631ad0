"""Spreadsheets of products: read, previewed, then applied at once or not at all."""

from collections.abc import Sequence
from datetime import datetime
from typing import IO, Any

from django.utils.translation import gettext as _

from maillage.core.actions import Refused, action, locked
from maillage.core.sheets import Row, read_table
from maillage.directory.models import Organisation
from maillage.directory.types import Account

from .. import access
from ..models import ImportState, Label, Product, ProductFormat, ProductLabel, SheetImport
from ..sheet_cells import Known
from ..sheet_plan import Line, Plan, held_by, plan

MAX_ROWS = 10_000
BATCH = 500
_PRODUCT = [
    "name",
    "description",
    "category_id",
    "temperature",
    "tax_class",
    "origin_id",
    "season_from",
    "season_to",
]
_FORMAT = ["content", "content_unit", "by_weight", "price", "price_basis", "deposit", "crates", "is_active"]


class ImportHasErrors(Refused):
    """Some rows cannot be read; nothing was written."""


class CatalogueChanged(Refused):
    """The products changed since the preview; nothing was written."""


class AlreadyDone(Refused):
    """The import was applied or discarded before."""


@action(access.producer)
def upload_sheet(*, producer_id: int, file: IO[bytes], name: str, by: Account | None) -> SheetImport:
    """Read an XLSX, ODS or CSV of at most 10,000 rows and keep its cells; no product changes.

    Raises core.sheets.Unreadable.
    """
    rows = [[row.number, row.cells] for row in read_table(file, max_rows=MAX_ROWS)]
    return SheetImport.objects.create(
        producer_id=producer_id, file_name=name[-160:], rows=_without_nul(rows), uploaded_by=by
    )


def _without_nul(value: Any) -> Any:
    """PostgreSQL's JSON holds no NUL."""
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd")
    if isinstance(value, dict):
        return {_without_nul(k): _without_nul(v) for k, v in value.items()}
    return [_without_nul(v) for v in value] if isinstance(value, list) else value


def preview(sheet: SheetImport) -> Plan:
    """What confirming the import would change now: seven queries, whatever its length."""
    return plan([Row(number, cells) for number, cells in sheet.rows], held_by(sheet.producer_id), Known.load())


@action(access.sheet)
def apply_import(*, import_id: int, fingerprint: str, now: datetime, by: Account | None) -> SheetImport:
    """Write what the preview of `fingerprint` showed, all of it or nothing; a few statements per 500 rows.

    Products and formats that the file does not name stay. Raises ImportHasErrors, CatalogueChanged, AlreadyDone.
    """
    sheet = SheetImport.objects.select_for_update().get(pk=import_id)
    if sheet.state != ImportState.PREVIEWED:
        raise AlreadyDone(_("Cet import est déjà terminé. Téléversez le fichier à nouveau pour recommencer."))
    # One import at a time for a producer; then its rows, so that the grid waits.
    locked(Organisation, sheet.producer_id)
    list(
        Product.objects.filter(producer_id=sheet.producer_id).order_by("pk").select_for_update(no_key=True).values("pk")
    )
    formats = ProductFormat.objects.filter(product__producer_id=sheet.producer_id).order_by("pk")
    list(formats.select_for_update(of=("self",), no_key=True).values("pk"))
    planned = preview(sheet)
    if planned.errors:
        raise ImportHasErrors(_("Corrigez les erreurs du fichier, puis téléversez-le à nouveau. Rien n'a été changé."))
    if planned.fingerprint != fingerprint:
        raise CatalogueChanged(
            _("Vos produits ont changé depuis l'aperçu. Voici l'aperçu à jour; rien n'a encore été écrit.")
        )
    _write([line for line in planned.lines if line.kind != "unchanged"], sheet.producer_id, now)
    sheet.state, sheet.applied_at, sheet.counts, sheet.rows = ImportState.APPLIED, now, planned.counts, []
    sheet.save()
    return sheet


@action(access.sheet)
def discard_import(*, import_id: int, by: Account | None) -> None:
    """Forget an import that waits for confirmation; its cells are erased."""
    SheetImport.objects.filter(pk=import_id, state=ImportState.PREVIEWED).update(state=ImportState.DISCARDED, rows=[])


def _write(lines: Sequence[Line], producer_id: int, now: datetime) -> None:
    wanted = {line.values["product"]: line for line in lines}
    products = Product.objects.bulk_create(
        [_product(line, producer_id, now) for line in wanted.values()],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["producer", "reference"],
        update_fields=[*(k.removesuffix("_id") for k in _PRODUCT), "allergens", "is_active", "updated_at"],
    )
    keys = {product.reference: product.pk for product in products}
    _write_labels(wanted, keys)
    ProductFormat.objects.bulk_create(
        [_format(line, keys[line.values["product"]]) for line in lines],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["product", "reference"],
        update_fields=["name", *_FORMAT],
    )


def _product(line: Line, producer_id: int, now: datetime) -> Product:
    return Product(
        producer_id=producer_id,
        reference=line.values["product"],
        allergens=list(line.values["allergens"]),
        is_active=line.values["product_active"],
        updated_at=now,
        **{key: line.values[key] for key in _PRODUCT},
    )


def _format(line: Line, product_id: int) -> ProductFormat:
    values = {key: line.values[key] for key in _FORMAT}
    return ProductFormat(
        product_id=product_id, reference=line.values["reference"], name=line.values["format"], **values
    )


def _write_labels(wanted: dict[str, Line], keys: dict[str, int]) -> None:
    changed = {
        keys[reference]: line.values["labels"]
        for reference, line in wanted.items()
        if line.held_labels != line.values["labels"]
    }
    if not changed:
        return
    labels = dict(Label.objects.values_list("code", "pk"))
    ProductLabel.objects.filter(product_id__in=changed).delete()
    ProductLabel.objects.bulk_create(
        (
            ProductLabel(product_id=product, label_id=labels[code], certifier=certifier)
            for product, codes in changed.items()
            for code, certifier in codes.items()
        ),
        batch_size=2000,
    )
