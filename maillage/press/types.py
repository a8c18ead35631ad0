"""Values of press that other contexts use."""

from maillage.directory.types import RoleKind

WRITERS = (RoleKind.ADVISER, RoleKind.MANAGER, RoleKind.DIRECTOR, RoleKind.COORDINATOR)
"""Who keeps the register of an organisation."""
READERS = (*WRITERS, RoleKind.BOARD)
"""Who reads it."""
