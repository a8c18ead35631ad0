"""The trail of an order: written with each revision by `actions.orders`, read by its member and the market."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from maillage.core.money import ZERO
from maillage.core.templatetags.maillage import quantity

from .drafting import Draft
from .models import OrderChange, Slot

Kind = OrderChange.Kind


def write(
    *,
    order_id: int,
    revision: int,
    kind: OrderChange.Kind,
    order: Draft,
    total: Decimal,
    difference: Decimal,
    now: datetime,
    by: Any,
    staff: bool,
    slots: tuple[int, int] | None = None,
) -> None:
    """One row. `slots`: those before and after, when they differ (one query more)."""
    names = dict(Slot.objects.filter(pk__in=slots).values_list("pk", "name")) if slots else {}
    OrderChange.objects.create(
        order_id=order_id,
        revision=revision,
        kind=kind,
        by_staff=staff,
        lines=[[line.name, str(line.row.held or ZERO), str(line.quantity)] for line in order.changed],
        slot_before=names.get(slots[0], "") if slots else "",
        slot_after=names.get(slots[1], "") if slots else "",
        total=total,
        difference=difference,
        at=now,
        by=by,
    )


@dataclass(frozen=True)
class Told:
    """A change as its reader sees it: a title with the author, sentences about what moved."""

    title: str
    at: datetime
    sentences: Sequence[str]
    total: Decimal
    difference: Decimal
    by_staff: bool


def trail_of(order_id: int) -> list[Told]:
    """Last first. One query."""
    rows = OrderChange.objects.filter(order=order_id).select_related("by__person").order_by("-revision")
    return [told(row) for row in rows]


def told(row: OrderChange) -> Told:
    return Told(_title(row), row.at, _sentences(row), row.total, row.difference, row.by_staff)


def placed_for(order_id: int, revision: int) -> OrderChange | None:
    """The change of that revision, when the market made it for the member. One query."""
    rows = OrderChange.objects.filter(order=order_id, revision=revision, by_staff=True)
    return rows.select_related("by__person").first()


def author(row: OrderChange) -> str:
    """The person's name; nothing when it is not known."""
    person = getattr(row.by, "person", None) if row.by else None
    return person.name if person else ""


def _title(row: OrderChange) -> str:
    name = author(row)
    if row.by_staff:
        words = {
            Kind.PLACED: _("Passée pour vous par %(name)s, du marché"),
            Kind.ADDED: _("Produits ajoutés par %(name)s, du marché"),
            Kind.AMENDED: _("Modifiée par %(name)s, du marché"),
            Kind.CANCELLED: _("Annulée par %(name)s, du marché"),
        }
        return words[Kind(row.kind)] % {"name": name or _("une personne")}
    words = {
        Kind.PLACED: _("Passée"),
        Kind.ADDED: _("Produits ajoutés par le membre"),
        Kind.AMENDED: _("Modifiée par le membre"),
        Kind.CANCELLED: _("Annulée par le membre"),
    }
    return words[Kind(row.kind)]


def _sentences(row: OrderChange) -> list[str]:
    said = [_line(*line) for line in row.lines] if row.kind in (Kind.ADDED, Kind.AMENDED) else []
    if row.slot_after:
        said.append(_("Lieu : %(before)s → %(after)s") % {"before": row.slot_before, "after": row.slot_after})
    return said


def _line(name: str, before: str, after: str) -> str:
    had, has = Decimal(before), Decimal(after)
    if not has:
        return _("%(name)s : retiré (il y en avait %(before)s)") % {"name": name, "before": quantity(had)}
    if not had:
        return _("%(name)s : ajouté, %(after)s") % {"name": name, "after": quantity(has)}
    return _("%(name)s : %(before)s → %(after)s") % {"name": name, "before": quantity(had), "after": quantity(has)}
