"""Values of funding that other contexts use."""

from dataclasses import dataclass
from decimal import Decimal

from maillage.directory.types import RoleKind

from .models import FunderKind

__all__ = ["READERS", "WRITERS", "Balance", "FunderKind"]


@dataclass(frozen=True)
class Balance:
    """Of an agreement: received, planned and not yet received, left to receive (None: no amount), planned nowhere."""

    received: Decimal
    planned: Decimal
    left: Decimal | None
    unplanned: Decimal | None


WRITERS = (RoleKind.DIRECTOR, RoleKind.MANAGER)
"""Who keeps the agreements of an organisation."""
READERS = (*WRITERS, RoleKind.BOARD, RoleKind.TREASURER)
"""Who reads them."""
