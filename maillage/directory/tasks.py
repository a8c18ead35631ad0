"""What the worker does for people: the files that they asked for."""

from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from maillage.core import clock

from .actions import downloads, file_imports, security

AGAIN = RetryStrategy(max_attempts=3, exponential_wait=5)


@app.task(name="directory.download", queue="documents", retry=AGAIN, pass_context=True)
def make_download(context: JobContext, download_id: int) -> None:
    downloads.make(download_id=download_id, job_id=context.job.id, now=clock.now())


@app.task(name="directory.import_file", queue="documents", retry=AGAIN, pass_context=True)
def import_file(context: JobContext, import_id: int) -> None:
    file_imports.write(import_id=import_id, job_id=context.job.id, now=clock.now())


@app.periodic(cron="*/15 * * * *")
@app.task(name="directory.sweep_downloads", queueing_lock="directory.sweep_downloads", pass_context=False)
def sweep_downloads(timestamp: int) -> None:
    """Every quarter of an hour: files whose week is over go (made or read), those whose job died say so."""
    downloads.sweep_downloads(now=clock.now())
    file_imports.sweep(now=clock.now())


@app.periodic(cron="40 4 * * *")
@app.task(name="directory.sweep_sign_ins", queueing_lock="directory.sweep_sign_ins", pass_context=False)
def sweep_sign_ins(timestamp: int) -> None:
    """Every night: what is known of devices that were not seen for 90 days goes."""
    security.sweep_sign_ins(now=clock.now())
