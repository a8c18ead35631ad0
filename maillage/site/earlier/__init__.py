"""Databases of earlier versions, brought to where the migrations of today begin.

Migrations were put together in December 2026. A database that had all of those before is known by their names (each of
today's says which it replaces). What came between the version of 27 November and then stands in this folder as SQL,
a file for each migration that was.
"""

from importlib.resources import files
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext as _

LAST_KNOWN = "2026-11-27"

type Name = tuple[str, str]


class TooOld(Exception):
    """The database is of a version that this one cannot read. Its message is a sentence for an operator."""


def bring_forward(connection: Any, *, look: bool = False) -> list[Name]:
    """What an earlier version's database lacks is made, all or nothing; the names of what was. A new one lacks nothing.

    `look`: only names it.

    Raises TooOld.
    """
    recorder = MigrationRecorder(connection)
    known = set(recorder.applied_migrations()) if recorder.has_table() else set()
    before = _names_before()
    if not known & before or before <= known:
        return []
    missing = [name for name in _between() if name not in known]
    if before - known - set(missing) or _are_today(known):
        raise TooOld(
            _(
                "Cette base date d'avant le %(day)s, ou sa mise à niveau s'est arrêtée en chemin : installez d'abord "
                "la version de cette date, lancez « bin/serve prepare », puis revenez à celle-ci. "
                "Rien n'a été changé."
            )
            % {"day": LAST_KNOWN}
        )
    if look:
        return missing
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for app, name in missing:
            cursor.execute((files(__package__) / f"{app}.{name}.sql").read_text(encoding="utf-8"))
            recorder.record_applied(app, name)
    return missing


def _between() -> list[Name]:
    """The migrations between the two versions, in an order in which they can run."""
    found = sorted(path.name for path in files(__package__).iterdir() if path.name.endswith(".sql"))
    return [(app, name) for app, name, _sql in (entry.split(".") for entry in found)]


def _names_before() -> set[Name]:
    """All that today's migrations replace."""
    return {tuple(name) for migration in _ours().values() for name in migration.replaces}


def _are_today(known: set[Name]) -> bool:
    return bool(known & set(_ours()))


def _ours() -> dict[Name, Any]:
    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    return {key: m for key, m in loader.disk_migrations.items() if key[0] in _labels()}


def _labels() -> set[str]:
    return {config.label for config in apps.get_app_configs() if config.name.startswith("maillage.")}
