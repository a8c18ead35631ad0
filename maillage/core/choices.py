"""A word among a few, which the database holds to as well: what no form asked for cannot be stored."""

from typing import Any

from django.core.management.base import CommandError
from django.db import models
from django.utils.translation import gettext as _

# The check of a column alone; those that constraints declare have names of their own.
CHECKED = """
SELECT 1 FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND c.conkey = ARRAY[a.attnum]
 WHERE c.conrelid = %s::regclass AND c.contype = 'c' AND a.attname = %s AND c.conname ~ '_check[0-9]*$'
"""


class Choice(models.CharField[str, str]):
    """A CharField with `choices` whose column has a CHECK of their values (and of "" where it may be blank).

    The check follows the choices: when they change, so does it, with the AlterField of the migration.
    """

    def db_check(self, connection: Any) -> str:
        values = dict.fromkeys([*(str(value) for value, _label in self.flatchoices), *([""] if self.blank else [])])
        quoted = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
        return f"{connection.ops.quote_name(self.column)} IN ({quoted})"


def check_columns(apps: Any, schema_editor: Any) -> None:
    """For a migration: each Choice whose column has no check gets one. Raises CommandError when a row holds another
    word, and says which."""
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
    cursor.execute(f"SELECT string_agg(DISTINCT {column}, ', ') FROM {table} WHERE NOT ({said})")  # noqa: S608
    (strange,) = cursor.fetchone()
    if strange:
        raise CommandError(
            _("La colonne %(column)s de %(table)s contient des mots inconnus : %(words)s. Corrigez-les d'abord.")
            % {"column": field.column, "table": name, "words": strange}
        )
    cursor.execute(f"ALTER TABLE {table} ADD CHECK ({said})")
