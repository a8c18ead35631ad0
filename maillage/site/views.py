"""The pages that belong to no context: home, the design system, the demonstration, errors."""

import sys
from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_safe
from django.views.i18n import set_language as django_set_language

from maillage.core import failures
from maillage.core import stylesheet as core_stylesheet
from maillage.core.watching.logs import request_id
from maillage.directory import signing
from maillage.directory.queries import person_of
from maillage.directory.types import Account

from . import demo_accounts, needs, welcome
from .showcase import showcase
from .standing import reads_figures, standings

# What RequireMfaMiddleware looks for: a role of the demonstration needs no second factor, in demonstration mode only.
DEMO_SIGN_IN = "demo_sign_in"

NEEDS_SHOWN = 5

set_language = login_not_required(django_set_language)


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    if request.user.is_authenticated:
        person = person_of(user=request.user)
        found = needs.needs(user=request.user, now=now)
        context = {
            "person": person,
            "needs": found[:NEEDS_SHOWN],
            "more_needs": found[NEEDS_SHOWN:],
            "has_figures": reads_figures(user=request.user),
        }
        return render(request, "site/home.html", context)
    return render(request, "site/welcome.html", {"markets": welcome.open_markets(now=now)})


@require_safe
def standing(request: HttpRequest) -> HttpResponse:
    """The year so far of one's organisations: home fetches it once it shows, so that counting never delays a page."""
    found = standings(user=request.user, today=timezone.localdate(timezone.now()))
    part = "#figures" if getattr(request, "htmx", False) else ""
    return render(request, "site/standing.html" + part, {"standings": found})


@login_not_required
@require_safe
def style(request: HttpRequest) -> HttpResponse:
    return render(request, "site/style.html", showcase(request))


# --- demonstration ---------------------------------------------------------------------------
@login_not_required
@never_cache
@require_safe
def demo(request: HttpRequest) -> HttpResponse:
    _only_in_demonstration()
    return render(request, "site/demo.html", {"accounts": demo_accounts.demo_accounts()})


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def demo_sign_in(request: HttpRequest, key: str) -> HttpResponse:
    """Sign in as the demonstration account `key`. 404 outside demonstration mode and for any other account.

    A link does it too, since bin/demo prints one for each role: nobody's data is behind it.
    """
    _only_in_demonstration()
    known = next((a for a in demo_accounts.demo_accounts() if a.key == key), None)
    if known is None:
        raise Http404
    account = Account.objects.get(email=known.email)
    login(request, account, backend=settings.AUTHENTICATION_BACKENDS[0])
    request.session[DEMO_SIGN_IN] = True  # exempts from the second factor (RequireMfaMiddleware)
    signing.begin(request, account, quiet=True)
    try:
        return redirect(reverse(known.page))
    except NoReverseMatch:
        return redirect("home")


def _only_in_demonstration() -> None:
    if not settings.DEMO:
        raise Http404


# --- machines --------------------------------------------------------------------------------
@login_not_required
@require_safe
@cache_control(max_age=31_536_000, public=True, immutable=True)
def stylesheet(request: HttpRequest, version: str) -> HttpResponse:
    """The joined style sheet; its address changes with its content. An older address answers with the present one."""
    sheet = core_stylesheet.stylesheet()
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    headers = {"Vary": "Accept-Encoding", **({"Content-Encoding": "gzip"} if packed else {})}
    return HttpResponse(sheet.packed if packed else sheet.text, content_type="text/css; charset=utf-8", headers=headers)


@login_not_required
@require_safe
@cache_control(max_age=86400, public=True)
def robots(request: HttpRequest) -> HttpResponse:
    return HttpResponse("User-agent: *\nDisallow: /compte/\nDisallow: /demonstration/\n", content_type="text/plain")


@login_not_required
@require_GET
@cache_control(max_age=86400, public=True)
def manifest(request: HttpRequest) -> JsonResponse:
    icons = [
        {"src": static("core/favicon.svg"), "sizes": "any", "type": "image/svg+xml"},
        {"src": static("core/icon-512.png"), "sizes": "512x512", "type": "image/png", "purpose": "any maskable"},
    ]
    page = {
        "name": "Maillage",
        "short_name": "Maillage",
        "lang": "fr-CA",
        "start_url": "/",
        "display": "standalone",
        "background_color": "#faf5ea",
        "theme_color": "#faf5ea",
        "icons": icons,
    }
    return JsonResponse(page, content_type="application/manifest+json")


# --- errors ----------------------------------------------------------------------------------
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(
        request,
        400,
        _("Demande incomprise"),
        _("L’adresse ou le formulaire contient quelque chose d’inattendu. Revenez en arrière et réessayez."),
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(
        request,
        403,
        _("Accès réservé"),
        _("Votre compte n’a pas le rôle qui ouvre cette page. Demandez-le à la coordination de votre organisation."),
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(
        request,
        404,
        _("Page introuvable"),
        _("Elle a changé d’adresse, ou elle appartient à une organisation dont vous ne faites pas partie."),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """What nobody foresaw; or, when it came before a view was reached, a failure that has a name (`core.failures`)."""
    if failure := failures.failure_of(sys.exception()):
        return failures.page(request, failure)
    return _error(
        request,
        500,
        _("Un fil s’est rompu"),
        _("L’erreur vient de nous et elle est notée. Rien n’a été enregistré à moitié : vous pouvez réessayer."),
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _error(
        request,
        403,
        _("Le formulaire a expiré"),
        _("Revenez en arrière, rechargez la page, puis envoyez de nouveau. Les témoins (cookies) doivent être permis."),
    )


def _error(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    """A page that needs neither the database nor the session: it must show when they fail."""
    context: dict[str, Any] = {"status": status, "error_title": title, "error_text": text}
    context["number"] = request_id()
    return HttpResponse(render_to_string("core/error.html", context), status=status)
