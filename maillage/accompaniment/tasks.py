"""What the clock does: outcome questions, each morning."""

from procrastinate.contrib.django import app

from maillage.core import clock

from . import actions


@app.periodic(cron="0 13 * * *", periodic_id="outcome_questions")
@app.task(name="accompaniment.ask_outcomes", queue="default", pass_context=False)
def ask_outcomes(timestamp: int) -> None:
    """Ask the questions that are due (6, 12, 24 months after the end of a mandate)."""
    actions.ask_due_follow_ups(now=clock.now())
