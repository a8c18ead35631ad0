"""A slip for each member of a point: what they ordered, what they pay."""

from collections import defaultdict
from typing import Any

from django.utils.translation import gettext as _

from maillage.core import pdf

from ..models import Document, Order
from .rows import head, hours, live_lines, live_orders, marks, money, quantity, weight_of


def as_pdf(document: Document) -> bytes:
    assert document.slot is not None
    lines = _lines(document)
    orders = live_orders(document.cycle, slot_id=document.slot_id).select_related("person")
    data = head(
        document.cycle,
        title=_("Bons des membres"),
        slot=document.slot.name,
        hours=hours(document.slot),
        slips=[_slip(order, lines[order.pk]) for order in orders],
        marks=marks(),
        words={
            "number": _("Commande"),
            "goods": _("Produits"),
            "tps": _("TPS"),
            "tvq": _("TVQ"),
            "deposits": _("Consignes"),
            "delivery": _("Livraison"),
            "total": _("Total"),
            "payment": _("Paiement"),
            "nothing": _("Aucune commande à ce point."),
        },
    )
    return pdf.render("market/member_slips.typ", data, tagged=False, apart=True)


def _lines(document: Document) -> dict[int, list[list[str]]]:
    found: dict[int, list[list[str]]] = defaultdict(list)
    rows = (
        live_lines(document.cycle, order__slot_id=document.slot_id)
        .order_by("order__number", "offer__temperature", "offer__product_name", "pk")
        .values_list(
            "order_id",
            "offer__temperature",
            "quantity",
            "offer__product_name",
            "offer__format_name",
            "offer__by_weight",
            "estimated_weight",
            "goods",
        )
    )
    for order_id, temperature, pieces, product, kind, by_weight, weight, goods in rows.iterator():
        found[order_id].append(
            [
                temperature,
                quantity(pieces),
                product,
                " ".join(filter(None, [kind, weight_of(pieces, by_weight=by_weight, estimated=weight)])),
                money(goods),
            ]
        )
    return found


def _slip(order: Order, lines: list[list[str]]) -> dict[str, Any]:
    amounts = [(name, getattr(order, name)) for name in ("goods", "tps", "tvq", "deposits", "delivery")]
    return {
        "number": str(order.number),
        "name": order.person.name,
        "lines": lines,
        "amounts": [[name, money(amount)] for name, amount in amounts if amount or name == "goods"],
        "total": money(order.total),
        "payment": str(order.get_payment_method_display()),
        "note": order.note,
    }
