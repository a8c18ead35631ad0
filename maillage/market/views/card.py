"""Paying an order by card: on the gateway's own page, after the order is placed and outside its transaction."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from maillage.core.actions import Refused
from maillage.directory.types import SignedIn
from maillage.payments import methods
from maillage.payments.types import ToPay

from ..card_pages import source_of
from ..models import Order, PaymentMethod
from ..queries import orders as queries
from ..queries.till import due_of


@require_POST
def pay(request: SignedIn, public_id: UUID) -> HttpResponse:
    """Open the card page of one's own order (again)."""
    view = queries.order_for(user=request.user, public_id=public_id)
    if view.is_staff or view.order.payment_method != PaymentMethod.CARD:
        return redirect("market:order", public_id=public_id)
    return to_card_page(request, view.order)


def to_card_page(request: SignedIn, order: Order) -> HttpResponse:
    """Send the member to the gateway for what is due; back to the order with a sentence when it cannot be."""
    here = redirect("market:order", public_id=order.public_id)
    due = due_of(order)
    if due <= 0:
        return here
    back = settings.SITE_URL + reverse("market:order", args=[order.public_id])
    to_pay = ToPay(
        organisation_id=order.cycle.market.organisation_id,
        person_id=order.person_id,
        buyer_id=order.buyer_id,
        amount=due,
        source=source_of(order),
        part=str(order.revision),
        reference=_("Commande %(number)s") % {"number": order.number},
        return_url=f"{back}?carte=retour",
        cancel_url=back,
    )
    try:
        started = methods.get(PaymentMethod.CARD).start(to_pay, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
        return here
    if started.redirect_url:
        return redirect(started.redirect_url)
    messages.success(request, _("Votre paiement par carte est reçu."))
    return here
