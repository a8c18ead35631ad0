"""The list of a pickup point's volunteers (or a zone's driver): who comes, how many crates, what they owe."""

from math import ceil

from django.db.models import F, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from maillage.core import pdf
from maillage.core.quantity import Temperature

from ..models import Document, Order, PaymentMethod
from .rows import head, hours, live_lines, live_orders, marks, money


def as_pdf(document: Document) -> bytes:
    assert document.slot is not None
    crates = {
        (row["order_id"], row["offer__temperature"]): max(1, ceil(row["crates"]))
        for row in live_lines(document.cycle, order__slot_id=document.slot_id)
        .values("order_id", "offer__temperature")
        .annotate(crates=Sum(F("quantity") * F("offer__crates")))
    }
    orders = (
        live_orders(document.cycle, slot_id=document.slot_id)
        .select_related("person", "buyer")
        .order_by(Coalesce("buyer__name", "person__family_name"), "person__given_name", "number")
    )
    data = head(
        document.cycle,
        title=_("Liste du point de cueillette") if document.slot.point_id else _("Liste de livraison"),
        slot=document.slot.name,
        hours=hours(document.slot),
        rows=[
            {
                "number": str(order.number),
                "name": _last_name_first(order),
                "reach": order.person.phone,
                "address": f"{order.delivery_address} {order.delivery_postal_code}".strip(),
                "crates": [str(crates.get((order.pk, t.value), "")) for t in Temperature],
                "to_pay": money(order.total) if order.payment_method == PaymentMethod.PICKUP else "",
            }
            for order in orders
        ],
        delivery=document.slot.zone_id is not None,
        marks=marks(),
        words={
            "number": _("Nº"),
            "name": _("Nom"),
            "reach": _("Téléphone"),
            "address": _("Adresse"),
            "to_pay": _("À payer"),
            "done": _("Remis"),
            "nothing": _("Aucune commande à ce point."),
        },
    )
    return pdf.render("market/point_list.typ", data, tagged=False, apart=True)


def _last_name_first(order: Order) -> str:
    person = ", ".join(filter(None, [order.person.family_name, order.person.given_name])) or order.person.name
    return f"{order.buyer.name} ({person})" if order.buyer is not None else person
