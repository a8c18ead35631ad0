"""The shop and the cart. The shop is public; the cart asks to sign in."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from maillage.catalogue import pictures
from maillage.core.memo import Memo
from maillage.core.money import ZERO
from maillage.core.typed import next_path
from maillage.directory.types import SignedIn

from ..actions import carts
from ..price_tags import price_tag
from ..queries import orders as order_queries
from ..queries import shop as queries
from ..queries.shop import FEW, Aisle, CartSummary, Facets, Filters, OfferRow, Shop

_QUANTITY = "\x01"
"""Stands in a card's markup for the pieces that the cart holds."""


@require_GET
@login_not_required
def markets(request: HttpRequest) -> HttpResponse:
    return render(request, "market/markets.html", {"markets": queries.visible_markets(now=timezone.now())})


@require_GET
@login_not_required
def market(request: HttpRequest, slug: str) -> HttpResponse:
    now = timezone.now()
    shop = queries.shop_of(user=request.user, slug=slug, now=now)
    slots = order_queries.slots_of(cycle_id=shop.cycle_id) if shop.cycle_id else []
    return render(request, "market/market.html", {"shop": shop, "slots": slots, "open": shop.is_open(now)})


@require_GET
@login_not_required
def shop(request: HttpRequest, slug: str) -> HttpResponse:
    now, filters = timezone.now(), Filters.read(request.GET)
    shop = queries.shop_of(user=request.user, slug=slug, now=now)
    if shop.cycle_id is None or shop.offers_version is None or shop.state != "open":
        return render(request, "market/shop_closed.html", {"shop": shop, "account": order_queries.account_in(shop)})
    facets = queries.facets_of(cycle_id=shop.cycle_id, version=shop.offers_version)
    page = queries.offers_page(cycle_id=shop.cycle_id, filters=filters, facets=facets)
    cart = queries.cart_summary(cycle_id=shop.cycle_id, person_id=shop.person_id)
    links, aisle = _links(request.GET, page), facets.by_slug.get(filters.category)
    context = {
        "shop": shop,
        "account": order_queries.account_in(shop),
        "filters": filters,
        "page": page,
        "cart": cart,
        "open": shop.is_open(now),
        "cards": _cards(page.rows, facets, cart, shop),
        "aisle": aisle,
        "links": links,
        "browse": _browse((shop.cycle_id, shop.offers_version), facets, filters, links, aisle),
    }
    return render(request, "market/shop.html", context)


@require_http_methods(["GET", "POST"])
def cart(request: SignedIn, slug: str) -> HttpResponse:
    """GET: the member's cart. POST: any number of `q-<offer>` quantities, and perhaps `change=<offer>:<pieces>`."""
    now = timezone.now()
    shop = queries.shop_of(user=request.user, slug=slug, now=now)
    if request.method == "POST":
        return _fill(request, shop)
    draft = order_queries.cart_draft(shop=shop) if shop.cycle_id and shop.person_id else None
    context = {
        "shop": shop,
        "account": order_queries.account_in(shop),
        "lines": [line for line in draft.lines if line.row.wanted] if draft else [],
        "shortages": {short.offer_id: short for short in draft.shortages} if draft else {},
        "goods": sum((line.amounts.goods for line in draft.lines if line.row.wanted), ZERO) if draft else ZERO,
        "open": shop.is_open(now),
    }
    return render(request, "market/cart.html", context)


def _fill(request: SignedIn, shop: Shop) -> HttpResponse:
    if shop.cycle_id is None or not shop.is_open(timezone.now()):
        messages.warning(request, _("Les commandes sont fermées pour le moment."))
        return redirect("market:shop", slug=shop.slug)
    if shop.person_id is None:
        messages.warning(request, _("Complétez votre profil pour remplir un panier."))
        return redirect("directory:me")
    quantities = read_quantities(request.POST)
    if quantities:
        carts.fill(
            person_id=shop.person_id, cycle_id=shop.cycle_id, quantities=quantities, now=timezone.now(), by=request.user
        )
    if request.htmx:
        summary = queries.cart_summary(cycle_id=shop.cycle_id, person_id=shop.person_id)
        return render(request, "market/shop.html#summary", {"shop": shop, "cart": summary, "open": True})
    return redirect(next_path(request, reverse("market:cart", args=[shop.slug])))


@require_POST
def again(request: SignedIn, slug: str) -> HttpResponse:
    """Fill the cart with what the member had last time; say what is not offered any more."""
    now = timezone.now()
    shop = queries.shop_of(user=request.user, slug=slug, now=now)
    if shop.cycle_id is None or shop.person_id is None or not shop.is_open(now):
        return redirect("market:shop", slug=slug)
    last = queries.last_time(market_id=shop.market_id, cycle_id=shop.cycle_id, holder=shop.holder or shop.person_id)
    if last.quantities:
        carts.fill(
            person_id=shop.person_id, cycle_id=shop.cycle_id, quantities=last.quantities, now=now, by=request.user
        )
        many = len(last.quantities)
        text = ngettext("%(many)s produit remis dans le panier.", "%(many)s produits remis dans le panier.", many)
        messages.success(request, text % {"many": many})
    if last.gone:
        messages.warning(request, _("Plus offerts ce cycle-ci : %(names)s.") % {"names": ", ".join(last.gone)})
    if not last.quantities and not last.gone:
        messages.info(request, _("Vous n’avez pas encore commandé dans ce marché."))
        return redirect("market:shop", slug=slug)
    return redirect("market:cart", slug=slug)


@require_POST
def buying_for(request: SignedIn, slug: str) -> HttpResponse:
    """In whose name the member shops: `pour` is the address of one of their organisations, or empty."""
    shop = queries.shop_of(user=request.user, slug=slug, now=timezone.now())
    chosen = request.POST.get("pour", "")
    theirs = {str(buyer["id"]) for buyer in shop.buyers or []}
    if shop.person_id is not None and (chosen in theirs or not chosen):
        carts.buy_for(
            person_id=shop.person_id,
            market_id=shop.market_id,
            organisation_id=queries.organisation_key(chosen) if chosen else None,
            by=request.user,
        )
    return redirect(next_path(request, reverse("market:shop", args=[slug])))


def read_quantities(data: Mapping[str, str]) -> dict[int, Decimal]:
    """Pieces by offer from `q-<offer>` fields; `change=<offer>:<±pieces>` moves one. What is no number is ignored."""
    found: dict[int, Decimal] = {}
    for name, value in data.items():
        if name.startswith("q-") and name[2:].isascii() and name[2:].isdigit() and len(name) < 20:
            quantity = _number(value)
            if quantity is not None:
                found[int(name[2:])] = quantity
    offer, _sep, by = data.get("change", "").partition(":")
    step = _number(by)
    if offer.isascii() and offer.isdigit() and len(offer) < 18 and step is not None:
        found[int(offer)] = max(found.get(int(offer), Decimal(0)) + step, Decimal(0))
    return found


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text.strip().replace(",", ".") or "0")
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < 10**6 else None


# --- the search and the aisles: their markup is kept by the version of the offers and what was asked -----------------

_browses: Memo[SafeString] = Memo(256)


def _browse(
    version: object, facets: Facets, filters: Filters, links: dict[str, str], aisle: Aisle | None
) -> SafeString:
    def make() -> SafeString:
        return render_to_string("market/shop_browse.html", {
            "facets": facets, "filters": filters, "links": links, "aisle": aisle,
            "sorts": [("", _("Suggestions")), ("nom", _("Nom")), ("prix", _("Prix")),
                      ("unite", _("Prix au kg ou au litre")), ("producteur", _("Productrice"))],
        })  # fmt: skip

    asked = (replace(filters, page=1), links["all"], links["aisle"])
    return make() if settings.DEBUG else _browses.get((version, get_language(), asked), make)


# --- cards: their markup is kept by what they show, so that it can never be stale -----------------------------------


def _cards(rows: list[OfferRow], facets: Facets, cart: CartSummary, shop: Shop) -> list[SafeString]:
    language, names = get_language() or "fr", facets.label_names()
    cards = []
    for row in rows:
        left = row.left
        few = left if left is not None and left <= FEW else None
        shown = row._replace(quantity=None, sold=Decimal(0))
        labels = tuple(names.get(code, code) for code in row.labels)
        markup = _card(shown, few, labels, facets.icons.get(row.category_id, ""), shop.margin_mode, language, shop.slug)
        quantity = cart.quantities.get(row.id)
        cards.append(mark_safe(markup.replace(_QUANTITY, plain(quantity) if quantity else "0")))  # noqa: S308
    return cards


@lru_cache(maxsize=20_000)
def _card(
    row: OfferRow, few: Decimal | None, labels: tuple[str, ...], icon: str, margin_mode: str, language: str, slug: str
) -> str:
    return render_to_string("market/shop_card.html", {
        "o": row, "few": few, "out": few is not None and few < row.step, "labels": labels,
        "picture": pictures.html(row.picture, icon=icon), "quantity": _QUANTITY, "step": plain(row.step),
        "most": plain(row.max_per_member) if row.max_per_member is not None else "",
        "tag": price_tag(row), "on_top": margin_mode == "on_top", "slug": slug,
    })  # fmt: skip


def plain(number: Decimal) -> str:
    """A quantity as a form holds it."""
    return f"{number.normalize():f}"


def _links(query: Mapping[str, str], page: Any) -> dict[str, str]:
    """Addresses of the shop with one thing changed."""
    kept = {k: v for k, v in query.items() if v and k != "page"}

    def link(**changes: str) -> str:
        return "?" + urlencode({k: v for k, v in (kept | changes).items() if v})

    return {
        "previous": link(page=str(page.previous)),
        "next": link(page=str(page.next)),
        "all": link(rayon=""),
        "aisle": link(rayon="") + ("&" if len(kept.keys() - {"rayon"}) else "") + "rayon=",
    }
