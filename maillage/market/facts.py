"""What a market is counted by: orders, sales, what goes to farms, buyers, producers who sell, cycles held.

Everything is dated by the delivery of its cycle, and a cancelled order counts nowhere. Amounts are those charged in the
end (missing pieces and final weights included), in dollars, before taxes and deposits: they are the ones in the books.
The MRC of a line is where its farm is now: an order line keeps no place.
"""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from maillage.core.facts import (
    Column,
    Count,
    CountDistinct,
    Dimension,
    Entered,
    Fact,
    FactContext,
    InPeriod,
    RowUrl,
    Sum,
    register,
)
from maillage.core.quantity import Temperature
from maillage.core.tax import TaxClass

from .models import Cycle, CycleState, LineState, Order, OrderLine, OrderState, PaymentMethod

GROUP = _("Marchés")
_DELIVERED = "cycle__delivered_on"


def _orders(ctx: FactContext) -> QuerySet[Any]:
    return Order.objects.exclude(state=OrderState.CANCELLED)


def _lines(ctx: FactContext) -> QuerySet[Any]:
    return OrderLine.objects.exclude(order__state=OrderState.CANCELLED)


def _missing(ctx: FactContext) -> QuerySet[Any]:
    return _lines(ctx).filter(state__in=(LineState.MISSING, LineState.DAMAGED))


def _cycles(ctx: FactContext) -> QuerySet[Any]:
    return Cycle.objects.exclude(state__in=(CycleState.DRAFT, CycleState.OPEN))


def _of_cycle(prefix: str) -> dict[str, Dimension]:
    return {
        "market": Dimension(f"{prefix}market_id", _("Marché"), display=f"{prefix}market__name"),
        "cycle": Dimension(f"{prefix}number", _("Cycle")),
    }


_ORDER_DIMS = {
    **_of_cycle("cycle__"),
    "place": Dimension("slot__name", _("Point de cueillette ou zone")),
    "payment": Dimension("payment_method", _("Paiement"), choices=PaymentMethod),
    "order_state": Dimension("state", _("État"), choices=OrderState),
}
_ORDER_COLUMNS = (
    Column("cycle__delivered_on", _("Livraison"), kind="date"),
    Column("cycle__market__name", _("Marché")),
    Column("cycle__number", _("Cycle")),
    Column("number", _("Commande")),
    Column("slot__name", _("Point de cueillette ou zone")),
    Column("goods", _("Produits"), kind="money"),
    Column("total", _("Total"), kind="money"),
)
_LINE_DIMS = {
    **_of_cycle("order__cycle__"),
    "territory": Dimension("producer__mrc_id", _("MRC de la ferme"), display="producer__mrc__name"),
    "producer": Dimension("producer_id", _("Productrice ou producteur"), organisation=True),
    "category": Dimension("offer__category_id", _("Rayon"), display="offer__category__name"),
    "temperature": Dimension("offer__temperature", _("Température"), choices=Temperature),
    "tax_class": Dimension("tax_class", _("Taxes"), choices=TaxClass),
    "line_state": Dimension("state", _("État"), choices=LineState),
}
_LINE_COLUMNS = (
    Column("order__cycle__delivered_on", _("Livraison"), kind="date"),
    Column("order__cycle__number", _("Cycle")),
    Column("order__number", _("Commande")),
    Column("offer__product_name", _("Produit")),
    Column("offer__format_name", _("Format")),
    Column("producer__name", _("Productrice ou producteur")),
    Column("producer__mrc__name", _("MRC de la ferme")),
    Column("quantity", _("Quantité"), kind="number"),
    Column("goods", _("Montant"), kind="money"),
)


def _of_orders(key: str, label: Any, unit: Any, help: Any, measure: Count | CountDistinct | Sum) -> Fact:
    return register(
        Fact(
            key=key,
            label=label,
            unit=unit,
            group=GROUP,
            help=help,
            rows=_orders,
            measure=measure,
            period=InPeriod(_DELIVERED),
            organisation="cycle__market__organisation",
            dims=_ORDER_DIMS,
            row_columns=_ORDER_COLUMNS,
            row_url=RowUrl("market:order", "public_id"),
            entered=Entered(at="placed_at"),
        )
    )


def _of_lines(
    key: str,
    label: Any,
    unit: Any,
    help: Any,
    measure: Count | CountDistinct | Sum,
    rows: Any = _lines,
) -> Fact:
    return register(
        Fact(
            key=key,
            label=label,
            unit=unit,
            group=GROUP,
            help=help,
            rows=rows,
            measure=measure,
            period=InPeriod(f"order__{_DELIVERED}"),
            organisation="order__cycle__market__organisation",
            territory="producer__mrc",
            dims=_LINE_DIMS,
            row_columns=_LINE_COLUMNS,
            row_url=RowUrl("market:order", "order__public_id"),
            entered=Entered(at="order__placed_at"),
        )
    )


ORDERS = _of_orders(
    "market_orders",
    _("Commandes"),
    _("commandes"),
    _("Commandes passées et non annulées des cycles livrés dans la période."),
    Count(),
)
BUYERS = _of_orders(
    "market_buyers",
    _("Membres qui ont commandé"),
    _("membres"),
    _("Membres différents qui ont au moins une commande non annulée ; chacun compte une fois, sans son nom."),
    CountDistinct("person_id", label="person__public_id"),
)
SALES = _of_lines(
    "market_sales",
    _("Ventes"),
    _("$"),
    _("Produits facturés aux membres, avant taxes et consignes, après les manquants et les poids définitifs."),
    Sum("goods", decimals=2),
)
TO_FARMS = _of_lines(
    "market_to_farms",
    _("Revenus des fermes"),
    _("$"),
    _("Part des ventes qui revient aux productrices et producteurs."),
    Sum("producers", decimals=2),
)
MARGIN = _of_lines(
    "market_margin",
    _("Marge du marché"),
    _("$"),
    _("Part des ventes que le marché garde pour ses frais."),
    Sum("margin", decimals=2),
)
PRODUCERS_SELLING = _of_lines(
    "market_producers_selling",
    _("Fermes qui ont vendu"),
    _("fermes"),
    _("Productrices et producteurs différents avec au moins un produit commandé ; chaque ferme compte une fois."),
    CountDistinct("producer_id", canonical=True),
)
PRODUCTS_SOLD = _of_lines(
    "market_products_sold",
    _("Produits vendus"),
    _("produits"),
    _("Produits différents commandés au moins une fois, quel que soit leur format."),
    CountDistinct("offer__format__product_id", label="offer__product_name"),
)
LINES_MISSING = _of_lines(
    "market_lines_missing",
    _("Lignes manquantes ou abîmées"),
    _("lignes"),
    _("Lignes de commande créditées parce que le produit manquait ou était abîmé."),
    Count(),
    rows=_missing,
)

CYCLES = register(
    Fact(
        key="market_cycles",
        label=_("Cycles tenus"),
        unit=_("cycles"),
        group=GROUP,
        help=_("Cycles de commande fermés dont la livraison tombe dans la période."),
        rows=_cycles,
        measure=Count(),
        period=InPeriod("delivered_on"),
        organisation="market__organisation",
        dims={
            "market": Dimension("market_id", _("Marché"), display="market__name"),
            "cycle_state": Dimension("state", _("État"), choices=CycleState),
        },
        row_columns=(
            Column("delivered_on", _("Livraison"), kind="date"),
            Column("market__name", _("Marché")),
            Column("number", _("Cycle")),
            Column("state", _("État"), kind="choice", choices=CycleState),
        ),
    )
)
