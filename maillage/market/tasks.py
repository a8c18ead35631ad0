"""What the worker does for markets: the clock, documents, messages."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from maillage.core import clock as hours

from . import corrections, documents, notices, statements
from .actions.cycles import run_clock
from .actions.offers import send_stock_alerts

AGAIN = RetryStrategy(max_attempts=5, exponential_wait=5)


@app.periodic(cron="* * * * *")
@app.task(name="market.clock", queueing_lock="market.clock", pass_context=False)
def clock(timestamp: int) -> None:
    """Every minute: open and close cycles that are due, tell producers of stock that runs out."""
    now = hours.now()
    run_clock(now=now)
    send_stock_alerts(now=now, by=None)


@app.periodic(cron="*/5 * * * *")
@app.task(name="market.rescue_documents", queueing_lock="market.rescue_documents", pass_context=False)
def rescue_documents(timestamp: int) -> None:
    """Every five minutes: documents that no job makes any more get one, sheets that never left leave."""
    documents.rescue(now=hours.now())


@app.periodic(cron="7 * * * *")
@app.task(name="market.reminders", queueing_lock="market.reminders", pass_context=False)
def reminders(timestamp: int) -> None:
    """Every hour: ask again, once, the producers who have not confirmed a day after the close."""
    notices.remind_late_confirmations(now=hours.now())


@app.task(name="market.document", queue="documents", retry=AGAIN, pass_context=False)
def make_document(document_id: int) -> None:
    documents.make(document_id=document_id, now=hours.now())


@app.task(name="market.order_sheet", queue="mail", retry=AGAIN, pass_context=False)
def send_order_sheet(cycle_id: int, producer_id: int) -> None:
    notices.send_order_sheet(cycle_id=cycle_id, producer_id=producer_id)


@app.task(name="market.reminder", queue="mail", retry=AGAIN, pass_context=False)
def send_reminder(cycle_id: int, producer_id: int, wave: str = "") -> None:
    notices.send_reminder(cycle_id=cycle_id, producer_id=producer_id, wave=wave)


@app.task(name="market.statement", queue="mail", retry=AGAIN, pass_context=False)
def send_statement(statement_id: int, paid: bool) -> None:
    statements.send(statement_id=statement_id, paid=paid)


@app.periodic(cron="*/10 * * * *")
@app.task(name="market.corrections", queueing_lock="market.corrections", pass_context=False)
def tell_corrections(timestamp: int) -> None:
    """Every ten minutes: tell members, once an order, why what they pay moved."""
    corrections.defer_letters(now=hours.now())


@app.task(name="market.correction", queue="mail", retry=AGAIN, pass_context=False)
def send_correction(order_id: int) -> None:
    corrections.send(order_id=order_id, now=hours.now())
