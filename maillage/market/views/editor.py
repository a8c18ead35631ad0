"""An order written line by line on one page: by its member who amends it, or by the market's staff for someone.

The page is sent whole; nothing is taken before it is saved. By HTMX a part comes back: the products, or the sums.
"""

import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core.actions import Refused
from maillage.core.money import ZERO
from maillage.directory.types import SignedIn
from maillage.payments.queries import card_is_offered

from ..actions import orders as actions
from ..models import Cycle, Order, PaymentMethod
from ..models.order import Party
from ..queries import counter as queries
from ..queries.orders import SlotChoice, slots_of
from .shop import read_quantities

PARTS = ("products", "sums")


class NoPlace(Refused):
    """Neither a pickup slot nor a delivery was chosen."""


@dataclass
class Form:
    """What was entered: pieces by offer, where, how it is paid."""

    quantities: dict[int, Decimal]
    slot: str = ""
    method: str = ""
    address: str = ""
    postal_code: str = ""
    note: str = ""
    revision: str = ""
    key: uuid.UUID = field(default_factory=uuid.uuid4)
    search: str = ""

    @classmethod
    def read(cls, data: Any) -> "Form":
        return cls(
            quantities={offer: q for offer, q in read_quantities(data).items() if q >= 0},
            slot=data.get("slot", ""),
            method=data.get("method", ""),
            address=data.get("address", "").strip()[:200],
            postal_code=data.get("postal_code", "").strip()[:7],
            note=data.get("note", "")[:280],
            revision=data.get("revision", ""),
            key=as_uuid(data.get("key", "")) or uuid.uuid4(),
            search=data.get("q", "").strip()[:80],
        )

    @classmethod
    def of(cls, order: Order) -> "Form":
        return cls(
            queries.held_by(order), str(order.slot_id), order.payment_method, order.delivery_address,
            order.delivery_postal_code, order.note, str(order.revision),
        )  # fmt: skip

    def place(self) -> int:
        """The slot that was chosen. Raises NoPlace."""
        if not (self.slot.isascii() and self.slot.isdigit() and len(self.slot) < 18):
            raise NoPlace(_("Choisissez le lieu et l’heure."))
        return int(self.slot)


def amend(request: SignedIn, order: Order, form: Form, *, staff: bool) -> actions.Placed:
    """Write the form over the order, whole or not at all; refuses when it changed since the page was read.

    A line that the form does not name stays as it is.
    """
    return actions.amend_order(
        order_id=order.pk, lines=queries.held_by(order) | form.quantities,
        slot_id=form.place(), payment_method=form.method,
        delivery_address=form.address, delivery_postal_code=form.postal_code, note=form.note,
        seen=int(form.revision) if form.revision.isascii() and form.revision.isdigit() else None,
        now=timezone.now(), by=request.user, staff=staff,
    )  # fmt: skip


def methods_of(cycle: Cycle, *, staff: bool, also: str = "") -> list[str]:
    """The market's ways to pay: for staff those that need no screen of the member's own, and the one of their order."""
    by_card = not staff and card_is_offered()
    return [m for m in cycle.market.payment_methods if m != PaymentMethod.CARD or by_card or m == also]


def page(
    request: SignedIn,
    template: str,
    *,
    cycle: Cycle,
    order: Order | None,
    account: Party,
    form: Form,
    staff: bool,
    refused: Refused | None = None,
    **more: Any,
) -> HttpResponse:
    """`template`, or the part of the editor that was asked for. `account`: who will pay, as the ledger names them."""
    slots = slots_of(cycle_id=cycle.pk)
    slot = next((s for s in slots if str(s.id) == form.slot), None)
    draft = queries.entered_draft(cycle, order, form.quantities, delivery=slot.fee if slot else ZERO)
    kept = [line for line in draft.lines if line.quantity or line.row.held]
    balance = queries.balance_of(cycle.market, account) - (order.total if order else ZERO)
    labels = dict(PaymentMethod.choices)
    found = queries.offers_found(cycle, form.search, without=[line.row.offer_id for line in kept])
    context = {
        "cycle": cycle,
        "market": cycle.market,
        "order": order,
        "staff": staff,
        "form": form,
        "lines": kept,
        "draft": draft,
        "shortages": draft.shortages,
        "found": found[: queries.FOUND],
        "more": len(found) > queries.FOUND,
        "refused": str(refused) if refused else "",
        "slots": [(s, str(s.id) == form.slot, _room(s, draft.crates(), order)) for s in slots],
        "delivers": any(s.zone for s in slots),
        "methods": [(m, labels[m]) for m in methods_of(cycle, staff=staff, also=form.method)],
        "balance": balance,
        "after": balance + draft.totals.total,
        **more,
    }
    part = request.POST.get("part", "") if request.htmx and not refused else ""
    name = f"market/order_editor.html#{part}" if part in PARTS else template
    return render(request, name, context, status=409 if refused else 200)


def _room(slot: SlotChoice, need: dict[str, Decimal], order: Order | None) -> str:
    """What keeps the order out of the slot, in words; nothing when it fits (or is there already)."""
    if order and order.slot_id == slot.id:
        return ""
    if slot.full:
        return _("complet")
    missing = slot.missing(need)
    return _("plus de place : %(what)s") % {"what": ", ".join(missing)} if missing else ""


def as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
