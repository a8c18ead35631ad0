"""Checkout in one page, and its confirmation."""

import uuid
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from maillage.core.actions import Refused
from maillage.core.memo import Memo
from maillage.core.money import ZERO
from maillage.directory.types import SignedIn
from maillage.payments.queries import card_is_offered

from ..actions import carts, orders
from ..drafting import Draft
from ..models import PaymentMethod
from ..queries import orders as queries
from ..queries import shop as shop_queries
from ..queries.orders import SlotChoice
from ..queries.shop import Shop
from .card import to_card_page


@dataclass
class Form:
    """What the member filled in, as it comes back with a refusal."""

    slot: str = ""
    method: str = ""
    address: str = ""
    postal_code: str = ""
    note: str = ""
    buyer: str = ""
    key: uuid.UUID = field(default_factory=uuid.uuid4)
    expected: Decimal | None = None

    @classmethod
    def read(cls, data: Any) -> "Form":
        return cls(
            slot=data.get("slot", ""),
            method=data.get("method", ""),
            address=data.get("address", "")[:200],
            postal_code=data.get("postal_code", "")[:7],
            note=data.get("note", "")[:280],
            buyer=data.get("buyer", "")[:20],
            key=_uuid(data.get("key")) or uuid.uuid4(),
            expected=_amount(data.get("expected")),
        )


@require_http_methods(["GET", "POST"])
def checkout(request: SignedIn, slug: str) -> HttpResponse:
    now = timezone.now()
    shop = shop_queries.shop_of(user=request.user, slug=slug, now=now)
    if shop.cycle_id is None or not shop.is_open(now):
        if request.method == "POST" and (done := _done_already(request, shop)):
            return done
        messages.warning(request, _("Les commandes sont fermées pour le moment."))
        return redirect("market:shop", slug=slug)
    if request.method == "POST":
        return _place(request, shop, Form.read(request.POST))
    return _page(request, shop, None)


def _place(request: SignedIn, shop: Shop, form: Form) -> HttpResponse:
    assert shop.cycle_id is not None
    if shop.person_id is None:
        return redirect("directory:me")
    now, slot = timezone.now(), _slot_id(form.slot)
    if request.POST.get("rest"):
        carts.keep_what_is_left(
            person_id=shop.person_id, cycle_id=shop.cycle_id, order_id=shop.order_id, now=now, by=request.user
        )
    try:
        if form.buyer != str(shop.buyer_id or ""):
            raise orders.NameChanged(_in_the_name_of(shop))
        if not slot:
            raise orders.SlotFull
        placed = orders.place_order(
            person_id=shop.person_id,
            cycle_id=shop.cycle_id,
            slot_id=slot,
            payment_method=form.method,
            key=form.key,
            now=now,
            by=request.user,
            delivery_address=form.address,
            delivery_postal_code=form.postal_code,
            note=form.note,
            expected=form.expected,
            buyer_id=shop.buyer_id,
        )
    except Refused as refused:
        return _page(request, shop, form, refused)
    if placed.merged:
        messages.success(request, _("Ces produits sont ajoutés à votre commande de ce cycle."))
    if form.method == PaymentMethod.CARD:
        view = queries.order_for(user=request.user, public_id=placed.public_id)
        return to_card_page(request, view.order)
    return redirect("market:order", public_id=placed.public_id)


def _in_the_name_of(shop: Shop) -> str:
    if shop.buyer_name:
        text = _("Cette commande serait maintenant au nom de « %(name)s ». Vérifiez-la, puis confirmez.")
        return text % {"name": shop.buyer_name}
    return _("Cette commande serait maintenant à votre propre nom. Vérifiez-la, puis confirmez.")


def _done_already(request: SignedIn, shop: Shop) -> HttpResponse | None:
    """The answer to a form sent twice around the close: the order that its key placed."""
    order = queries.order_of_key(user=request.user, key=Form.read(request.POST).key)
    return redirect("market:order", public_id=order) if order else None


def _page(request: SignedIn, shop: Shop, form: Form | None, refused: Refused | None = None) -> HttpResponse:
    assert shop.cycle_id is not None
    slots = queries.slots_of(cycle_id=shop.cycle_id)
    form = form or _first_form(request, shop, slots)
    slot = next((s for s in slots if str(s.id) == form.slot), None)
    short = isinstance(refused, orders.SoldOut)
    draft = queries.cart_draft(shop=shop, delivery=slot.fee if slot else ZERO, trim=True)
    if not draft.changed and not draft.shortages:
        messages.info(request, _("Votre panier est vide."))
        return redirect("market:cart", slug=shop.slug)
    before = queries.total_of(shop)
    account = queries.account_in(shop)
    balance = (account.balance if account else ZERO) - before
    if not form.method:
        form.method = _first_method(shop, balance + draft.totals.total)
    need = draft.crates()
    context = {
        "shop": shop,
        "form": form,
        "draft": draft,
        "kept": draft.kept,
        "shortages": draft.shortages,
        "sold_out": short,
        "rest": bool(draft.shortages),
        "slots": [_pick(_choice(s, need, form, draft)) for s in slots if s.zone is None],
        "zones": [_pick(_choice(s, need, form, draft)) for s in slots if s.zone is not None],
        "methods": _methods(shop, balance, draft),
        "account": account,
        "balance": balance,
        "due": max(balance + draft.totals.total, ZERO),
        "refused": str(refused) if refused else "",
        "new_key": uuid.uuid4() if short else form.key,
    }
    return render(request, "market/checkout.html", context, status=409 if refused else 200)


@dataclass(frozen=True)
class _Choice:
    """A slot of the page: whether it can be taken, and what the order would cost there."""

    slot: SlotChoice
    chosen: bool
    missing: list[str]
    total: Decimal
    short_of_minimum: Decimal

    @property
    def closed(self) -> bool:
        return bool(self.missing) or (self.slot.full and not self.chosen) or self.short_of_minimum > 0


_TOTAL = "\x01"
"""Stands in a choice's markup for what the order would cost there."""
_picks: Memo[str] = Memo(2048)


def _pick(choice: _Choice) -> SafeString:
    """The choice's markup, kept by what it shows."""
    left = choice.slot.places_left
    slot = choice.slot._replace(crates=None, zone_prefixes=None, places_left=None if left is None else min(left, 11))
    prefixes = tuple(choice.slot.zone_prefixes or ())
    key = (slot, prefixes, choice.chosen, tuple(choice.missing), choice.short_of_minimum, get_language())

    def make() -> str:
        return render_to_string("market/checkout_slot.html", {"c": choice, "total": _TOTAL})

    markup = make() if settings.DEBUG else _picks.get(key, make)
    return mark_safe(markup.replace(_TOTAL, str(choice.total)))  # noqa: S308 - rendered by a template, and a number


def _choice(slot: SlotChoice, need: dict[str, Decimal], form: Form, draft: Draft) -> _Choice:
    from ..pricing import order_totals

    totals = order_totals(((line.amounts, line.tax_class) for line in draft.lines), slot.fee)
    short = max(slot.minimum - totals.goods, ZERO)
    return _Choice(slot, str(slot.id) == form.slot, slot.missing(need), totals.total, short)


def _first_form(request: SignedIn, shop: Shop, slots: list[SlotChoice]) -> Form:
    """The choices of the order that will grow, or of the last one; else the first slot that has room."""
    known = queries.choices_of(shop)
    form = Form()
    if known is not None:
        form.address, form.postal_code, form.note = known.address, known.postal_code, known.note
        same = [s for s in slots if s.id == known.slot_id] or [s for s in slots if s.name == known.slot_name]
        if same and (known.is_live or not same[0].full):
            form.slot = str(same[0].id)
        if known.method in shop.payment_methods:
            form.method = known.method
    if request.GET.get("slot") in {str(s.id) for s in slots}:
        form.slot = request.GET["slot"]
    if not form.slot:
        form.slot = next((str(s.id) for s in slots if not s.full and s.zone is None), "")
    return form


def _first_method(shop: Shop, due: Decimal) -> str:
    if PaymentMethod.BALANCE.value in shop.payment_methods and due <= shop.credit_limit:
        return PaymentMethod.BALANCE.value
    return next((m for m in shop.payment_methods if m != PaymentMethod.BALANCE), "")


def _methods(shop: Shop, balance: Decimal, draft: Draft) -> list[dict[str, Any]]:
    short = balance + draft.totals.total - shop.credit_limit
    texts = {
        PaymentMethod.BALANCE: _("Le montant est pris à votre compte du marché."),
        PaymentMethod.INTERAC: _("Une référence à recopier dans votre virement s’affiche après la commande."),
        PaymentMethod.PICKUP: _("Vous payez en venant chercher votre commande."),
        PaymentMethod.CARD: _("Vous payez par carte sur une page sécurisée après la commande."),
    }
    return [
        {
            "value": method.value,
            "label": capfirst(str(method.label)),
            "text": texts[method],
            "closed": method == PaymentMethod.BALANCE and short > 0,
            "short": short,
        }
        for method in PaymentMethod
        if method in shop.payment_methods and (method != PaymentMethod.CARD or card_is_offered())
    ]


def _slot_id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


def _uuid(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None


def _amount(text: str | None) -> Decimal | None:
    try:
        amount = Decimal(text or "")
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None
