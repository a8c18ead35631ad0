"""What coordinators and treasurers see of a settling, and what producers see of their statements."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.http import Http404
from django.utils.translation import gettext as _

from maillage.core.money import ZERO
from maillage.core.text import Sorting, sorting
from maillage.directory import queries as directory
from maillage.directory.queries import Hold

from ..access import KEEPERS, PAYERS, PRODUCERS
from ..actions.settle import Sums, draft_statements, order_sums
from ..models import (
    Cycle,
    CycleSettlement,
    CycleState,
    LineAdjustment,
    Market,
    Order,
    OrderLine,
    OrderState,
    ProducerStatement,
)
from .weights import weight_lines

_NOTHING = Decimal("0.000")


def keeps_books(*, user: Any, market: Market) -> bool:
    """Whether `user` may mark statements paid: the market's treasurer or direction."""
    return directory.holds(user=user, organisation_id=market.organisation_id, kinds=PAYERS)


@dataclass(frozen=True)
class CycleRow:
    """A cycle in the list of settlings: statements to pay, and their dollars."""

    cycle: Cycle
    statements: int
    to_pay: int
    amount: Decimal


def cycles_to_settle(*, user: Any) -> list[CycleRow]:
    """Cycles distributed or settled of the markets that `user` coordinates or keeps, the latest first. One query."""
    keys = directory.organisations_where(user=user, kinds=KEEPERS)
    payable = Q(statements__paid_on=None, statements__net__gt=0)
    cycles = (
        Cycle.objects.filter(market__organisation_id__in=keys, state__in=(CycleState.DISTRIBUTED, CycleState.SETTLED))
        .select_related("market")
        .annotate(
            made=Count("statements"),
            to_pay=Count("statements", filter=payable),
            amount=Coalesce(Sum("statements__net", filter=payable), ZERO),
        )
        .order_by("-delivered_on", "-pk")
    )
    return [CycleRow(c, c.made, c.to_pay, c.amount) for c in cycles]


@dataclass(frozen=True)
class Settling:
    """A cycle as it is, or would be, settled. `statements` are not saved while `settled` is None."""

    cycle: Cycle
    settled: CycleSettlement | None
    sums: Sums
    orders: int
    statements: Sequence[ProducerStatement]
    to_hand_over: int
    to_weigh: int
    holds: Mapping[int, Hold] = field(default_factory=dict)
    """By key of the producer: whose e-mail is new, until when payouts wait, and who checked."""

    @property
    def payable(self) -> list[ProducerStatement]:
        return [s for s in self.statements if s.paid_on is None and s.net > 0]

    @property
    def held(self) -> list[tuple[ProducerStatement, Hold]]:
        """What waits because the producer's e-mail is new, and nobody here checked it."""
        found = [(s, self.holds[s.producer_id]) for s in self.payable if s.producer_id in self.holds]
        return [(s, hold) for s, hold in found if hold.standing]

    @property
    def ready(self) -> list[ProducerStatement]:
        """What may be paid now."""
        waits = {s.pk for s, _hold in self.held}
        return [s for s in self.payable if s.pk not in waits]

    @property
    def to_pay_now(self) -> Decimal:
        return sum((s.net for s in self.ready), ZERO)

    @property
    def paid(self) -> list[ProducerStatement]:
        return [s for s in self.statements if s.paid_on is not None]

    @property
    def to_pay(self) -> Decimal:
        return sum((s.net for s in self.payable), ZERO)

    @property
    def taxes(self) -> Decimal:
        return self.sums.tps + self.sums.tvq

    @property
    def parts(self) -> list[tuple[str, Decimal]]:
        """What members were charged, shared out; the parts sum to it."""
        sums = self.sums
        named = [
            (_("Aux producteurs"), sums.producers),
            (_("Marge du marché"), sums.margin),
            (_("TPS"), sums.tps),
            (_("TVQ"), sums.tvq),
            (_("Consignes"), sums.deposits),
            (_("Livraison"), sums.delivery),
        ]
        return [(name, amount) for name, amount in named if amount]


def settling_of(cycle: Cycle, *, now: datetime) -> Settling:
    """The cycle's sums and statements: those written when it was settled, or those that settling would write now."""
    settled = CycleSettlement.objects.filter(cycle=cycle).first()
    live = Order.objects.filter(cycle=cycle).exclude(state=OrderState.CANCELLED)
    if settled is not None:
        names = ("charged", "producers", "margin", "tps", "tvq", "deposits", "delivery")
        sums, orders = Sums(**{name: getattr(settled, name) for name in names}), settled.orders
        statements = list(statements_of(cycle))
    else:
        rows = list(live.only("total", "producers", "margin", "tps", "tvq", "deposits", "delivery"))
        sums, orders = order_sums(rows), len(rows)
        statements = _named(draft_statements(cycle, now=now)) if cycle.has_reached(CycleState.CLOSED) else []
    waiting = live.filter(state=OrderState.PLACED).count() if settled is None else 0
    to_weigh = weight_lines(cycle).filter(final_weight=None).count() if settled is None else 0
    held = holds_of(statements, cycle.market, now) if settled is not None else {}
    return Settling(cycle, settled, sums, orders, statements, waiting, to_weigh, held)


def holds_of(statements: Iterable[ProducerStatement], market: Market, now: datetime) -> dict[int, Hold]:
    """By producer: the holds of those left to pay. Two statements at most."""
    producers = [s.producer_id for s in statements if s.paid_on is None and s.net > 0]
    return directory.holds_on(producers, payer_id=market.organisation_id, now=now) if producers else {}


def to_pay_now(cycle: Cycle, *, now: datetime) -> list[ProducerStatement]:
    """The statements of a cycle that are left to pay and that no hold keeps."""
    left = [s for s in statements_of(cycle) if s.paid_on is None and s.net > 0]
    holds = holds_of(left, cycle.market, now)
    return [s for s in left if s.producer_id not in holds or not holds[s.producer_id].standing]


def statements_of(cycle: Cycle) -> QuerySet[ProducerStatement]:
    return (
        ProducerStatement.objects.filter(cycle=cycle)
        .select_related("producer", "paid_by__person", "carried_to__cycle")
        .order_by(Sorting("producer__name"), "pk")
    )


def _named(drafts: list[ProducerStatement]) -> list[ProducerStatement]:
    from maillage.directory.models import Organisation

    known = Organisation.objects.in_bulk([s.producer_id for s in drafts])
    for statement in drafts:
        statement.producer = known[statement.producer_id]
    return sorted(drafts, key=lambda s: sorting(s.producer.name))


# --- statements of a producer -----------------------------------------------------------------------------------------


def my_statements(*, user: Any) -> QuerySet[ProducerStatement]:
    """The statements of the organisations that `user` sells for, across markets, the latest first."""
    return (
        ProducerStatement.objects.filter(producer__in=directory.organisations_where(user=user, kinds=PRODUCERS))
        .select_related("cycle__market", "producer", "carried_to__cycle")
        .order_by("-cycle__delivered_on", "-pk")
    )


def statement_for(*, user: Any, public_id: UUID) -> ProducerStatement:
    """A statement, for its producer or for who settles in that market; Http404 otherwise."""
    statement = (
        ProducerStatement.objects.select_related("cycle__market__organisation", "producer", "carried_to__cycle")
        .filter(public_id=public_id)
        .first()
    )
    if statement is None:
        raise Http404
    own = directory.holds(user=user, organisation_id=statement.producer_id, kinds=PRODUCERS)
    keeps = directory.holds(user=user, organisation_id=statement.cycle.market.organisation_id, kinds=KEEPERS)
    if not (own or keeps):
        raise Http404
    return statement


@dataclass(frozen=True)
class Sold:
    """A format on a statement: pieces and kg charged in the end, dollars as ordered, adjusted, kept, to receive."""

    product: str
    format: str
    temperature: str
    pieces: Decimal
    weight: Decimal | None
    price: Decimal
    sold: Decimal
    adjusted: Decimal
    margin: Decimal
    net: Decimal


@dataclass(frozen=True)
class Statement:
    """A statement opened on its rows. Their sums are its figures, whatever was corrected since."""

    row: ProducerStatement
    lines: Sequence[Sold]
    adjustments: Sequence[LineAdjustment]
    late: Sequence[LineAdjustment]
    carried: Sequence[ProducerStatement]


def opened(row: ProducerStatement) -> Statement:
    """The rows of a statement. Five queries.

    Lines hold what they charge today; corrections made after this settling are taken off them again.
    """
    here = LineAdjustment.objects.filter(line__order__cycle=row.cycle_id, line__producer=row.producer_id)
    all_of, after = _by_offer(here), _by_offer(here.exclude(statement=row))
    lines = (
        OrderLine.objects.filter(order__cycle=row.cycle_id, producer=row.producer_id, quantity__gt=0)
        .exclude(order__state=OrderState.CANCELLED)
        .order_by()
        .values(
            "offer_id", "offer__product_name", "offer__format_name", "offer__temperature", "offer__by_weight",
            "offer__producer_price",
        )
        .annotate(
            pieces=Sum(Coalesce("final_quantity", "quantity")),
            weight=Sum(Coalesce("final_weight", "estimated_weight")),
            goods_=Sum("goods"),
            margin_=Sum("margin"),
            producers_=Sum("producers"),
        )
        .order_by("offer__product_name", "offer__format_name", "offer_id")
    )  # fmt: skip
    corrections = (
        LineAdjustment.objects.filter(statement=row)
        .select_related("line__offer", "line__order__cycle")
        .order_by("line__offer__product_name", "pk")
    )
    mine = list(corrections)
    return Statement(
        row,
        [_sold(line, all_of.get(line["offer_id"], {}), after.get(line["offer_id"], {})) for line in lines],
        [a for a in mine if a.line.order.cycle_id == row.cycle_id],
        [a for a in mine if a.line.order.cycle_id != row.cycle_id],
        list(row.carried.select_related("cycle").order_by("pk")),
    )


def _by_offer(adjustments: QuerySet[LineAdjustment]) -> dict[int, Mapping[str, Any]]:
    rows = (
        adjustments.order_by()
        .values(offer=F("line__offer_id"))
        .annotate(
            pieces=Sum("quantity"),
            kg=Coalesce(Sum("weight"), _NOTHING),
            goods_=Sum("goods"),
            margin_=Sum("margin"),
            producers_=Sum("producers"),
        )
    )
    return {row["offer"]: row for row in rows}


def _sold(line: Any, changed: Mapping[str, Any], after: Mapping[str, Any]) -> Sold:
    def of(changes: Mapping[str, Any], name: str) -> Decimal:
        amount: Decimal = changes.get(name, ZERO)
        return amount

    sold = line["goods_"] - of(changed, "goods_")
    return Sold(
        line["offer__product_name"],
        line["offer__format_name"],
        line["offer__temperature"],
        line["pieces"] - of(after, "pieces"),
        line["weight"] - of(after, "kg") if line["offer__by_weight"] else None,
        line["offer__producer_price"],
        sold,
        of(changed, "goods_") - of(after, "goods_"),
        line["margin_"] - of(after, "margin_"),
        line["producers_"] - of(after, "producers_"),
    )
