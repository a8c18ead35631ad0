"""The demonstration territory: synthetic people, producers and orders at published scales, marked as such.

`load(now, echo)` writes all of it in one transaction, once: a second call changes nothing.
"""

from collections.abc import Callable
from datetime import datetime
from io import StringIO

from django.core.management import call_command
from django.db import transaction


def load(*, now: datetime, echo: Callable[[str], None]) -> bool:
    """Load the territory unless it is there. Returns whether it was loaded now."""
    from maillage.directory.models import Account

    from .bulk import refresh_statistics
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
        refresh_statistics()
        _load_support(now, echo)
    return True


def _load_support(now: datetime, echo: Callable[[str], None]) -> None:
    from .support import load_support

    echo("Support organisation, network and plan with their published figures")
    load_support(now)
