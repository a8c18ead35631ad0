"""Navigation, by role."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from .navigation import Navigation


def navigation(request: HttpRequest) -> dict[str, Any]:
    """`nav`: computed only when a whole page is shown."""
    return {"nav": Navigation(request), "SOURCE_URL": settings.SOURCE_URL}
