"""What the clock does: ends holds and offers the seats to those who wait, reminds, asks for opinions."""

from procrastinate.contrib.django import app

from maillage.core import clock

from . import actions, queries


@app.periodic(cron="*/10 * * * *", periodic_id="waiting_lists")
@app.task(name="programmes.waiting_lists", queueing_lock="programmes.waiting_lists", pass_context=False)
def waiting_lists(timestamp: int) -> None:
    now = clock.now()
    for activity_id in queries.waiting_activities(now=now):
        actions.offer_free_seats(activity_id=activity_id, now=now)


@app.periodic(cron="5,35 * * * *", periodic_id="activity_messages")
@app.task(name="programmes.messages", queueing_lock="programmes.messages", pass_context=False)
def messages(timestamp: int) -> None:
    """Reminders of the sessions that come; the day after the last one, the question of what people thought."""
    now = clock.now()
    for session_id in queries.sessions_to_remind(now=now):
        actions.remind(session_id=session_id, now=now)
    for activity_id in queries.activities_to_ask(now=now):
        actions.ask_feedback(activity_id=activity_id, now=now)
