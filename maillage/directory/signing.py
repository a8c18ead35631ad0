"""Signing in here: the session is noted with its device, and a device that the account never used is told to it."""

import time
from datetime import timedelta
from uuid import UUID, uuid4

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from . import actions
from .models import Account
from .second_factor import exempt

KEY = "sign_in"
COOKIE = "appareil"
SEEN_EVERY = timedelta(minutes=15)
"""Where an account is signed in is noted at most that often: a page costs no statement for it."""
_KNOWN_FOR = timedelta(days=730)


def begin(request: HttpRequest, account: Account, *, quiet: bool = False) -> None:
    """Note the session that has just begun. `quiet`: no letter (the demonstration, an account made this minute)."""
    device = _device(request)
    if request.session.session_key is None:
        request.session.save()
    row = actions.open_session(
        account=account,
        session_key=str(request.session.session_key),
        device=device,
        user_agent=str(request.META.get("HTTP_USER_AGENT", "")),
        address=_address(request),
        quiet=quiet,
        now=timezone.now(),
        by=account,
    )
    request.session[KEY] = {"id": row.pk, "key": row.session_key, "at": int(time.time())}
    request._device = device  # type: ignore[attr-defined]


def note_seen(request: HttpRequest) -> None:
    """Say that the session lives, at most every `SEEN_EVERY`, and follow its key when it changes."""
    known = request.session.get(KEY)
    if not known:
        return
    key = request.session.session_key
    if known["key"] == key and time.time() - known["at"] < SEEN_EVERY.total_seconds():
        return
    actions.touch_session(
        sign_in_id=known["id"],
        session_key=str(key),
        address=_address(request),
        now=timezone.now(),
        by=None,
    )
    request.session[KEY] = {"id": known["id"], "key": key, "at": int(time.time())}


def _address(request: HttpRequest) -> str:
    """Where it comes from; not noted in the demonstration, whose accounts are everybody's."""
    return "" if exempt(request) else str(get_adapter().get_client_ip(request) or "")


def keep_device(request: HttpRequest, response: HttpResponse) -> None:
    """The browser keeps its number, so that it is known next time."""
    device = getattr(request, "_device", None)
    if device is not None:
        response.set_cookie(
            COOKIE,
            str(device),
            max_age=int(_KNOWN_FOR.total_seconds()),
            httponly=True,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )


def _device(request: HttpRequest) -> UUID:
    try:
        return UUID(request.COOKIES.get(COOKIE, ""))
    except ValueError:
        return uuid4()
