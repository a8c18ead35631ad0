"""Who must set a second factor up is led there; where an account is signed in is noted, now and then."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django_htmx.http import HttpResponseClientRedirect

from . import signing
from .models import Account
from .second_factor import asks_for_factor, exempt, has_factor

_OPEN = ("mfa_", "account_", "set_language", "health", "robots", "manifest", "second_factor", "sessions", "session_end")


class RequireMfaMiddleware:
    """Whoever holds a role that asks for a second factor and has none sees its page: the first time, with the choice to
    put it off (`second_factor.GRACE`); once that time is over, whatever page they ask for.

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
        if _open(request, view) or has_factor(account) or _put_off(account) or exempt(request):
            return None
        if not asks_for_factor(account):
            return None
        page = reverse("directory:second_factor")
        if getattr(request, "htmx", False):
            return HttpResponseClientRedirect(page)
        if request.method == "GET":
            page = f"{page}?{urlencode({'next': request.get_full_path()})}"
        return redirect(page)


def _put_off(account: Account) -> bool:
    return account.second_factor_due is not None and timezone.now() < account.second_factor_due


def _open(request: HttpRequest, view: Any) -> bool:
    if not getattr(view, "login_required", True):
        return True
    name = request.resolver_match.url_name if request.resolver_match else None
    return bool(name) and str(name).startswith(_OPEN)
