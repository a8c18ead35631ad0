"""The page of a product in the shop: what it is, who makes it, and what one pays for each of its formats."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from maillage.catalogue import pictures
from maillage.catalogue.models import Allergen, Product

from ..models import MarginMode
from ..price_tags import price_tag
from ..queries import products as queries
from ..queries import shop as shop_queries
from ..queries.shop import FEW, OfferRow, Shop
from .shop import plain


@require_GET
@login_not_required
def product(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    now = timezone.now()
    shop = shop_queries.shop_of(user=request.user, slug=slug, now=now)
    view = queries.product_of(shop=shop, public_id=public_id)
    cart = shop_queries.cart_summary(cycle_id=shop.cycle_id, person_id=shop.person_id)
    product = view.product
    context = {
        "shop": shop,
        "product": product,
        "picture": pictures.html(product.picture.name or "", icon=_icon(product), small=False, lazy=False),
        "formats": [_format(row, cart.quantities.get(row.id), shop) for row in view.offers],
        "open": shop.is_open(now),
        "cart": cart,
        "season": season_of(product),
        "allergens": [str(Allergen(code).label) for code in product.allergens],
        "place": product.producer.municipality or product.producer.mrc,
    }
    return render(request, "market/product.html", context)


def _icon(product: Product) -> str:
    parent = product.category.parent
    return product.category.icon or (parent.icon if parent else "")


def season_of(product: Product) -> str:
    """Its months, in words; nothing for what is sold all year round."""
    if product.season_from is None or product.season_to is None:
        return ""
    names = {"first": MONTHS[product.season_from], "last": MONTHS[product.season_to]}
    return _("%(first)s à %(last)s") % names if product.season_from != product.season_to else str(names["first"])


def _format(row: OfferRow, held: Decimal | None, shop: Shop) -> dict[str, Any]:
    tag, few = price_tag(row), row.left if row.left is not None and row.left <= FEW else None
    kept = _("Gardé par le marché") if shop.margin_mode == MarginMode.RETAINED else _("Ajouté par le marché")
    parts = [(_("À la ferme"), tag.producer), (kept, tag.margin)]
    parts += [(_("TPS et TVQ en sus"), tag.taxes)] if tag.taxes else []
    parts += [(_("Consigne en sus"), row.deposit)] if row.deposit else []
    return {
        "offer": row,
        "tag": tag,
        "parts": parts,
        "few": few,
        "out": few is not None and few < row.step,
        "quantity": plain(held) if held else "0",
        "step": plain(row.step),
        "most": plain(row.max_per_member) if row.max_per_member is not None else "",
    }
