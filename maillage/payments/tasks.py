"""Jobs of payments."""

from procrastinate.contrib.django import app

from maillage.core import clock

from . import actions, queries


@app.periodic(cron="*/10 * * * *")
@app.task(name="payments.reconcile_cards", queueing_lock="payments.reconcile_cards")
def reconcile_cards(timestamp: int) -> None:
    """Every ten minutes, ask the gateway about the payments that wait."""
    if queries.card_is_offered():
        actions.reconcile_cards(now=clock.now())


@app.periodic(cron="35 8 * * *")
@app.task(name="payments.forget_files", queueing_lock="payments.forget_files")
def forget_files(timestamp: int) -> None:
    """Every night, give up the files of banks that nobody confirmed for a week."""
    actions.forget_files(now=clock.now())
