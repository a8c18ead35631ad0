"""What the clock does for jobs and letters: those whose worker died run again, old rows go."""

import logging

import procrastinate
from django.contrib.sessions.models import Session

from . import clock, files, letters, once, sql, workload
from .events import blueprint

log = logging.getLogger(__name__)
RESCUES = 5  # a job whose worker died that often kills workers


@blueprint.periodic(cron="* * * * * */15")
@blueprint.task(name="rescue", queueing_lock="core.rescue", pass_context=True)
async def rescue(context: procrastinate.JobContext, timestamp: int) -> None:
    """Every quarter of a minute: jobs whose worker gives no sign wait again. One that killed five workers failed."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=workload.SILENT):
        if job.id is None:
            continue
        if job.attempts >= RESCUES:
            log.error("job %s (%s) took %s workers with it: given up", job.id, job.task_name, job.attempts)
            await manager.finish_job_by_id_async(job.id, procrastinate.jobs.Status.FAILED, delete_job=False)
        else:
            log.warning("job %s (%s) lost its worker: it runs again", job.id, job.task_name)
            await manager.retry_job(job)
    await manager.prune_stalled_workers(seconds_since_heartbeat=workload.SILENT * 10)


@blueprint.periodic(cron="*/5 * * * *")
@blueprint.task(name="rescue_letters", queueing_lock="core.rescue_letters")
def rescue_letters(timestamp: int) -> None:
    """Every five minutes: letters without a job get one."""
    letters.rescue()


@blueprint.periodic(cron="41 7 * * *")
@blueprint.task(name="forget_letters", queueing_lock="core.forget_letters")
def forget_letters(timestamp: int) -> None:
    """Every night: rows of letters that left three months ago go, and the reasons of jobs that went well since."""
    letters.forget(now=clock.now())
    workload.forget_troubles()


@blueprint.periodic(cron="17 6 * * *")
@blueprint.task(name="look_at_files", queueing_lock="core.look_at_files")
def look_at_files(timestamp: int) -> None:
    """Every night: files that are missing, or whose size changed. Administrators see them."""
    files.look(now=clock.now())


@blueprint.periodic(cron="11 8 * * *")
@blueprint.task(name="forget_sessions", queueing_lock="core.forget_sessions")
def forget_sessions(timestamp: int) -> None:
    """Every night: sessions that are over, forms sent a week ago, what the cache keeps (it looks at a key when
    asked, and only then)."""
    now = clock.now()
    once.forget_old(now=now)
    Session.objects.filter(expire_date__lt=now).delete()
    sql.run("DELETE FROM core_cache WHERE expires < %(now)s", {"now": now})
