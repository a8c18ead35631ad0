"""Columns of words among a few are checked, in a database that was made before they were (`core.choices`)."""

from django.db import migrations

from maillage.core.choices import check_columns


class Migration(migrations.Migration):
    dependencies = [
        ("accompaniment", "0003_watch_confirmations"),
        ("core", "0003_changes"),
        ("directory", "0003_changes"),
        ("ledger", "0002_rules"),
        ("catalogue", "0003_changes"),
        ("payments", "0002_changes"),
        ("membership", "0002_changes"),
        ("governance", "0002_changes"),
        ("market", "0003_changes"),
        ("funding", "0002_changes"),
        ("programmes", "0002_changes"),
        ("indicators", "0002_rules"),
        ("site", "0001_event_tables_are_gone"),
    ]
    operations = [migrations.RunPython(check_columns, migrations.RunPython.noop)]
