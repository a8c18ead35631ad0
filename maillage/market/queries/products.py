"""A product in the shop of a market: what it is, who makes it, its formats of the cycle. For anyone, as the shop is."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch
from django.http import Http404

from maillage.catalogue.models import Product, ProductLabel

from .. import sql
from ..models import CycleState, Offer
from .shop import OFFER_COLUMNS, OfferRow, Shop, offer_row


@dataclass(frozen=True)
class ProductView:
    """`offers` is empty when the market offers none of its formats now."""

    product: Product
    offers: list[OfferRow]


_OFFERS = f"""
SELECT {OFFER_COLUMNS} FROM market_offer
WHERE cycle_id = %(cycle)s AND is_open
  AND format_id IN (SELECT id FROM catalogue_productformat WHERE product_id = %(product)s)
ORDER BY format_id
"""  # noqa: S608 - the columns of the shop's own list


def product_of(*, shop: Shop, public_id: UUID) -> ProductView:
    """A product that the market offers now, or offered in a cycle that was open once and that is still sold; Http404
    for any other: what a producer prepares, or sells elsewhere, is not shown here. Three statements.
    """
    labels = Prefetch("product_labels", ProductLabel.objects.select_related("label").order_by("label__name"))
    product = (
        Product.objects.select_related("category__parent", "origin", "producer__municipality", "producer__mrc")
        .prefetch_related(labels)
        .filter(public_id=public_id, is_active=True)
        .filter(Exists(_shown(shop)))
        .first()
    )
    if product is None:
        raise Http404
    return ProductView(product, _offers(shop, product.pk))


def _shown(shop: Shop) -> Any:
    once_open = Offer.objects.filter(format__product=OuterRef("pk"), cycle__market_id=shop.market_id, is_open=True)
    return once_open.exclude(cycle__state=CycleState.DRAFT)


def _offers(shop: Shop, product_id: int) -> list[OfferRow]:
    if shop.cycle_id is None or shop.state != CycleState.OPEN:
        return []
    return [offer_row(row) for row in sql.rows(_OFFERS, {"cycle": shop.cycle_id, "product": product_id})]
