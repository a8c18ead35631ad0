"""Columns of words among a few are checked, in a database that was made before they were (`core.choices`)."""

from typing import Any

from django.core.management.base import CommandError
from django.db import migrations
from django.utils.translation import gettext as _

from maillage.core.choices import Choice

# The check of a column alone; those that constraints declare have names of their own.
CHECKED = """
SELECT 1 FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND c.conkey = ARRAY[a.attnum]
 WHERE c.conrelid = %s::regclass AND c.contype = 'c' AND a.attname = %s AND c.conname ~ '_check[0-9]*$'
"""


def check(apps: Any, schema_editor: Any) -> None:
    with schema_editor.connection.cursor() as cursor:
        for model in apps.get_models():
            for field in model._meta.local_fields:
                if isinstance(field, Choice):
                    _check(cursor, schema_editor, model._meta.db_table, field)


def _check(cursor: Any, schema_editor: Any, name: str, field: Any) -> None:
    table, column = schema_editor.quote_name(name), schema_editor.quote_name(field.column)
    cursor.execute(CHECKED, [table, field.column])
    if cursor.fetchone():
        return
    said = field.db_check(schema_editor.connection)
    cursor.execute(f"SELECT string_agg(DISTINCT {column}, ', ') FROM {table} WHERE NOT ({said})")
    (strange,) = cursor.fetchone()
    if strange:
        raise CommandError(
            _("La colonne %(column)s de %(table)s contient des mots inconnus : %(words)s. Corrigez-les d'abord.")
            % {"column": field.column, "table": name, "words": strange}
        )
    cursor.execute(f"ALTER TABLE {table} ADD CHECK ({said})")


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
    operations = [migrations.RunPython(check, migrations.RunPython.noop)]
