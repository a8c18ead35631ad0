"""Fills the database of an older release, for a backup of it that `tests/test_older_backups.py` restores.

In a checkout of that release, with an empty embedded database of its own, so that nothing here is today's code:

    export MAILLAGE_DATA=/tmp/older/var MAILLAGE_TEST=1
    python manage.py migrate && PYTHONPATH=. python FROM-TODAY/tests/kept/make.py && python manage.py backup TO
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maillage.settings")
django.setup()

from django.db import connection  # noqa: E402

from tests import world  # noqa: E402

world.build()
# As releases before `document_ready_has_file` left them when a disk was full: ready, or failed, and nothing more.
with connection.cursor() as cursor:
    for kind, state in (("harvest", "ready"), ("pick_list", "failed")):
        cursor.execute(
            "INSERT INTO market_document (public_id, cycle_id, kind, temperature, state, file, sha256, size, problem)"
            " SELECT gen_random_uuid(), min(id), %s, 'frozen', %s, '', '', 0, '' FROM market_cycle",
            [kind, state],
        )
