"""Jobs of membership."""

from datetime import date, timedelta

from django.utils import timezone
from procrastinate.contrib.django import app

from . import actions, emails, queries

NOTICE = timedelta(days=30)


@app.periodic(cron="15 12 * * *")
@app.task(name="membership.remind", queueing_lock="membership.remind")
def remind(timestamp: int) -> None:
    """Each day, remind those whose membership ends within 30 days, once."""
    send_reminders(timezone.localdate())


def send_reminders(today: date) -> int:
    """Send, then note: a message that could not leave is tried again the next day. Returns how many members were told.

    An organisation's reminder goes to those who order for it.
    """
    told = 0
    for membership in queries.ending_between(today, today + NOTICE):
        addresses = queries.addresses_of(membership)
        sent = [emails.reminder(membership, address=to, language=language).send() for to, language in addresses]
        if any(sent):
            actions.mark_reminded(membership_ids=[membership.pk], today=today)
            told += 1
    return told
