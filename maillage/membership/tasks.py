"""Jobs of membership."""

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from maillage.core import clock, letters

from . import actions, emails, queries

NOTICE = timedelta(days=30)


@app.periodic(cron="15 12 * * *")
@app.task(name="membership.remind", queueing_lock="membership.remind")
def remind(timestamp: int) -> None:
    """Each day, remind those whose membership ends within 30 days, once."""
    send_reminders(timezone.localdate(clock.now()))


def send_reminders(today: date) -> int:
    """Write the letters and note that they were, at once. Returns how many members are told.

    An organisation's reminder goes to those who order for it.
    """
    told = 0
    for membership in queries.ending_between(today, today + NOTICE):
        addresses = queries.addresses_of(membership)
        messages = [emails.reminder(membership, address=to, language=language) for to, language in addresses]
        if messages:
            with transaction.atomic():
                for message in messages:
                    letters.post(message, key=f"membership-reminder:{membership.pk}")
                actions.mark_reminded(membership_ids=[membership.pk], today=today)
            told += 1
    return told
