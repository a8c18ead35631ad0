"""A document is ready only with a file: those that a full disk left ready and empty wait to be made again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("directory", "0008_job_of_a_download"),
        ("market", "0018_tax_numbers"),
    ]

    operations = [
        migrations.RunSQL(
            """
            UPDATE market_document SET state = 'waiting', problem = ''
            WHERE state = 'ready' AND (file = '' OR size = 0 OR sha256 = '' OR made_at IS NULL);
            UPDATE market_document SET problem = '?' WHERE state = 'failed' AND problem = '';
            """,
            migrations.RunSQL.noop,
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "ready"), _negated=True),
                    models.Q(
                        models.Q(("file", ""), _negated=True),
                        ("made_at__isnull", False),
                        ("size__gt", 0),
                        models.Q(("sha256", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="document_ready_has_file",
            ),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "failed"), _negated=True),
                    models.Q(("problem", ""), _negated=True),
                    _connector="OR",
                ),
                name="document_failed_says_why",
            ),
        ),
    ]
