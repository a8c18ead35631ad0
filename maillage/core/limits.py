"""How often a form that asks for no account may be sent: by an address of the network, and by all of them.

    @login_not_required
    @limits.public_form("inscription")
    def register(request, …)

Counted in `core_cache`, the table that web processes share, in windows of ten minutes, each by one statement: of many
that come at once, exactly as many as the limit pass. Over the limit the page says so (429), with
when to try again, and holds what was typed. Someone who is signed in is not counted. An address of the network is
what `ALLAUTH_TRUSTED_PROXY_COUNT` lets us believe; of an IPv6 address the first half counts.
"""

import hashlib
import ipaddress
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Protocol, cast

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string

from . import sql

WINDOW = 600  # seconds
BY_ADDRESS = 30
"""A classroom or a fair registers from one address."""
BY_ALL = 400
A_DAY = 86_400
LETTERS = 4
"""Messages a day that strangers have sent to an address which its holder confirmed."""
_FIELDS, _LENGTH = 60, 8_000

type View = Callable[..., HttpResponseBase]


class Decorator(Protocol):
    """Gives a view of the same kind."""

    def __call__[V: View](self, view: V, /) -> V: ...


def public_form(name: str, *, by_address: int = BY_ADDRESS, by_all: int = BY_ALL) -> Decorator:
    """The view, whose POSTs without an account are counted under `name`."""

    def decorate[V: View](view: V) -> V:
        @wraps(view)
        def counted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method == "POST" and not request.user.is_authenticated:
                here = within(f"{name}:{address_of(request)}", most=by_address, seconds=WINDOW)
                if not here or not within(name, most=by_all, seconds=WINDOW):
                    return too_often(request)
            return view(request, *args, **kwargs)

        counted.limited = name  # type: ignore[attr-defined]
        return cast(V, counted)

    return decorate


_COUNT = """
INSERT INTO core_cache AS kept (cache_key, value, expires)
VALUES (%(key)s, '1', to_timestamp(%(ends)s))
ON CONFLICT (cache_key) DO UPDATE SET
    value = CASE WHEN kept.expires <= to_timestamp(%(now)s) THEN 1 ELSE kept.value::bigint + 1 END::text,
    expires = CASE WHEN kept.expires <= to_timestamp(%(now)s) THEN excluded.expires ELSE kept.expires END
RETURNING kept.value::bigint
"""


def within(key: str, *, most: int, seconds: int) -> bool:
    """Count one more under `key`; whether that is at most `most` in this window of `seconds`.

    The row is locked until the transaction at hand ends: count before one begins. Windows of before go every night
    (`rescue.forget_sessions`).
    """
    now = time.time()
    window = int(now) // seconds
    return _count(f"{key}:{window}", now=now, ends=(window + 1) * seconds) <= most


def _count(key: str, *, now: float, ends: float) -> int:
    kept = "limit:" + hashlib.sha256(key.encode()).hexdigest()
    ((count,),) = sql.rows(_COUNT, {"key": kept, "now": now, "ends": ends})
    return int(count)


def may_write_to(email: str, kind: str = "form", *, confirmed: bool) -> bool:
    """Whether one more message may go to an address that a stranger typed: one in a day from the first, until its
    holder confirms it by the link that it brings; then four. All public forms count together; `kind`: what counts
    apart. Ask where the message is written: what is undone with the transaction is not counted.
    """
    now = time.time()
    most = LETTERS if confirmed else 1
    return _count(f"letter:{kind}:{email.strip().lower()}", now=now, ends=now + A_DAY) <= most


def address_of(request: HttpRequest) -> str:
    """Where the request comes from, as far as proxies are trusted; "" when that cannot be known."""
    try:
        address = ipaddress.ip_address(get_adapter().get_client_ip(request) or "")
    except (PermissionDenied, ValueError):
        return ""
    if address.version == 6:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def too_often(request: HttpRequest) -> HttpResponse:
    """429, with a button that sends again what was typed."""
    wait = WINDOW - int(time.time()) % WINDOW
    typed = [
        (name, text[:_LENGTH])
        for name, texts in request.POST.lists()
        if name != "csrfmiddlewaretoken"
        for text in texts
    ]
    context = {"typed": typed[:_FIELDS], "minutes": wait // 60 + 1, "path": request.get_full_path()}
    answer = HttpResponse(render_to_string("core/too_often.html", context, request), status=429)
    answer["Retry-After"] = str(wait)
    answer["Cache-Control"] = "no-store"
    return answer
