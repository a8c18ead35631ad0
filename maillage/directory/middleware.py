"""Treasurers sign in with a second factor."""

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from .models import Account
from .queries import requires_mfa

DEMO_SIGN_IN = "demo_sign_in"
"""Session flag of a one-click sign-in. It exempts from the second factor in demonstration mode only."""
_OPEN = ("mfa_", "account_", "set_language", "health", "robots", "manifest")


class RequireMfaMiddleware:
    """Whoever holds a treasurer's role and has no second factor is led to set one up, whatever page they ask for.

    Once they have one, allauth asks for it at each sign-in. Pages of the account itself stay open.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        account = getattr(request, "user", None)
        if not isinstance(account, Account) or not account.is_authenticated or _exempt(request):
            return None
        if not requires_mfa(user=account) or is_mfa_enabled(
            account, [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
        ):
            return None
        page = reverse("mfa_index")
        if getattr(request, "htmx", False):
            return HttpResponseClientRedirect(page)
        messages.warning(
            request,
            _("Vous tenez une trésorerie : ajoutez un second facteur à votre compte pour continuer."),
        )
        return redirect(page)


def _exempt(request: HttpRequest) -> bool:
    if settings.DEMO and request.session.get(DEMO_SIGN_IN):
        return True
    name = request.resolver_match.url_name if request.resolver_match else None
    return bool(name) and str(name).startswith(_OPEN)
