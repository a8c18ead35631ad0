"""The second factor: which roles ask for one, until when they may do without, and when it is asked for again.

Roles that move money, read it, or read what is confidential: direction, treasury, programme management, coordination of
what handles money (a market says so: `register_money`), and the platform's administration.
"""

import time
from collections.abc import Callable, Collection
from datetime import timedelta
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import suspend_request
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django_htmx.http import HttpResponseClientRedirect

from maillage.core.typed import local_path

from . import held
from .models import Account, RoleKind
from .queries.roles import held_roles

GRACE = timedelta(days=14)
"""How long a role that asks for a second factor may do without, from the first time that its page is put off."""
FRESH = timedelta(minutes=10)
"""How recent a proof of who one is must be before money moves or an address that it follows changes."""
ALWAYS = (RoleKind.DIRECTOR, RoleKind.TREASURER, RoleKind.MANAGER)
DEMO_SIGN_IN = "demo_sign_in"
"""Session flag of a one-click sign-in. It exempts from the second factor in demonstration mode only."""

_money: list[Callable[[Collection[int]], bool]] = []


def register_money(handles: Callable[[Collection[int]], bool]) -> None:
    """`handles(organisation_ids)`: whether one of them handles money, so that its coordination needs a second factor.
    Once, from `AppConfig.ready`."""
    if handles not in _money:
        _money.append(handles)


def has_factor(account: Account) -> bool:
    """Whether the account has an application or a key. No query for the account of a request (`backends.Backend`)."""
    known = getattr(account, "_has_factor", None)
    if known is None:
        known = _factors(account).exists()
    return bool(known)


def _factors(account: Account) -> QuerySet[Authenticator]:
    kinds = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    found: QuerySet[Authenticator] = Authenticator.objects.filter(user=account, type__in=kinds)
    return found


def asks_for_factor(account: Account) -> bool:
    """Whether a role that the account holds today, or the administration, asks for a second factor."""
    if account.is_platform_admin:
        return True
    roles = held_roles(user=account)
    if any(h.kind in ALWAYS for h in roles):
        return True
    coordinated = {h.organisation_id for h in roles if h.kind == RoleKind.COORDINATOR}
    return bool(coordinated) and any(handles(coordinated) for handles in _money)


def exempt(request: HttpRequest) -> bool:
    """A one-click sign-in of the demonstration."""
    return bool(settings.DEMO and request.session.get(DEMO_SIGN_IN))


# --- again, before money moves ---------------------------------------------------------------
def step_up(request: HttpRequest, *, money: bool = False, factor: bool = False) -> HttpResponse | None:
    """None when the account proved who it is in the last minutes (`FRESH`), by its second factor if it has one.

    Else the way to prove it: it comes back here with what was typed (allauth keeps the request in the session).
    `money`, or `factor` for what is as grave: without a second factor, its page comes first, whatever the grace, and
    what was typed waits (`held`). A view calls it once it knows that the account may open the page: nobody else is
    asked anything.

        if again := step_up(request, money=True):
            return again
    """
    account = request.user
    if exempt(request) or not isinstance(account, Account):
        return None
    if (money or factor) and not has_factor(account):
        return ask_for_factor(request, **{"argent" if money else "exige": "1"})
    if proved_lately(request):
        return None
    ways = get_adapter().get_reauthentication_methods(account)
    if not ways:
        return None
    if getattr(request, "htmx", False):
        return HttpResponseClientRedirect(f"{ways[0]['url']}?{urlencode({'next': _back(request)})}")
    suspended: HttpResponse = suspend_request(request, str(ways[0]["url"]))
    return suspended


def ask_for_factor(request: HttpRequest, **said: str) -> HttpResponse:
    """The page of the second factor, which comes back here; what was typed waits."""
    page = _back(request)
    if request.method == "POST":
        held.hold(request, page=page)
    return _go(request, f"{reverse('directory:second_factor')}?{urlencode({'next': page, **said})}")


def proved_lately(request: HttpRequest) -> bool:
    """Whether the account proved who it is in the last minutes, by its second factor if it has one.

    A password is enough while the only factors were added in these minutes: one sees one's recovery codes at once.
    """
    account = request.user
    if not isinstance(account, Account):
        return False
    fresh = [
        proof
        for proof in get_authentication_records(request, account)
        if time.time() - proof["at"] < FRESH.total_seconds()
    ]
    if not fresh or not has_factor(account) or any(proof.get("method") == "mfa" for proof in fresh):
        return bool(fresh)
    return not _factors(account).filter(created_at__lte=timezone.now() - FRESH).exists()


def _back(request: HttpRequest) -> str:
    """Where to come back: the page, or for a form or a part the page that it was on, when that is one of ours."""
    if request.method == "GET" and not getattr(request, "htmx", False):
        return request.get_full_path()
    page = local_path(request, (request.headers.get("Referer"),), reverse("home"))
    parts = urlsplit(page)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _go(request: HttpRequest, page: str) -> HttpResponse:
    return HttpResponseClientRedirect(page) if getattr(request, "htmx", False) else redirect(page)
