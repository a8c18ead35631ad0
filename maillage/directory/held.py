"""A form that met a missing second factor: what was typed waits in the session until the factor is there.

    hold(request)          keep what the POST at hand says
    held = held_for(request)   what waits, and where it goes
    forget(request)

Files do not wait: they are chosen again. What waits goes after an hour, and with the session.
"""

import time
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

_KEY = "held_form"
KEPT_FOR = 3_600  # seconds
MOST = 300_000  # letters
_NEVER = {"csrfmiddlewaretoken"}


@dataclass(frozen=True)
class Held:
    """What was typed (name and text of each field) for the address `path`, sent from `page`.

    `files`: it had files, which are to be chosen again. `typed` is None when it was too long to keep.
    """

    path: str
    page: str
    typed: list[tuple[str, str]] | None
    files: bool


def hold(request: HttpRequest, *, page: str) -> None:
    """Keep what the POST says; `page` is where its form is."""
    typed = [(name, text) for name, texts in request.POST.lists() if name not in _NEVER for text in texts]
    whole = sum(len(name) + len(text) for name, text in typed) <= MOST
    request.session[_KEY] = {
        "path": request.get_full_path(),
        "page": page,
        "typed": typed if whole else None,
        "files": bool(request.FILES),
        "at": int(time.time()),
    }


def held_for(request: HttpRequest) -> Held | None:
    """What waits in this session, if anything."""
    kept: dict[str, Any] | None = request.session.get(_KEY)
    if not kept or time.time() - kept["at"] > KEPT_FOR:
        return None
    typed = kept["typed"]
    return Held(
        kept["path"], kept["page"], None if typed is None else [(name, text) for name, text in typed], kept["files"]
    )


def forget(request: HttpRequest) -> None:
    """Nothing waits any more."""
    request.session.pop(_KEY, None)
