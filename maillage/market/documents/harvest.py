"""Everything that the cycle needs, by producer: what to expect at the door."""

from itertools import groupby

from django.db.models import Sum
from django.utils.translation import gettext as _

from maillage.core import pdf

from ..models import Document
from .rows import head, live_lines, marks, quantity, weight_of


def as_pdf(document: Document) -> bytes:
    rows = list(
        live_lines(document.cycle)
        .values(
            "offer__producer_name",
            "producer_id",
            "offer_id",
            "offer__product_name",
            "offer__format_name",
            "offer__temperature",
            "offer__by_weight",
        )
        .annotate(pieces=Sum("quantity"), weight=Sum("estimated_weight"))
        .order_by("offer__producer_name", "producer_id", "offer__product_name", "offer_id")
    )
    producers = []
    for (_key, name), lines in groupby(rows, key=lambda r: (r["producer_id"], r["offer__producer_name"])):
        producers.append(
            {
                "name": name,
                "rows": [
                    [
                        line["offer__temperature"],
                        line["offer__product_name"],
                        line["offer__format_name"],
                        quantity(line["pieces"]),
                        weight_of(line["pieces"], by_weight=line["offer__by_weight"], estimated=line["weight"]),
                    ]
                    for line in lines
                ],
            }
        )
    data = head(
        document.cycle,
        title=_("Totaux de récolte"),
        producers=producers,
        marks=marks(),
        words={
            "temperature": _("Température"),
            "product": _("Produit"),
            "format": _("Format"),
            "pieces": _("Quantité"),
            "weight": _("Poids estimé"),
            "received": _("Reçu"),
            "nothing": _("Rien de vendu dans ce cycle."),
        },
    )
    return pdf.render("market/harvest.typ", data, apart=True)
