"""What surrounds every page (head, header, footer, bar of a phone), rendered once for all who see the same.

It follows from the language and from where a person may go. The few things of their own (address, page at hand,
form token) are marks in the kept markup, replaced for each request.
"""

from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.template.loader import get_template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from .memo import Memo

TOKEN, PATH, QUOTED_PATH, EMAIL, HUE, INITIALS = "\x01\x02\x03\x04\x05\x06"
_kept: Memo[str] = Memo(512)


def chrome(context: Any, part: str, *, hue: Any, initials: Any) -> SafeString:
    """The part of `core/chrome.html` of that name, for the person and page of a template context."""
    request, nav = context.get("request"), context.get("nav")
    user, path = getattr(request, "user", None), getattr(request, "path", "")
    email = str(getattr(user, "email", "") or "")
    signed_in = bool(user is not None and user.is_authenticated)
    demo, source = context.get("DEMO", settings.DEMO), context.get("SOURCE_URL", settings.SOURCE_URL)

    def make() -> str:
        return get_template(f"core/chrome.html#{part}").render({
            "nav": nav, "DEMO": demo, "SOURCE_URL": source, "signed_in": signed_in, "home": path == "/",
            "csrf_token": TOKEN, "path": PATH, "quoted_path": QUOTED_PATH, "email": EMAIL, "hue": HUE,
            "initials": INITIALS,
        })  # fmt: skip

    key = (part, get_language(), demo, source, signed_in, path == "/", getattr(nav, "key", ()))
    markup = make() if settings.DEBUG else _kept.get(key, make)
    if part == "head":
        return mark_safe(markup)  # noqa: S308 - rendered by a template
    here = request.get_full_path() if request is not None else "/"
    own = {TOKEN: str(context.get("csrf_token", "")), PATH: here, QUOTED_PATH: quote(here), EMAIL: email}
    own |= {HUE: str(hue(email)), INITIALS: initials(email)}
    for mark, value in own.items():
        if mark in markup:
            markup = markup.replace(mark, escape(value))
    return mark_safe(markup)  # noqa: S308 - rendered by a template, and what is replaced is escaped
