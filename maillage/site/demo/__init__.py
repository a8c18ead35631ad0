"""The demonstration territory: synthetic people, producers and orders at published scales, marked as such.

`load(now, echo)` writes all of it in one transaction, once: a second call changes nothing.
"""

from collections.abc import Callable
from datetime import datetime
from io import StringIO

from django.core.management import call_command
from django.db import connection, transaction


def load(*, now: datetime, echo: Callable[[str], None]) -> bool:
    """Load the territory unless it is there. Returns whether it was loaded now."""
    from maillage.directory.models import Account

    from .cast import CAST, account_of
    from .markets import load_markets

    if Account.objects.filter(email=CAST[0].email).exists():
        return False
    with transaction.atomic():
        call_command("load_reference", stdout=StringIO())
        call_command("load_categories", stdout=StringIO())
        for character in CAST:
            account_of(character)
        load_markets(now=now, echo=echo)
        _load_support(now, echo)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return True


def _load_support(now: datetime, echo: Callable[[str], None]) -> None:
    from .support import load_support

    echo("Support organisation, network and plan with their published figures")
    load_support(now)
