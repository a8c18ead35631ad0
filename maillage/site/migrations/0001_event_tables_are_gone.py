"""Every context has carried its event tables into the log of changes: what they leaned on goes too."""

from django.db import migrations

GONE = """
DROP FUNCTION IF EXISTS _pgh_attach_context();
DROP TABLE IF EXISTS pghistory_context;
DELETE FROM django_migrations WHERE app = 'pghistory';
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accompaniment", "0002_changes"),
        ("catalogue", "0003_changes"),
        ("core", "0003_changes"),
        ("directory", "0003_changes"),
        ("funding", "0002_changes"),
        ("governance", "0002_changes"),
        ("market", "0003_changes"),
        ("membership", "0002_changes"),
        ("payments", "0002_changes"),
        ("programmes", "0002_changes"),
    ]
    operations = [migrations.RunSQL(GONE, migrations.RunSQL.noop)]
