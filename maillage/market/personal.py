"""What the markets know of a person (Québec's Law 25): handed over, erased."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core import changes
from maillage.core.actions import Refused
from maillage.directory.models import Person
from maillage.membership.queries import buyers_of

from . import documents
from .models import Cart, CartLine, Cycle, Document, DocumentKind, Order, OrderLine, OrderState

NAMING = (DocumentKind.LABELS, DocumentKind.MEMBER_SLIPS, DocumentKind.POINT_LIST, DocumentKind.PICK_LIST)
"""Documents that may name members: made again once a person is erased."""
STANDING = ("open", "closed", "packed")
"""Cycles whose orders are still to be handed over."""


class OrderWaits(Refused):
    """An order is still to be handed over, or cancelled."""


def orders(person: Person) -> list[dict[str, Any]]:
    rows = Order.objects.filter(person=person).select_related("cycle__market", "slot").order_by("placed_at", "pk")
    return [
        {
            _("Marché"): row.cycle.market.name,
            _("Cycle"): row.cycle.number,
            _("Numéro"): row.number,
            _("Passée le"): timezone.localtime(row.placed_at),
            _("État"): row.get_state_display(),
            _("Cueillette"): row.slot.name,
            _("Paiement"): row.get_payment_method_display(),
            _("Total"): row.total,
            _("Adresse de livraison"): row.delivery_address,
            _("Code postal"): row.delivery_postal_code,
            _("Note"): row.note,
        }
        for row in rows
    ]


def lines(person: Person) -> list[dict[str, Any]]:
    rows = OrderLine.objects.filter(order__person=person).select_related("order__cycle__market", "offer", "producer")
    return [
        {
            _("Marché"): row.order.cycle.market.name,
            _("Cycle"): row.order.cycle.number,
            _("Commande"): row.order.number,
            _("Produit"): row.offer.product_name,
            _("Format"): row.offer.format_name,
            _("Producteur"): row.producer.name,
            _("Quantité"): row.quantity,
            _("Montant"): row.goods,
        }
        for row in rows.order_by("order__placed_at", "pk")
    ]


def carts(person: Person) -> list[dict[str, Any]]:
    rows = CartLine.objects.filter(cart__person=person).select_related("cart__cycle__market", "offer")
    return [
        {
            _("Marché"): row.cart.cycle.market.name,
            _("Cycle"): row.cart.cycle.number,
            _("Produit"): row.offer.product_name,
            _("Quantité"): row.quantity,
        }
        for row in rows.order_by("cart__cycle", "pk")
    ]


def forget(person: Person) -> int:
    """Carts go; addresses and notes of past orders are emptied, in their history too; documents that named the person
    are made again without the name. Orders stay, as the books do. An order in an organisation's name stays that of the
    organisation, with its address. Raises OrderWaits.
    """
    _refuse_waiting(person)
    empty = {"delivery_address": "", "delivery_postal_code": "", "note": ""}
    count: int = Cart.objects.filter(person=person).delete()[0]
    held = Order.objects.filter(person=person)
    count += held.filter(buyer=None).exclude(**empty).update(**empty)
    changes.forget_columns(Order, held.filter(buyer=None).values_list("pk", flat=True), **empty)
    for cycle in Cycle.objects.filter(orders__person=person).distinct():
        slots = held.filter(cycle=cycle).values("slot_id")
        named = Document.objects.filter(cycle=cycle, slot_id__in=slots, kind__in=NAMING)
        documents.make_again(cycle=cycle, documents=list(named))
    return count


def _refuse_waiting(person: Person) -> None:
    waiting = Order.objects.filter(person=person, state=OrderState.PLACED, cycle__state__in=STANDING)
    for order in waiting.select_related("cycle__market", "buyer").order_by("pk"):
        if order.buyer is None:
            raise OrderWaits(
                _("Une commande vous attend chez %(market)s : annulez-la ou allez la chercher, puis revenez.")
                % {"market": order.cycle.market.name}
            )
        if not buyers_of(order.buyer.pk).exclude(pk=person.pk).exists():
            raise OrderWaits(
                _(
                    "Une commande de %(buyer)s attend chez %(market)s, et personne d’autre n’achète pour cette "
                    "organisation : annulez-la, allez la chercher ou confiez les achats à quelqu’un, puis revenez."
                )
                % {"buyer": order.buyer.name, "market": order.cycle.market.name}
            )
