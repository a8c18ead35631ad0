"""The shared cache, and quiet jobs."""

from django.db import migrations

RULES = """
-- What all web processes count together (the limits on signing in). A crash empties it, and may.
CREATE UNLOGGED TABLE core_cache (
    cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL
);
CREATE INDEX core_cache_expires ON core_cache (expires);

-- Jobs of a priority below zero notify nobody and leave no note of when they were deferred: a transaction that notifies
-- holds a lock on the whole database until its commit is on the disk. docs/adr/0007-quiet-events.md.
DROP TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1 ON procrastinate_jobs;
CREATE TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1 AFTER INSERT ON procrastinate_jobs
    FOR EACH ROW WHEN (NEW.status = 'todo' AND NEW.priority >= 0) EXECUTE FUNCTION procrastinate_notify_queue_job_inserted_v1();
DROP TRIGGER procrastinate_trigger_status_events_insert_v1 ON procrastinate_jobs;
CREATE TRIGGER procrastinate_trigger_status_events_insert_v1 AFTER INSERT ON procrastinate_jobs
    FOR EACH ROW WHEN (NEW.status = 'todo' AND NEW.priority >= 0) EXECUTE FUNCTION procrastinate_trigger_function_status_events_insert_v1();
"""


class Migration(migrations.Migration):
    replaces = [
        ("core", "0002_shared_cache"),
        ("core", "0003_quiet_jobs"),
    ]
    dependencies = [
        ("core", "0001_tables"),
        ("procrastinate", "0041_post_retry_failed_job"),
    ]
    operations = [migrations.RunSQL(RULES)]
