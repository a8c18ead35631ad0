"""Jobs of a priority below zero notify nobody and leave no note of when they were deferred.

A transaction that notifies holds a lock on the whole database until its commit is on the disk: orders that notify commit
one after the other. docs/adr/0007-quiet-events.md.
"""

from django.db import migrations


def _triggers(condition: str) -> str:
    return f"""
        DROP TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1 ON procrastinate_jobs;
        CREATE TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1 AFTER INSERT ON procrastinate_jobs
            FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION procrastinate_notify_queue_job_inserted_v1();
        DROP TRIGGER procrastinate_trigger_status_events_insert_v1 ON procrastinate_jobs;
        CREATE TRIGGER procrastinate_trigger_status_events_insert_v1 AFTER INSERT ON procrastinate_jobs
            FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION procrastinate_trigger_function_status_events_insert_v1();
    """


class Migration(migrations.Migration):
    dependencies = [("core", "0002_shared_cache"), ("procrastinate", "0041_post_retry_failed_job")]
    operations = [
        migrations.RunSQL(
            _triggers("NEW.status = 'todo' AND NEW.priority >= 0"),
            _triggers("NEW.status = 'todo'"),
        )
    ]
