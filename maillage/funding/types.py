"""Values of funding that other contexts use."""

from maillage.directory.types import RoleKind

from .models import FunderKind

__all__ = ["READERS", "WRITERS", "FunderKind"]

WRITERS = (RoleKind.DIRECTOR, RoleKind.MANAGER)
"""Who keeps the agreements of an organisation."""
READERS = (*WRITERS, RoleKind.BOARD, RoleKind.TREASURER)
"""Who reads them."""
