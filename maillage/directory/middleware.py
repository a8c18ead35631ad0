"""Who must set a second factor up is led there; where an account is signed in is noted, now and then."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from . import held, signing
from .models import Account
from .second_factor import ask_for_factor, asks_for_factor, exempt, has_factor

_OPEN = ("mfa_", "account_", "set_language", "health", "robots", "manifest", "second_factor", "sessions", "session_end")


class RequireMfaMiddleware:
    """Whoever holds a role that asks for a second factor and has none sees its page: the first time, with the choice to
    put it off (`second_factor.GRACE`); once that time is over, whatever page they ask for. What they typed waits.

    Once they have one, allauth asks for it at each sign-in. Pages of the account itself
    stay open, and those that everyone may open.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        signing.keep_device(request, response)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        account = getattr(request, "user", None)
        if not isinstance(account, Account) or not account.is_authenticated:
            return None
        signing.note_seen(request)
        waits = held.held_for(request)
        if waits is not None and has_factor(account):
            request.waits = waits  # type: ignore[attr-defined]
        if _open(request, view):
            return None
        if has_factor(account):
            return _what_waited(request, waits) if waits else None
        if _put_off(account) or exempt(request) or not asks_for_factor(account):
            return None
        return ask_for_factor(request)


def _what_waited(request: HttpRequest, waits: held.Held) -> HttpResponse | None:
    """The first page after a second factor was set up leads to what was typed before; once sent, it waits no more."""
    if request.method == "POST":
        if request.get_full_path() == waits.path:
            held.forget(request)
        return None
    if request.method != "GET" or request.headers.get("Sec-Fetch-Dest", "document") != "document":
        return None
    return redirect("directory:second_factor_held")


def _put_off(account: Account) -> bool:
    return account.second_factor_due is not None and timezone.now() < account.second_factor_due


def _open(request: HttpRequest, view: Any) -> bool:
    if not getattr(view, "login_required", True):
        return True
    name = request.resolver_match.url_name if request.resolver_match else None
    return bool(name) and str(name).startswith(_OPEN)
