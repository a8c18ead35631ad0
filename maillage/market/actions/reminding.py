"""A coordinator asks again the producers who have not confirmed."""

from collections.abc import Sequence
from datetime import datetime

from maillage.core.actions import action
from maillage.directory.models import Account

from .. import access
from ..notices import ask_again


@action(access.cycle)
def remind_producers(*, cycle_id: int, producers: Sequence[int], now: datetime, by: Account | None) -> int:
    """Ask again those who have a sheet and have not confirmed it. Returns how many are asked."""
    return sum(ask_again(cycle_id=cycle_id, producer_id=key, now=now) for key in producers)
