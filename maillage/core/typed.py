"""What people type, read within bounds: a search, a day, an address to go back to.

Every view reads these here: what is typed by anyone decides neither how long a query takes nor where a page leads.
"""

import unicodedata
from collections.abc import Iterable
from datetime import date

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

WORDS, LETTERS, WHOLE = 8, 100, 200
FIRST, LAST = date(1900, 1, 1), date(2199, 12, 31)
"""Days that people may mean; what lies beyond overflows as soon as anything is added to it."""
_ADDRESS = 2000
_HIDDEN = {"Cc", "Cs", "Co", "Cn"}


def search_text(text: object) -> str:
    """What is typed in a search: 200 characters at most, one space between words, no control character."""
    bare = "".join(" " if unicodedata.category(c) in _HIDDEN else c for c in str(text or "")[: 4 * WHOLE])
    return " ".join(bare.split())[:WHOLE].rstrip()


def search_words(text: object) -> list[str]:
    """Its words: 8 at most, of 100 characters at most; each is one condition of a query."""
    return [word[:LETTERS] for word in search_text(text).split()[:WORDS]]


def day_of(text: object) -> date | None:
    """`2026-11-30` between 1900 and 2199; None for anything else."""
    found = str(text or "").strip()
    try:
        day = date.fromisoformat(found) if len(found) == 10 and found[4] == found[7] == "-" else None
    except ValueError:
        return None
    return day if day and FIRST <= day <= LAST else None


def next_path(request: HttpRequest, default: str = "") -> str:
    """The page of this site that a form or an address names by `next`, else `default`."""
    return local_path(request, (request.POST.get("next"), request.GET.get("next")), default)


def local_path(request: HttpRequest, asked: Iterable[str | None], default: str = "") -> str:
    """The first of `asked` that is given, if it is an address of this site; else `default`."""
    text = next((text for text in asked if text), "")
    if len(text) > _ADDRESS or not text.startswith(("/", f"{request.scheme}://{request.get_host()}/")):
        return default
    safe = url_has_allowed_host_and_scheme(text, {request.get_host()}, require_https=request.is_secure())
    return text if safe else default
