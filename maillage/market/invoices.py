"""The invoice of an order, which is its receipt once paid: for the member, or the organisation in whose name it is.

The order as it stands, and nothing of the hour: the same order gives the same bytes, in the language of its reader.
"""

from decimal import Decimal

from django.utils import translation
from django.utils.translation import gettext as _

from maillage.core import pdf
from maillage.core.dates import say
from maillage.core.money import ZERO
from maillage.core.tax import TaxClass
from maillage.core.templatetags.maillage import money, price, quantity
from maillage.directory.models import Organisation, Person

from .models import CycleState, Order, OrderLine, OrderState, PaymentMethod
from .queries.till import Received, balance_of, received_for


def file_name(order: Order) -> str:
    """`facture-outaouais-13-0042.pdf`."""
    return f"facture-{order.cycle.market.slug}-{number_of(order)}.pdf"


def number_of(order: Order) -> str:
    """Unique in the market: the cycle, then the order in it."""
    return f"{order.cycle.number}-{order.number:04d}"


def as_pdf(order: Order, lines: list[OrderLine]) -> bytes:
    """`order` with its cycle, market and organisation, slot, person and buyer. Three queries."""
    market = order.cycle.market
    payments = received_for(public_id=order.public_id, organisation_id=market.organisation_id)
    received = sum((p.amount - p.refunded for p in payments), ZERO)
    taxed = [line for line in lines if line.tax_class == TaxClass.TAXABLE]
    data = {
        "title": _("Facture %(number)s") % {"number": number_of(order)},
        "market": market.name,
        "state": _state(order),
        "lang": (translation.get_language() or "fr")[:2],
        "demo": _("Données de démonstration") if market.is_demo else "",
        "seller": [*_organisation(market.organisation), *_registrations(order)],
        "buyer": _buyer(order),
        "when": [
            _("Commandée le %(day)s") % {"day": say(order.placed_at)},
            (_("Livraison le %(day)s") if order.slot.zone_id else _("Cueillette le %(day)s"))
            % {"day": say(order.slot.starts_at)},
            order.slot.name,
        ],
        "lines": [_line(line) for line in lines],
        "marked": bool(taxed),
        "sums": [[name, money(amount)] for name, amount in _sums(order)],
        "total": [_("Total"), money(order.total)],
        "payments": [
            [_received(p), money(-(p.amount - p.refunded))]
            for p in payments
        ],
        "paid": _("Payée") if _is_paid(order, received) else "",
        "words": {
            "seller": _("Vendu par"),
            "buyer": _("Facturé à"),
            "when": _("Commande"),
            "product": _("Produit"),
            "quantity": _("Quantité"),
            "price": _("Prix"),
            "taxed": _("Taxes"),
            "amount": _("Montant"),
            "mark": _("T : TPS et TVQ en sus. Les aliments de base sont détaxés ; les consignes ne sont pas taxées."),
        },
    }  # fmt: skip
    return pdf.render("market/invoice.typ", data)


def _state(order: Order) -> str:
    if order.state == OrderState.CANCELLED:
        return _("Commande annulée : rien n’est facturé.")
    if not order.cycle.has_reached(CycleState.DISTRIBUTED) and order.state == OrderState.PLACED:
        return _("Provisoire : les quantités et les poids peuvent changer jusqu’à la remise.")
    return _("Paiement : %(method)s") % {"method": PaymentMethod(order.payment_method).label}


def _is_paid(order: Order, received: Decimal) -> bool:
    """Its payments cover it, or its account owes nothing at all."""
    if order.state == OrderState.CANCELLED:
        return False
    return received >= order.total or balance_of(order) <= 0


def _organisation(organisation: Organisation) -> list[str]:
    town = organisation.municipality.name if organisation.municipality else ""
    place = " ".join(filter(None, [town, organisation.postal_code]))
    neq = _("NEQ %(number)s") % {"number": organisation.neq} if organisation.neq else ""
    return [line for line in (organisation.name, organisation.address, place, neq) if line]


def _registrations(order: Order) -> list[str]:
    market = order.cycle.market
    numbers = ((_("TPS %(number)s"), market.tps_number), (_("TVQ %(number)s"), market.tvq_number))
    return [said % {"number": number} for said, number in numbers if number]


def _buyer(order: Order) -> list[str]:
    if order.buyer is None:
        return _person(order.person, order)
    return [*_organisation(order.buyer), _("commandé par %(name)s") % {"name": order.person.name}]


def _person(person: Person, order: Order) -> list[str]:
    address = order.delivery_address or person.address
    return [line for line in (person.name, address, order.delivery_postal_code or person.postal_code) if line]


def _received(payment: Received) -> str:
    how = payment.label.capitalize()
    return f"{how}, {say(payment.received_on)}" if payment.received_on else how


def _line(line: OrderLine) -> list[str]:
    pieces = line.quantity if line.final_quantity is None else line.final_quantity
    weight = line.final_weight if line.final_weight is not None else line.estimated_weight
    by_weight = line.offer.by_weight
    many = f"{quantity(pieces)} ({quantity(weight)} kg)" if by_weight and weight is not None else quantity(pieces)
    return [
        f"{line.offer.product_name}, {line.offer.format_name} ({line.offer.producer_name})",
        many,
        price(line.member_price) + (" / kg" if by_weight else ""),
        "T" if line.tax_class == TaxClass.TAXABLE else "",
        money(line.goods),
    ]


def _sums(order: Order) -> list[tuple[str, Decimal]]:
    """What makes up the total, in order."""
    tps, tvq = _("TPS (5 %)"), _("TVQ (9,975 %)")
    named = [
        (_("Produits"), order.goods), (_("Livraison"), order.delivery), (tps, order.tps), (tvq, order.tvq),
        (_("Consignes"), order.deposits),
    ]  # fmt: skip
    return [(name, amount) for name, amount in named if amount or name == named[0][0]]
