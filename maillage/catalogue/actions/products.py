"""Writing products and their formats."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import IO, Any
from uuid import UUID

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from maillage.core.actions import NotOurs, Refused, action, locked
from maillage.core.events import publish
from maillage.directory.types import Account

from .. import access, pictures
from ..models import Label, Product, ProductFormat, ProductLabel
from ..types import FormatData, ProductData, ProductPictured


class ReferenceTaken(Refused):
    """Another product of the producer, or another format of the product, has this reference."""


class CertifierMissing(Refused):
    """A label that is worth nothing without a certifier has none."""


class NoFormat(Refused):
    """A product has at least one format."""


@action(access.a_product)
def save_product(
    *,
    producer_id: int,
    data: ProductData,
    formats: Sequence[FormatData],
    removed: Sequence[UUID] = (),
    product_id: int | None = None,
    by: Account | None,
) -> Product:
    """Create a product (`product_id` None) or change it, with its labels and formats.

    `formats` are created or changed; those of `removed` are deleted, or put off sale when an offer or an order
    refers to them; others stay as they are. Raises ReferenceTaken, CertifierMissing, NoFormat.
    """
    others = Product.objects.filter(producer_id=producer_id, reference=data.reference)
    if (others.exclude(pk=product_id) if product_id else others).exists():
        raise ReferenceTaken(_("Un autre de vos produits a déjà la référence « %s ».") % data.reference)
    values = {k: v for k, v in asdict(data).items() if k != "labels"} | {"allergens": list(data.allergens)}
    if product_id is None:
        product = Product.objects.create(producer_id=producer_id, **values)
    else:
        product = locked(Product, product_id)
        check_producer(product, producer_id)
        for name, value in values.items():
            setattr(product, name, value)
        product.save()
    save_labels(product, data.labels)
    _save_formats(product, formats, removed)
    return product


def check_producer(product: Product, producer_id: int) -> None:
    """Raises NotOurs for a product of another producer."""
    if product.producer_id != producer_id:
        raise NotOurs(_("Ce produit n'est pas de ce producteur. Rechargez la page et recommencez."))


def save_labels(product: Product, labels: dict[str, str]) -> None:
    """Give the product these labels (code: certifier) and no others. Raises CertifierMissing."""
    known = {label.code: label for label in Label.objects.filter(code__in=labels)}
    for code, label in known.items():
        if label.needs_certifier and not labels[code].strip():
            raise CertifierMissing(_("L'étiquette « %s » demande le nom d'un certificateur.") % label)
    held = {p.label_id: p for p in ProductLabel.objects.filter(product=product)}
    wanted = {label.pk: labels[code].strip() for code, label in known.items()}
    if {pk: p.certifier for pk, p in held.items()} != wanted:
        ProductLabel.objects.filter(product=product).delete()
        ProductLabel.objects.bulk_create(
            ProductLabel(product=product, label_id=pk, certifier=certifier) for pk, certifier in wanted.items()
        )


def _save_formats(product: Product, formats: Sequence[FormatData], removed: Sequence[UUID]) -> None:
    held = {f.public_id: f for f in ProductFormat.objects.filter(product=product).order_by("pk")}
    for public_id in removed:
        if public_id in held:
            _remove(held.pop(public_id))
    references = {f.public_id: f.reference for f in held.values()}
    for n, data in enumerate(formats):
        references[data.public_id or UUID(int=n)] = data.reference
    if not references:
        raise NoFormat(_("Ajoutez au moins un format : c'est lui que les membres commandent."))
    if len(set(references.values())) < len(references):
        raise ReferenceTaken(_("Deux formats de ce produit ont la même référence. Donnez à chacun la sienne."))
    for data in formats:
        values: dict[str, Any] = {k: v for k, v in asdict(data).items() if k != "public_id"}
        known = held.get(data.public_id) if data.public_id else None
        fmt = known or ProductFormat(product=product)
        if known is None or any(getattr(known, k) != v for k, v in values.items()):
            for name, value in values.items():
                setattr(fmt, name, value)
            fmt.save()


def _remove(fmt: ProductFormat) -> None:
    try:
        with transaction.atomic():
            fmt.delete()
    except ProtectedError:
        ProductFormat.objects.filter(pk=fmt.pk).update(is_active=False)


@action(access.product)
def set_picture(*, product_id: int, file: IO[bytes] | None, by: Account | None) -> str:
    """Keep a picture for the product (None: remove it); return its stored name. Raises pictures.BadPicture."""
    name = pictures.store(file) if file is not None else ""
    product = locked(Product, product_id)
    product.picture.name = name
    product.save(update_fields=["picture", "updated_at"])
    publish(ProductPictured(product_id=product_id))
    return name
