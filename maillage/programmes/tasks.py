"""What the clock does: ends the holds of the waiting lists and offers the seats to the next."""

from django.utils import timezone
from procrastinate.contrib.django import app

from . import actions, queries


@app.periodic(cron="*/10 * * * *", periodic_id="waiting_lists")
@app.task(name="programmes.waiting_lists", queueing_lock="programmes.waiting_lists", pass_context=False)
def waiting_lists(timestamp: int) -> None:
    now = timezone.now()
    for activity_id in queries.waiting_activities(now=now):
        actions.offer_free_seats(activity_id=activity_id, now=now)
