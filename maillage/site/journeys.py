"""What an enterprise sold and bought at the markets, on its journey; for those alone who may read these figures."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.accompaniment.journey import LIMIT, Moment
from maillage.accompaniment.queries import organisations_shown
from maillage.core.templatetags.maillage import money
from maillage.directory.models import Organisation
from maillage.directory.queries import clusters, organisations_where
from maillage.directory.types import BUYERS, RoleKind
from maillage.market.models import Cycle, CycleState, Order, OrderLine, OrderState, ProducerStatement
from maillage.press.queries import mentions_about
from maillage.press.types import READERS as PRESS

PRODUCERS = (RoleKind.PRODUCER, RoleKind.DIRECTOR)
MARKET_STAFF = (RoleKind.COORDINATOR, RoleKind.TREASURER, RoleKind.DIRECTOR)


def press_mentions(user: Any, enterprise: Organisation) -> Iterable[Moment]:
    """What the media said of the enterprise, in the registers that the user reads. One statement."""
    ours = set(organisations_where(user=user, kinds=PRESS))
    for row in mentions_about(enterprise=enterprise, organisation_ids=ours)[:LIMIT]:
        yield Moment(row.on, "media", row.title, row.organisation.name, row.medium, "newspaper", row.link)


def market_sales(user: Any, enterprise: Organisation) -> Iterable[Moment]:
    """One moment for each closed cycle in which the enterprise sold: the producer reads all of them, the market's staff
    those of their market, others those of a market whose work the enterprise let them see. At most four statements."""
    ids = clusters([enterprise.pk])[enterprise.pk]
    own = bool({*ids} & {*organisations_where(user=user, kinds=PRODUCERS)})
    staff = organisations_where(user=user, kinds=MARKET_STAFF)
    cycles = Cycle.objects.exclude(state__in=[CycleState.DRAFT, CycleState.OPEN])
    if not own:
        seen = {*staff, *organisations_shown(user=user, enterprise=enterprise)}
        cycles = cycles.filter(market__organisation__in=seen)
    sold = _sold(cycles, ids)
    shown = cycles.filter(pk__in=sold).select_related("market__organisation").order_by("-closes_at")[:LIMIT]
    for cycle in shown:
        opens = own or cycle.market.organisation_id in staff
        place = [cycle.market.slug, enterprise.public_id, cycle.number]
        yield Moment(
            timezone.localdate(cycle.closes_at),
            "sale",
            _("A vendu au cycle %(number)s") % {"number": cycle.number},
            cycle.market.name,
            money(sold[cycle.pk]),
            "store",
            reverse("market:producer_cycle", args=place) if opens else "",
        )


def market_purchases(user: Any, enterprise: Organisation) -> Iterable[Moment]:
    """One moment for each order in the name of the enterprise: those who buy for it read all of them, the staff of a
    market those placed there, others those of a market whose work the enterprise let them see. At most four
    statements.
    """
    ids = clusters([enterprise.pk])[enterprise.pk]
    own = bool({*ids} & {*organisations_where(user=user, kinds=BUYERS)})
    staff = organisations_where(user=user, kinds=MARKET_STAFF)
    orders = Order.objects.filter(buyer__in=ids).exclude(state=OrderState.CANCELLED)
    if not own:
        seen = {*staff, *organisations_shown(user=user, enterprise=enterprise)}
        orders = orders.filter(cycle__market__organisation__in=seen)
    for order in orders.select_related("cycle__market").order_by("-placed_at")[:LIMIT]:
        opens = own or order.cycle.market.organisation_id in staff
        yield Moment(
            timezone.localdate(order.placed_at),
            "purchase",
            _("A acheté au cycle %(number)s") % {"number": order.cycle.number},
            order.cycle.market.name,
            money(order.total),
            "shopping-basket",
            reverse("market:order", args=[order.public_id]) if opens else "",
        )


def _sold(cycles: Any, ids: list[int]) -> dict[int, Decimal]:
    """Goods sold in dollars, by cycle: as settled, else as ordered."""
    lines = OrderLine.objects.filter(producer__in=ids, order__cycle__in=cycles).exclude(
        order__state=OrderState.CANCELLED
    )
    sold = dict(lines.order_by().values_list("order__cycle").annotate(goods=Sum("goods")))
    settled = ProducerStatement.objects.filter(producer__in=ids, cycle__in=cycles).order_by()
    sold.update(settled.values_list("cycle").annotate(goods=Sum("sold") + Sum("adjusted")))
    return {cycle: goods for cycle, goods in sold.items() if goods}
