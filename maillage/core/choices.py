"""A word among a few, which the database holds to as well: what no form asked for cannot be stored."""

from typing import Any

from django.db import models


class Choice(models.CharField[str, str]):
    """A CharField with `choices` whose column has a CHECK of their values (and of "" where it may be blank).

    The check follows the choices: when they change, so does it, with the AlterField of the migration.
    """

    def db_check(self, connection: Any) -> str:
        values = dict.fromkeys([*(str(value) for value, _label in self.flatchoices), *([""] if self.blank else [])])
        quoted = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
        return f"{connection.ops.quote_name(self.column)} IN ({quoted})"
