"""A slip for each member of a point, in their language: what they get, what they pay."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from maillage.core import pdf

from ..models import Document, Order, PaymentMethod
from .rows import PACK, head, hours, live_lines, live_orders, marks, money, quantity, weight_of


def as_pdf(document: Document) -> bytes:
    assert document.slot is not None
    lines = _lines(document)
    orders = list(live_orders(document.cycle, slot_id=document.slot_id).select_related("person", "buyer"))
    languages = {order.pk: order.person.language for order in orders}
    words = {}
    for language in sorted(set(languages.values())):
        with translation.override(language):
            words[language] = _words(document)
    data = head(
        document.cycle,
        title=_("Bons des membres"),
        slot=document.slot.name,
        slips=[_slip(order, lines[order.pk], languages[order.pk]) for order in orders],
        words=words,
        nothing=_("Aucune commande à ce point."),
    )
    return pdf.render("market/member_slips.typ", data, tagged=False, apart=True)


def _words(document: Document) -> dict[str, Any]:
    """What the slips of one language say."""
    assert document.slot is not None
    return {
        "cycle": _("Cycle %(number)s") % {"number": document.cycle.number},
        "hours": hours(document.slot),
        "marks": marks(),
        "payments": {value: str(label) for value, label in PaymentMethod.choices},
        "goods": _("Produits"),
        "tps": _("TPS"),
        "tvq": _("TVQ"),
        "deposits": _("Consignes"),
        "delivery": _("Livraison"),
        "total": _("Total"),
        "payment": _("Paiement"),
    }


def _lines(document: Document) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    rows = (
        live_lines(document.cycle, order__slot_id=document.slot_id)
        .annotate(pack=PACK)
        .order_by("order__number", "offer__temperature", "offer__product_name", "pk")
        .values_list(
            "order_id",
            "offer__temperature",
            "pack",
            "offer__product_name",
            "offer__format_name",
            "offer__by_weight",
            "estimated_weight",
            "goods",
        )
    )
    for order_id, *line in rows.iterator():
        found[order_id].append(line)
    return found


def _slip(order: Order, lines: list[Any], language: str) -> dict[str, Any]:
    amounts = [(name, getattr(order, name)) for name in ("goods", "tps", "tvq", "deposits", "delivery")]
    with translation.override(language):
        return {
            "lang": language,
            "number": str(order.number),
            "name": _("%(organisation)s, par %(person)s")
            % {"organisation": order.holder_name, "person": order.person.name}
            if order.buyer_id
            else order.holder_name,
            "lines": [_line(*line) for line in lines],
            "amounts": [[name, money(amount)] for name, amount in amounts if amount or name == "goods"],
            "total": money(order.total),
            "payment": order.payment_method,
            "note": order.note,
        }


def _line(
    temperature: str,
    pieces: Decimal,
    product: str,
    kind: str,
    by_weight: bool,
    weight: Decimal | None,
    goods: Decimal,
) -> list[str]:
    weighs = weight_of(pieces, by_weight=by_weight, estimated=weight)
    return [temperature, quantity(pieces), product, " ".join(filter(None, [kind, weighs])), money(goods)]
