"""For one point and one temperature: each product, and the orders that it goes to; a short one as it was shared."""

from collections import defaultdict
from decimal import Decimal

from django.utils.translation import gettext as _

from maillage.core import pdf
from maillage.core.quantity import Temperature

from ..models import Document
from .rows import PACK, head, hours, live_lines, quantity


def as_pdf(document: Document) -> bytes:
    assert document.slot is not None
    names: dict[int, list[str]] = {}
    orders: dict[int, list[tuple[int, Decimal]]] = defaultdict(list)
    lines = live_lines(document.cycle, order__slot_id=document.slot_id, offer__temperature=document.temperature)
    packed = lines.annotate(pack=PACK).filter(pack__gt=0)
    packed = packed.order_by("offer__producer_name", "offer__product_name", "offer_id", "order__number")
    for offer_id, product, kind, producer, number, pieces in packed.values_list(
        "offer_id",
        "offer__product_name",
        "offer__format_name",
        "offer__producer_name",
        "order__number",
        "pack",
    ).iterator():
        names[offer_id] = [product, kind, producer]
        orders[offer_id].append((number, pieces))
    rows = [
        [
            *names[offer_id],
            quantity(sum((pieces for _number, pieces in given), Decimal(0))),
            [[str(number), quantity(pieces)] for number, pieces in given],
        ]
        for offer_id, given in orders.items()
    ]
    data = head(
        document.cycle,
        title=_("Liste de préparation"),
        slot=document.slot.name,
        hours=hours(document.slot),
        temperature=document.temperature,
        word=str(Temperature(document.temperature).label),
        rows=rows,
        words={
            "product": _("Produit"),
            "producer": _("Producteur"),
            "total": _("Total"),
            "orders": _("Commandes (numéro × quantité)"),
            "nothing": _("Rien à cette température."),
        },
    )
    return pdf.render("market/pick_list.typ", data, tagged=False, apart=True)
