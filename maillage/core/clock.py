"""The hour by which periodic work is done: the database's, as long as this machine agrees with it.

One machine whose clock is wrong must not close a cycle early. Every machine reads the same hour, and one that is
astray does no periodic work and says so, until the clocks agree again.
"""

import time
from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext as _

from . import sql
from .actions import Refused

MOST = timedelta(minutes=2)
"""How far two clocks may be apart, and how much one may jump (machines that ask an NTP server keep to a second)."""

_BOOTED = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # goes on while the machine sleeps


def _offset() -> float:
    return time.time() - time.clock_gettime(_BOOTED)


_started = _offset()


class ClockAstray(Refused):
    """This machine's clock disagrees with the database's, or jumped since the process started."""


def now() -> datetime:
    """The database's hour, UTC. Raises ClockAstray when this machine's is more than `MOST` away, or jumped as much."""
    ((at,),) = sql.rows("SELECT clock_timestamp()", {})
    check(at)
    return at  # type: ignore[no-any-return]


def check(database: datetime) -> None:
    """Compare an hour that the database just said with this machine's. Raises ClockAstray."""
    apart = datetime.now(UTC) - database
    if abs(apart) > MOST:
        raise ClockAstray(
            _("L’horloge de cette machine et celle de la base de données diffèrent de %(apart)s. Réglez-les (NTP).")
            % {"apart": _said(apart)}
        )
    jump = timedelta(seconds=_offset() - _started)
    if abs(jump) > MOST:
        raise ClockAstray(
            _("L’horloge de cette machine a sauté de %(apart)s. Vérifiez l’heure, puis redémarrez le service.")
            % {"apart": _said(jump)}
        )


def _said(span: timedelta) -> str:
    """« 3 j 2 h », « 14 min »."""
    minutes = round(abs(span).total_seconds() / 60)
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    parts = [_("%(n)s j") % {"n": days} if days else "", _("%(n)s h") % {"n": hours} if hours else ""]
    if not days and minutes:
        parts.append(_("%(n)s min") % {"n": minutes})
    return " ".join(part for part in parts if part) or _("quelques secondes")
