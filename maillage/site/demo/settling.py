"""A demonstration cycle that ended: statements, payouts, confirmations; then the books of a whole season."""

from datetime import timedelta
from decimal import Decimal

from django.db import connection
from django.utils import timezone

from maillage.core.money import ZERO, cents
from maillage.ledger import actions as ledger
from maillage.ledger.models import Transaction
from maillage.ledger.types import AccountKind, Line, Posting
from maillage.market.models import Cycle, CycleSettlement, ProducerConfirmation, ProducerStatement
from maillage.payments.models import Payment

from .bulk import copy
from .orders import Orders
from .season import SUMS, Season, at

CORRECTIONS = """
    UPDATE market_lineadjustment adjustment SET statement_id = statement.id
      FROM market_orderline line, market_producerstatement statement
     WHERE line.id = adjustment.line_id AND statement.producer_id = line.producer_id AND statement.cycle_id = %s
       AND line.order_id IN (SELECT id FROM market_order o WHERE o.cycle_id = statement.cycle_id)"""


def settle(season: Season, cycle: Cycle, rows: Orders) -> None:
    """A statement for each producer; all but those of the last two settled cycles are paid out."""
    paid = timezone.localdate(season.now) - cycle.delivered_on > timedelta(days=14)
    settled_at = at(cycle.delivered_on + timedelta(days=2), 10)
    statements = []
    for producer_id, sums in sorted(rows.by_producer.items()):
        net = sums["sold"] + sums["adjusted"] - sums["margin"]
        public_id, paid_on = season.uuid(), cycle.delivered_on + timedelta(days=9)
        reference = f"VIR-{cycle.number:03d}-{producer_id}"
        statements.append(
            {
                "public_id": public_id,
                "cycle_id": cycle.pk,
                "producer_id": producer_id,
                "sold": sums["sold"],
                "adjusted": sums["adjusted"],
                "margin": sums["margin"],
                "net": net,
                "tps": cents(sums["taxable"] * Decimal("0.05")),
                "tvq": cents(sums["taxable"] * Decimal("0.09975")),
                "deposits": sums["deposits"],
                "settled_at": settled_at,
                "paid_on": paid_on if paid and net > 0 else None,
                "paid_reference": reference if paid and net > 0 else "",
                "paid_by_id": season.coordinator.pk if paid and net > 0 else None,
            }
        )
        if paid and net > 0:
            season.postings.append(
                Posting(
                    key=f"payout:{public_id}",
                    occurred_on=paid_on,
                    memo=f"Paiement au producteur, cycle {cycle.number}, {reference}",
                    lines=[Line(AccountKind.PRODUCER, net, organisation_id=producer_id), Line(AccountKind.BANK, -net)],
                )
            )
    copy(ProducerStatement, statements, now=season.now)
    with connection.cursor() as cursor:
        cursor.execute(CORRECTIONS, [cycle.pk])
    sums = {name: sum((row[name] for row in rows.orders), ZERO) for name in SUMS if name != "goods"}
    CycleSettlement.objects.create(
        cycle=cycle, orders=len(rows.orders), charged=sums.pop("total"), at=settled_at, **sums
    )


def confirm(season: Season, cycle: Cycle, rows: Orders) -> None:
    """Most producers have confirmed their order sheet of the cycle that just closed."""
    copy(
        ProducerConfirmation,
        [
            {"cycle_id": cycle.pk, "producer_id": pk, "at": season.now - timedelta(minutes=20)}
            for pk in sorted(rows.by_producer)
            if season.random.random() < 0.7
        ],
        now=season.now,
    )


def post_season(season: Season) -> None:
    """Post everything that the cycles have gathered, in the order of its days."""
    season.postings.sort(key=lambda p: p.occurred_on)
    ledger.post_many(book_id=season.book_id, postings=season.postings)
    season.postings.clear()
    posted = dict(
        Transaction.objects.filter(book_id=season.book_id, key__startswith="payment:").values_list("key", "pk")
    )
    copy(
        Payment,
        ({**row, "transaction_id": posted[f"payment:{row['public_id']}"]} for row in season.payments),
        now=season.now,
    )
