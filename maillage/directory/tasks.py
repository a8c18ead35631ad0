"""What the worker does for people: the files that they asked for."""

from django.utils import timezone
from procrastinate.contrib.django import app

from .actions import downloads, security


@app.task(name="directory.download", queue="documents", pass_context=False)
def make_download(download_id: int) -> None:
    downloads.make(download_id=download_id, now=timezone.now())


@app.periodic(cron="*/15 * * * *")
@app.task(name="directory.sweep_downloads", queueing_lock="directory.sweep_downloads", pass_context=False)
def sweep_downloads(timestamp: int) -> None:
    """Every quarter of an hour: files whose week is over go, those whose job died say so."""
    downloads.sweep_downloads(now=timezone.now())


@app.periodic(cron="40 4 * * *")
@app.task(name="directory.sweep_sign_ins", queueing_lock="directory.sweep_sign_ins", pass_context=False)
def sweep_sign_ins(timestamp: int) -> None:
    """Every night: what is known of devices that were not seen for 90 days goes."""
    security.sweep_sign_ins(now=timezone.now())
