"""What the clock does: reminds of the accounts to give."""

from datetime import date

from django.utils import timezone
from procrastinate.contrib.django import app

from . import actions, emails, queries


@app.periodic(cron="25 12 * * *", periodic_id="funding_reminders")
@app.task(name="funding.remind", queueing_lock="funding.remind")
def remind(timestamp: int) -> None:
    send_reminders(timezone.localdate())


def send_reminders(today: date) -> int:
    """Send, then note: a message that could not leave is tried again the next day. Returns how many accounts."""
    told = 0
    for row in queries.accounts_to_remind(today=today):
        sent = [emails.reminder(row, person).send() for person in emails.told_for(row)]
        if any(sent):
            actions.mark_reminded(accountability_id=row.pk, today=today)
            told += 1
    return told
