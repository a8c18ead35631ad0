"""Crate labels of one point and one temperature, ten to a letter sheet (4 × 2 in), each with its order's QR code."""

import io
from functools import lru_cache
from math import ceil
from typing import Any
from uuid import UUID

import segno
from django.conf import settings
from django.db.models import Count, F, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from maillage.core import pdf
from maillage.core.quantity import Temperature

from ..models import Document
from .rows import head, hours, live_lines


def as_pdf(document: Document) -> bytes:
    """One label a crate; at least one for an order with a line at this temperature."""
    assert document.slot is not None
    labels: list[list[Any]] = []
    codes: list[list[int]] = []
    orders = (
        live_lines(document.cycle, order__slot_id=document.slot_id, offer__temperature=document.temperature)
        .values(
            "order__number",
            "order__public_id",
            "order__person__given_name",
            "order__person__family_name",
            "order__buyer__name",
        )
        .annotate(crates=Sum(F("quantity") * F("offer__crates")), lines=Count("pk"))
        .order_by("order__number")
    )
    for order in orders:
        codes.append(list(qr(order["order__public_id"])))
        count = max(1, ceil(order["crates"]))
        person = f"{order['order__person__given_name']} {order['order__person__family_name']}".strip()
        name = order["order__buyer__name"] or person
        labels.extend(
            [str(order["order__number"]), name, f"{index} / {count}", str(order["lines"]), len(codes) - 1]
            for index in range(1, count + 1)
        )
    data = head(
        document.cycle,
        title=_("Étiquettes de caisses"),
        slot=document.slot.name,
        hours=hours(document.slot),
        temperature=document.temperature,
        word=str(Temperature(document.temperature).label),
        labels=labels,
        codes=codes,
        words={
            "crate": pgettext("contenant", "Caisse"),
            "lines": _("Produits"),
            "nothing": _("Aucune caisse à cette température."),
        },
    )
    return pdf.render("market/labels.typ", data, tagged=False, apart=True)


def order_address(public_id: UUID) -> str:
    """What a QR code opens: the order at the desk for who works there, the order's page for its member."""
    return settings.SITE_URL + reverse("market:scan", args=[public_id])


@lru_cache(maxsize=4096)
def qr(public_id: UUID) -> bytes:
    """A PNG of one pixel a module. The mask is given: trying all eight costs ten times more and reads no better."""
    buffer = io.BytesIO()
    segno.make(order_address(public_id), error="m", micro=False, boost_error=False, mask=1).save(
        buffer, kind="png", scale=1, border=2
    )
    return buffer.getvalue()
