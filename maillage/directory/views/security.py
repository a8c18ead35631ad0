"""How one signs in: why a second factor, and where one is signed in."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from maillage.core.actions import Refused
from maillage.core.typed import next_path

from .. import actions, held, queries
from ..second_factor import FRESH, GRACE, asks_for_factor, has_factor
from ..types import SignedIn


def _next(request: SignedIn) -> str:
    return next_path(request, "/")


def _go_on(request: SignedIn) -> HttpResponse:
    """To what was typed before, else to the page that was asked for."""
    if held.held_for(request):
        return redirect("directory:second_factor_held")
    return HttpResponseRedirect(_next(request))


@never_cache
def second_factor(request: SignedIn) -> HttpResponse:
    """Why a second factor, and the two ways to have one. POST puts it off while there is time."""
    now = timezone.now()
    if request.method == "POST":
        try:
            actions.put_off_factor(account=request.user, now=now, by=request.user)
        except Refused as error:
            messages.error(request, str(error))
            return redirect("directory:second_factor")
        return _go_on(request)
    if has_factor(request.user):
        return _go_on(request)
    due = request.user.second_factor_due
    context = {
        "next": _next(request),
        "asked": asks_for_factor(request.user),
        "money": "argent" in request.GET,
        "needed": "exige" in request.GET,
        "held": held.held_for(request),
        "due": due or now + GRACE,
        "over": due is not None and due <= now,
        "days": GRACE.days,
        "minutes": int(FRESH.total_seconds() // 60),
    }
    return render(request, "directory/second_factor.html", context)


@never_cache
def second_factor_held(request: SignedIn) -> HttpResponse:
    """What was typed before the second factor, to be sent again. POST gives it up."""
    waits = held.held_for(request)
    if request.method == "POST":
        held.forget(request)
    if waits is None:
        return redirect("home")
    if request.method == "POST":
        return HttpResponseRedirect(waits.page)
    return render(request, "directory/second_factor_held.html", {"held": waits})


@never_cache
@require_safe
def sessions(request: SignedIn) -> HttpResponse:
    found = queries.sessions_of(user=request.user, here=str(request.session.session_key))
    return render(request, "directory/sessions.html", {"sessions": found})


@require_POST
def session_end(request: SignedIn) -> HttpResponse:
    """POST `session` (a public id) ends that one; without it, all but this one."""
    wanted = request.POST.get("session", "")
    try:
        public_id = UUID(wanted) if wanted else None
    except ValueError as error:
        raise Http404 from error
    here = str(request.session.session_key)
    ended = actions.end_sessions(account=request.user, but=here, public_id=public_id, by=request.user)
    said = ngettext("%(n)s session terminée.", "%(n)s sessions terminées.", ended) % {"n": ended}
    messages.success(request, said if ended else _("Aucune autre session n'était ouverte."))
    return redirect("directory:sessions")
