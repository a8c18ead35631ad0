"""What the clock does: reminds of the accounts to give."""

from datetime import date

from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from maillage.core import clock, letters

from . import actions, emails, queries


@app.periodic(cron="25 12 * * *", periodic_id="funding_reminders")
@app.task(name="funding.remind", queueing_lock="funding.remind")
def remind(timestamp: int) -> None:
    send_reminders(timezone.localdate(clock.now()))


def send_reminders(today: date) -> int:
    """Write the letters and note that they were, at once. Returns how many accounts."""
    told = 0
    for row in queries.accounts_to_remind(today=today):
        messages = [emails.reminder(row, person) for person in emails.told_for(row)]
        if messages:
            with transaction.atomic():
                for message in messages:
                    letters.post(message, key=f"account-reminder:{row.pk}:{row.due_on}")
                actions.mark_reminded(accountability_id=row.pk, today=today)
            told += 1
    return told
