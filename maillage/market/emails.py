"""Messages of the market to its members. They leave from the worker."""

from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from maillage.core import letters
from maillage.payments.references import shown

from .models import Order, OrderState
from .trail import placed_for, told
from .types import OrderCancelled, OrderPlaced


def confirm_order(event: OrderPlaced) -> None:
    """Write to the member what they ordered; nothing for a revision that was amended or cancelled since."""
    order = _order(event.order_id)
    if order is not None and order.revision == event.revision and order.state != OrderState.CANCELLED:
        _send(order)


def confirm_cancellation(event: OrderCancelled) -> None:
    """Write to the member that the order is cancelled."""
    order = _order(event.order_id)
    if order is not None and order.state == OrderState.CANCELLED:
        _send(order)


def _order(order_id: int) -> Order | None:
    related = ("cycle__market", "person", "buyer", "slot__point", "slot__zone")
    return Order.objects.select_related(*related).filter(pk=order_id).first()


def _send(order: Order) -> None:
    if not order.person.email:
        return
    market, cancelled = order.cycle.market, order.state == OrderState.CANCELLED
    point = order.slot.point
    context: dict[str, Any] = {
        "order": order,
        "lines": list(order.lines.select_related("offer").order_by("offer__product_name")),
        "market": market,
        "cancelled": cancelled,
        "reference": shown(order.payment_reference),
        "place": f"{order.slot.name}, {point.address}" if point else order.delivery_address,
        "url": settings.SITE_URL + reverse("market:order", args=[order.public_id]),
    }
    change = placed_for(order.pk, order.revision)
    with translation.override(order.person.language):
        context["by_staff"] = told(change).title if change else ""
        subject = _("Commande %(number)s annulée · %(market)s") if cancelled else _("Commande %(number)s · %(market)s")
        subject = subject % {"number": order.number, "market": market.name}
        text, html = (render_to_string(f"market/mail/order.{kind}", context) for kind in ("txt", "html"))
        message = EmailMultiAlternatives(subject, text, None, [order.person.email])
        message.attach_alternative(html, "text/html")
        what = "cancelled" if cancelled else "placed"
        letters.post(message, key=f"order:{order.pk}:{order.revision}:{what}")
