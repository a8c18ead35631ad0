"""Settling a cycle: a statement for each producer, the sums of the cycle checked against the ledger; then paying."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core.actions import Refused, action
from maillage.core.dates import say
from maillage.core.events import publish
from maillage.core.money import ZERO
from maillage.core.tax import TaxClass, taxes_on
from maillage.directory import queries as directory
from maillage.ledger import actions as ledger
from maillage.ledger import queries as books
from maillage.ledger.models import Transaction
from maillage.ledger.types import AccountKind, Line

from .. import access
from ..models import (
    Cycle,
    CycleSettlement,
    CycleState,
    LineAdjustment,
    Order,
    OrderLine,
    OrderState,
    ProducerStatement,
)
from ..types import CycleSettled, StatementPaid
from . import cycles


class SumsDiffer(Refused):
    """What the orders say and what the ledger says are not the same: nothing was settled."""


class AlreadyPaid(Refused):
    """A statement is paid already, or has nothing to pay."""


class OnHold(Refused):
    """The producer's e-mail changed in the last days, and nobody here made sure of it by another channel."""


class NoReference(Refused):
    """A payment is found again at the bank by its reference: it needs one."""


class NotPaid(Refused):
    """A statement that is not paid cannot be taken back."""


@dataclass(frozen=True)
class Sums:
    """Dollars of a cycle."""

    charged: Decimal
    producers: Decimal
    margin: Decimal
    tps: Decimal
    tvq: Decimal
    deposits: Decimal
    delivery: Decimal


@action(access.settlement)
def settle_cycle(*, cycle_id: int, now: datetime, by: Any) -> Cycle:
    """Distributed → settled: one statement a producer, with the corrections of earlier cycles that waited for it.

    The cycle's sums are read twice, from its orders and from the ledger: SumsDiffer unless they agree to the cent.
    Raises WrongStep.
    """
    cycle = Cycle.objects.select_for_update(of=("self",)).select_related("market").get(pk=cycle_id)
    if cycle.state != CycleState.DISTRIBUTED:
        raise cycles.WrongStep(cycle)
    # Adjustments lock their order: wait for those under way, and keep the next ones after this transaction.
    orders = lock_orders(cycle)
    live = [o for o in orders if o.state != OrderState.CANCELLED]
    booked, ordered = ledger_sums(cycle, orders), order_sums(live)
    if booked != ordered:
        raise SumsDiffer(_("Les commandes et le grand livre ne s'accordent pas : le cycle n'est pas réglé."))
    CycleSettlement.objects.create(cycle=cycle, orders=len(live), at=now, **booked.__dict__)
    _write_statements(cycle, now)
    return cycles.advance(cycle, CycleState.SETTLED, now, by, CycleSettled)


def lock_orders(cycle: Cycle) -> list[Order]:
    return list(Order.objects.filter(cycle=cycle).order_by("pk").select_for_update(of=("self",), no_key=True))


def order_sums(orders: Iterable[Order]) -> Sums:
    """What the orders charge."""
    names = {"charged": "total", **{n: n for n in ("producers", "margin", "tps", "tvq", "deposits", "delivery")}}
    rows = list(orders)
    return Sums(**{name: sum((getattr(o, column) for o in rows), ZERO) for name, column in names.items()})


LEDGER_SUMS = """
    SELECT account.kind, sum(entry.amount)
      FROM ledger_transaction posted
      JOIN ledger_entry entry ON entry.transaction_id = posted.id
      JOIN ledger_ledgeraccount account ON account.id = entry.account_id
     WHERE posted.book_id = %s AND posted.key = ANY(%s)
     GROUP BY account.kind"""


def ledger_sums(cycle: Cycle, orders: Iterable[Order]) -> Sums:
    """What the ledger holds of the cycle's orders and adjustments, each under its key."""
    keys = [f"order:{o.public_id}:{revision}" for o in orders for revision in range(1, o.revision + 1)]
    adjusted = LineAdjustment.objects.filter(line__order__cycle=cycle).values_list("public_id", flat=True)
    keys += [f"adjustment:{public_id}" for public_id in adjusted]
    with connection.cursor() as cursor:
        cursor.execute(LEDGER_SUMS, [books.book_of(cycle.market.organisation_id).pk, keys])
        kinds = dict(cursor.fetchall())
    return Sums(
        charged=kinds.get(AccountKind.MEMBER.value, ZERO),
        producers=-kinds.get(AccountKind.PRODUCER.value, ZERO),
        margin=-kinds.get(AccountKind.MARGIN.value, ZERO),
        tps=-kinds.get(AccountKind.TPS.value, ZERO),
        tvq=-kinds.get(AccountKind.TVQ.value, ZERO),
        deposits=-kinds.get(AccountKind.DEPOSITS.value, ZERO),
        delivery=-kinds.get(AccountKind.DELIVERY.value, ZERO),
    )


def draft_statements(cycle: Cycle, *, now: datetime) -> list[ProducerStatement]:
    """What settling the cycle would write now, not saved: one statement a producer, by name of the producer."""
    return _drafts(cycle, _waiting(cycle), _negative(cycle), now)


def _write_statements(cycle: Cycle, now: datetime) -> None:
    """Corrections and negative statements that wait are locked first, then summed and taken: none slips in between."""
    late = lock_waiting(cycle)
    negative = list(_negative(cycle).order_by("pk").select_for_update(of=("self",), no_key=True))
    carried = ProducerStatement.objects.filter(pk__in=[s.pk for s in negative])
    for statement in ProducerStatement.objects.bulk_create(_drafts(cycle, late, carried, now)):
        mine = Q(line__order__cycle=cycle) | Q(pk__in=late.values("pk"))
        LineAdjustment.objects.filter(mine, line__producer_id=statement.producer_id, statement=None).update(
            statement=statement
        )
        if any(s.producer_id == statement.producer_id for s in negative):
            carried.filter(producer_id=statement.producer_id).update(carried_to=statement)


def lock_waiting(cycle: Cycle) -> QuerySet[LineAdjustment]:
    """The corrections that wait now, locked: those, and no later one, by key."""
    waiting = _waiting(cycle).order_by("pk").select_for_update(of=("self",), no_key=True)
    return LineAdjustment.objects.filter(pk__in=[adjustment.pk for adjustment in waiting])


def _waiting(cycle: Cycle) -> QuerySet[LineAdjustment]:
    """Corrections of settled cycles of the market that no statement has yet."""
    return LineAdjustment.objects.filter(
        statement=None, line__order__cycle__market=cycle.market, line__order__cycle__state=CycleState.SETTLED
    ).exclude(line__order__cycle=cycle)


def _negative(cycle: Cycle) -> QuerySet[ProducerStatement]:
    """Statements by which a producer owes the market, not carried over yet."""
    return ProducerStatement.objects.filter(cycle__market=cycle.market, net__lt=0, carried_to=None)


def _drafts(
    cycle: Cycle, waiting: QuerySet[LineAdjustment], negative: QuerySet[ProducerStatement], now: datetime
) -> list[ProducerStatement]:
    rows = (
        OrderLine.objects.filter(order__cycle=cycle)
        .exclude(order__state=OrderState.CANCELLED)
        .order_by()
        .values("producer_id")
        .annotate(
            gross=Sum("goods"),
            net=Sum("producers"),
            kept=Sum("margin"),
            deposit=Sum("deposits"),
            taxable=Sum("goods", filter=Q(tax_class=TaxClass.TAXABLE), default=ZERO),
        )
    )
    changes = _by_producer(LineAdjustment.objects.filter(line__order__cycle=cycle), "line__producer_id", "goods")
    late = _by_producer(waiting, "line__producer_id", "producers")
    owed = _by_producer(negative, "producer_id", "net")
    sums = {row["producer_id"]: row for row in rows}
    return [
        _statement(cycle, pk, sums.get(pk), changes[pk], late[pk] + owed[pk], now)
        for pk in sorted(sums.keys() | late.keys() | owed.keys())
    ]


def _by_producer(rows: QuerySet[Any], producer: str, column: str) -> dict[int, Decimal]:
    found: dict[int, Decimal] = defaultdict(lambda: ZERO)
    found.update(rows.order_by().values_list(producer).annotate(Sum(column)))
    return found


def _statement(
    cycle: Cycle, producer_id: int, row: Any, adjusted: Decimal, late: Decimal, now: datetime
) -> ProducerStatement:
    zero = {"gross": ZERO, "net": ZERO, "kept": ZERO, "deposit": ZERO, "taxable": ZERO}
    row = row or zero
    taxes = taxes_on(row["taxable"])
    return ProducerStatement(
        cycle=cycle,
        producer_id=producer_id,
        sold=row["gross"] - adjusted,
        adjusted=adjusted,
        margin=row["kept"],
        late=late,
        net=row["net"] + late,
        tps=taxes.tps,
        tvq=taxes.tvq,
        deposits=row["deposit"],
        settled_at=now,
    )


@action(access.statements)
def pay_statements(
    *, statement_ids: Iterable[int], paid_on: date, reference: str, now: datetime, by: Any
) -> list[ProducerStatement]:
    """Payable → paid, with a date and the reference of the transfer: debit PRODUCER, credit BANK. All, or none.

    Raises AlreadyPaid for a statement that is paid or has nothing to pay, OnHold, NoReference; ledger's PeriodClosed.
    """
    if not reference.strip():
        raise NoReference(_("Inscrivez la référence du virement : elle permet de le retrouver à la banque."))
    statements = lock_statements(set(statement_ids))
    for statement in statements:
        if statement.paid_on is not None or statement.net <= 0:
            raise AlreadyPaid(
                _("Le relevé de %(producer)s est déjà payé, ou n'a rien à payer.") % {"producer": statement.producer}
            )
    _check_holds(statements, now)
    book_of = {key: books.book_of(key).pk for key in {s.cycle.market.organisation_id for s in statements}}
    for statement in statements:
        _pay(statement, book_of[statement.cycle.market.organisation_id], paid_on, reference.strip()[:80], by)
    return statements


def _check_holds(statements: Iterable[ProducerStatement], now: datetime) -> None:
    for statement in statements:
        payer = statement.cycle.market.organisation_id
        hold = directory.holds_on([statement.producer_id], payer_id=payer, now=now).get(statement.producer_id)
        if hold is not None and hold.standing:
            raise OnHold(
                _(
                    "Le courriel de %(producer)s a changé : le paiement attend jusqu'au %(until)s, à moins que vous "
                    "confirmiez l'avoir vérifié autrement."
                )
                % {"producer": statement.producer, "until": say(timezone.localtime(hold.until), "DATETIME_FORMAT")}
            )


def lock_statements(ids: Iterable[int]) -> list[ProducerStatement]:
    return list(
        ProducerStatement.objects.filter(pk__in=ids)
        .select_for_update(of=("self",), no_key=True)
        .select_related("cycle__market", "producer")
        .order_by("pk")
    )


def _pay(statement: ProducerStatement, book_id: int, paid_on: date, reference: str, by: Any) -> None:
    ledger.post(
        book_id=book_id,
        key=f"payout:{statement.public_id}:{_payouts(statement) + 1}",
        occurred_on=paid_on,
        memo=_("Paiement à %(producer)s, cycle %(number)s, %(reference)s")
        % {"producer": statement.producer, "number": statement.cycle.number, "reference": reference},
        lines=[
            Line(AccountKind.PRODUCER, statement.net, organisation_id=statement.producer_id),
            Line(AccountKind.BANK, -statement.net),
        ],
        by=by,
    )
    statement.paid_on, statement.paid_reference, statement.paid_by = paid_on, reference, by
    statement.save(update_fields=["paid_on", "paid_reference", "paid_by"])
    publish(StatementPaid(statement_id=statement.pk))


@action(access.statement)
def undo_payment(*, statement_id: int, now: datetime, by: Any) -> ProducerStatement:
    """The statement is payable again; the ledger gets the opposite transaction. Raises NotPaid."""
    statement = (
        ProducerStatement.objects.select_for_update(of=("self",), no_key=True)
        .select_related("cycle__market")
        .get(pk=statement_id)
    )
    if statement.paid_on is None:
        raise NotPaid(_("Ce relevé n'est pas payé."))
    book = books.book_of(statement.cycle.market.organisation_id)
    last = (
        Transaction.objects.filter(book=book, key__startswith=f"payout:{statement.public_id}", reverses=None)
        .filter(reversed_by=None)
        .latest("pk")
    )
    ledger.reverse(
        transaction_id=last.pk,
        key=f"{last.key}:undone",
        occurred_on=timezone.localdate(now),
        memo=_("Annulation du paiement %(reference)s") % {"reference": statement.paid_reference},
        by=by,
    )
    statement.paid_on, statement.paid_reference, statement.paid_by = None, "", None
    statement.save(update_fields=["paid_on", "paid_reference", "paid_by"])
    return statement


def _payouts(statement: ProducerStatement) -> int:
    return Transaction.objects.filter(key__startswith=f"payout:{statement.public_id}", reverses=None).count()
