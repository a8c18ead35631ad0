"""What contexts say of themselves, each in its own folder (`core.presence`)."""

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from django.conf import settings


def modules(name: str) -> list[ModuleType]:
    """`<context>.<name>` of every context that has one, in the settings' order."""
    found = [f"{context}.{name}" for context in settings.CONTEXTS]
    return [import_module(path) for path in found if find_spec(path) is not None]


def collected(name: str, what: str) -> list[Any]:
    """The lists called `what` in those modules, end to end."""
    return [item for module in modules(name) for item in getattr(module, what, [])]
