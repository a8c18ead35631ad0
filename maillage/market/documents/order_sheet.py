"""What a producer brings: one line a format, as PDF and as a spreadsheet."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _

from maillage.core import pdf
from maillage.core.sheets import Column, write_xlsx

from ..models import Document
from .rows import head, live_lines, marks, money, quantity, weight_of


def sold_lines(document: Document) -> list[dict[str, Any]]:
    """Totals by format of the document's producer: pieces, estimated kg, dollars to receive."""
    lines = live_lines(document.cycle, producer_id=document.producer_id)
    rows: Any = (
        lines.values(
            "offer_id",
            "offer__product_name",
            "offer__format_name",
            "offer__temperature",
            "offer__by_weight",
            "offer__producer_price",
            "offer__format__product__reference",
            "offer__format__reference",
        )
        .annotate(pieces=Sum("quantity"), weight=Sum("estimated_weight"), amount=Sum("producers"))
        .order_by("offer__temperature", "offer__product_name", "offer_id")
    )
    return list(rows)


def as_pdf(document: Document) -> bytes:
    assert document.producer is not None
    rows = sold_lines(document)
    sections: dict[str, list[list[str]]] = defaultdict(list)
    for row in rows:
        sections[row["offer__temperature"]].append(
            [
                row["offer__product_name"],
                row["offer__format_name"],
                quantity(row["pieces"]),
                weight_of(row["pieces"], by_weight=row["offer__by_weight"], estimated=row["weight"]),
                money(row["amount"]),
            ]
        )
    data = head(
        document.cycle,
        title=_("Bon de commande"),
        producer=document.producer.name,
        sections=[{"temperature": t, "rows": sections[t]} for t in marks() if t in sections],
        marks=marks(),
        total=money(sum((row["amount"] for row in rows), Decimal(0))),
        words={
            "product": _("Produit"),
            "format": _("Format"),
            "pieces": _("Quantité"),
            "weight": _("Poids estimé"),
            "amount": _("À recevoir"),
            "total": _("Total à recevoir, avant ajustements"),
            "to_bring": _("À livrer pour"),
            "note": _("Le poids final des produits pesés fixe ce que vous recevez."),
            "nothing": _("Rien de vendu dans ce cycle."),
        },
    )
    return pdf.render("market/order_sheet.typ", data)


def as_xlsx(document: Document) -> bytes:
    assert document.producer is not None
    words = marks()
    columns = [
        Column(_("Référence")),
        Column(_("Produit"), width=36),
        Column(_("Format"), width=22),
        Column(_("Température")),
        Column(_("Quantité"), "number"),
        Column(_("Poids estimé (kg)"), "number"),
        Column(_("Prix unitaire"), "price"),
        Column(_("À recevoir"), "money"),
    ]
    totals = [
        (
            " ".join(filter(None, [row["offer__format__product__reference"], row["offer__format__reference"]])),
            row["offer__product_name"],
            row["offer__format_name"],
            words[row["offer__temperature"]],
            row["pieces"],
            row["weight"] if row["offer__by_weight"] else None,
            row["offer__producer_price"],
            row["amount"],
        )
        for row in sold_lines(document)
    ]
    by_slot = (
        live_lines(document.cycle, producer_id=document.producer_id)
        .values_list("order__slot__name", "offer__product_name", "offer__format_name")
        .annotate(pieces=Sum("quantity"))
        .order_by("order__slot__name", "offer__product_name", "offer__format_name")
    )
    return write_xlsx(
        [
            (_("À livrer"), columns, totals),
            (
                _("Par point"),
                [
                    Column(_("Point ou zone"), width=28),
                    Column(_("Produit"), width=36),
                    Column(_("Format"), width=22),
                    Column(_("Quantité"), "number"),
                ],
                by_slot,
            ),
        ],
        title=f"{document.cycle.market.name} {document.cycle.number} — {document.producer.name}",
        made_on=document.cycle.delivered_on,
    )
