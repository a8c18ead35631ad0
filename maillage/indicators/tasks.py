"""What the clock does: reminders before a form or a link closes, each morning."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from maillage.core import clock

from . import actions
from .actions import link_files

AGAIN = RetryStrategy(max_attempts=5, exponential_wait=5)


@app.periodic(cron="15 13 * * *", periodic_id="indicator_reminders")
@app.task(name="indicators.remind", queue="default", pass_context=False)
def remind(timestamp: int) -> None:
    """Write once more to those who owe a declaration or a number, a few days before the end."""
    now = clock.now()
    actions.remind_declarations(now=now)
    actions.remind_numbers(now=now)
    link_files.forget_link_files(now=now)


@app.task(name="indicators.link_file", queue="documents", retry=AGAIN, pass_context=False)
def make_link_file(file_id: int) -> None:
    """A long file of a shared report."""
    link_files.write_link_file(file_id=file_id)
