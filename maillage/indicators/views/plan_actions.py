"""One action of a plan: where it stands, its regions, its numbers; numbers asked of people, and given by a link."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from maillage.core import limits
from maillage.core.actions import Refused
from maillage.directory.types import SignedIn

from .. import access, actions, plan_chart, queries, wording
from ..forms import AnswerForm, AskForm
from ..models import PlanAction
from ..plan_forms import NumberForm
from .plans import day_of, shown


def _edited(request: SignedIn, public_id: UUID) -> PlanAction:
    return queries.action_for(user=request.user, public_id=public_id, kinds=access.EDITORS)


@require_http_methods(["GET", "POST"])
def plan_action(request: SignedIn, public_id: UUID) -> HttpResponse:
    """One action: where it stands, the pace, its regions, the numbers stated; ask one of someone."""
    found = queries.action_for(user=request.user, public_id=public_id)
    edits = access.may(user=request.user, organisation_id=found.plan.organisation_id, kinds=access.EDITORS)
    regions, day = list(found.regions.order_by("number")), day_of(request, found.plan)
    form = AskForm(request.POST or None, regions=regions, initial={"as_of": day})
    if request.method == "POST" and edits and form.is_valid():
        try:
            data = form.cleaned_data
            actions.ask_number(
                action_id=found.pk,
                region_id=int(data["region"]) if data["region"] else None,
                as_of=data["as_of"],
                name=data["name"],
                email=data["email"],
                by=request.user,
                now=timezone.now(),
            )
            messages.success(request, _("La demande part à %(email)s.") % {"email": data["email"]})
            return redirect("indicators:plan_action", public_id=public_id)
        except Refused as error:
            form.add_error(None, str(error))
    return _page(request, found, day, edits=edits, form=form)


def _page(request: SignedIn, found: PlanAction, day: date, *, edits: bool, **more: Any) -> HttpResponse:
    line = next(b for b in queries.board(plan=found.plan, today=day) if b.action.pk == found.pk)
    course = queries.course_of(action=found, whole=line.whole, today=day)
    regions = list(found.regions.order_by("number"))
    waiting = found.requests.select_related("region").filter(answered_at=None).order_by("region__number", "pk")
    now = timezone.now()
    address = [request.build_absolute_uri(reverse("indicators:plan_answer", args=[r.token])) for r in waiting]
    links = [(r, where, r.expires_at <= now) for r, where in zip(waiting, address, strict=True)]
    return render(
        request,
        "indicators/plan_action.html",
        {
            "plan": found.plan,
            "action": found,
            "day": day,
            "whole": shown(line.whole),
            "chart": plan_chart.drawn(course, unit=found.unit) if course else "",
            "regions": [(r, shown(line.regions.get(r.pk))) for r in regions],
            "answers": list(found.answers.select_related("region").order_by("-as_of", "-pk")[:60]),
            "requests": links if edits else [],
            "number": more.get("number") or NumberForm(regions=regions, initial={"as_of": day}, prefix="n"),
            "form": more.get("form") or AskForm(regions=regions, initial={"as_of": day}),
            "again": queries.last_asked(action=found) if edits and found.indicator_id is None else [],
            "edits": edits,
            "figure": _figure_address(found, day),
        },
    )


def _figure_address(found: PlanAction, day: date) -> str:
    """Where the rows of an observed action open: those of the dates that count."""
    if found.indicator is None:
        return ""
    cycle = queries.cycle_of(found, day)
    last = (cycle.end or access.today() + timedelta(days=1)).isoformat()
    query = f"?debut={cycle.start.isoformat()}&fin={last}"
    return reverse("indicators:figure", args=[found.indicator.public_id]) + query


@require_POST
def plan_number(request: SignedIn, public_id: UUID) -> HttpResponse:
    """A number that someone told otherwise than by a link: written by those who direct, with who said it."""
    found = _edited(request, public_id)
    form = NumberForm(request.POST, regions=list(found.regions.order_by("number")), prefix="n")
    if form.is_valid():
        try:
            actions.state_number(action_id=found.pk, **form.stated(), by=request.user)
            messages.success(request, _("Le nombre est inscrit."))
            return redirect("indicators:plan_action", public_id=public_id)
        except Refused as error:
            form.add_error(None, str(error))
    return _page(request, found, day_of(request, found.plan), edits=True, number=form)


@require_POST
def plan_ask_again(request: SignedIn, public_id: UUID) -> HttpResponse:
    """Ask the people who were asked last time, all at once, as of another day."""
    found = _edited(request, public_id)
    day = wording.day_of(request.POST.get("as_of"))
    if day is None:
        messages.error(request, _("Inscrivez la date du nombre."))
    else:
        made = actions.ask_again(action_id=found.pk, as_of=day, by=request.user, now=timezone.now())
        messages.success(request, _("%(n)s demandes partent par courriel.") % {"n": len(made)})
    return redirect("indicators:plan_action", public_id=public_id)


@require_POST
def plan_request(request: SignedIn, public_id: UUID) -> HttpResponse:
    """A number still awaited: send another link, or ask it no more."""
    asked = queries.request_for(user=request.user, public_id=public_id)
    try:
        if request.POST.get("do") == "withdraw":
            actions.withdraw_request(request_id=asked.pk, by=request.user)
            messages.success(request, _("Ce nombre n'est plus demandé ; son lien n'ouvre plus rien."))
        else:
            actions.renew_request(request_id=asked.pk, by=request.user, now=timezone.now())
            messages.success(request, _("Un nouveau lien part à %(email)s.") % {"email": asked.email})
    except Refused as error:
        messages.error(request, str(error))
    return redirect("indicators:plan_action", public_id=asked.action.public_id)


@require_http_methods(["GET", "POST"])
@login_not_required
@never_cache
@limits.public_form("plan")
def plan_answer(request: HttpRequest, token: str) -> HttpResponse:
    """One number, asked of one person: nothing else can be seen or done here."""
    asked = queries.request_by_token(token=token)
    expired = asked.expires_at <= timezone.now()
    open_ = asked.answered_at is None and not expired
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and asked.answered_at is None and expired and request.POST.get("do") == "renew":
        actions.renew_request(request_id=asked.pk, now=timezone.now())
        return render(request, "indicators/link_sent.html", {"to": wording.veiled(asked.email)})
    if request.method == "POST" and open_ and form.is_valid():
        try:
            data = form.cleaned_data
            actions.answer_request(request_id=asked.pk, value=data["value"], note=data["note"], now=timezone.now())
            return redirect("indicators:plan_answer", token=token)
        except Refused as error:
            form.add_error(None, str(error))
    given = asked.answers.order_by("pk").last() if asked.answered_at else None
    return render(
        request,
        "indicators/plan_answer.html",
        {
            "asked": asked,
            "given": given,
            "before": queries.answer_before(asked=asked) if open_ else None,
            "form": form,
            "open": open_,
            "contact": wording.veiled(asked.email),
        },
    )
