"""Plans: the board of regions and actions, one action, the priorities, the government view, a number by link."""

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
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from maillage.core.actions import Refused
from maillage.directory.types import SignedIn

from .. import access, actions, queries, wording
from ..forms import AnswerForm, AskForm
from ..models import Plan
from ..queries import Standing, Status
from ..queries import plans as plan_queries
from ..types import period_of
from . import common

STATUS = {
    Status.AHEAD: (gettext_lazy("en avance"), "info", "chevrons-up"),
    Status.ON_TRACK: (gettext_lazy("en voie"), "good", "check"),
    Status.LATE: (gettext_lazy("en retard"), "bad", "clock-alert"),
    Status.MISSING: (gettext_lazy("sans nombre"), "warn", "circle-question-mark"),
    Status.REPORTED: (gettext_lazy("transmis"), "neutral", "dot"),
}


def _shown(standing: Standing | None) -> dict[str, Any] | None:
    """A standing with the words, tone and icon of its status."""
    if standing is None:
        return None
    label, tone, icon = STATUS[standing.status]
    share = None if standing.share is None else min(100, round(float(standing.share) * 100))
    return {"standing": standing, "label": label, "tone": tone, "icon": icon, "share": share}


def _day(request: SignedIn, plan: Plan) -> date:
    """The day that the page speaks of: the one asked, or the last that counts until today."""
    asked = common.day_of(request.GET.get("au"))
    if asked:
        return asked
    last = max((a.deadline for a in plan.actions.all() if a.deadline), default=period_of(plan.period).start)
    return min(access.today(), last)


@require_GET
def plan(request: SignedIn, public_id: UUID | None = None) -> HttpResponse:
    """The board: every action as a whole, and by region."""
    plans = queries.plans_of(user=request.user)
    if public_id is None and not plans:
        return render(request, "indicators/plan.html", {"plan": None, "edits": _writes_somewhere(request)})
    found = queries.plan_for(user=request.user, public_id=public_id or plans[0].public_id)
    day = _day(request, found)
    boards = queries.board(plan=found, today=day)
    regions = queries.regions_of(plan=found)
    return render(
        request,
        "indicators/plan.html",
        {
            "plan": found,
            "plans": plans,
            "day": day,
            "period": wording.between(period_of(found.period)),
            "boards": [(b, _shown(b.whole)) for b in boards],
            "regions": [(r, [_shown(b.regions.get(r.pk)) for b in boards]) for r in regions],
            "priorities": sum(len(r.priorities.all()) for r in regions),
            "statuses": [(label, tone, icon) for label, tone, icon in STATUS.values()],
            "asked": plan_queries.requests_of(plan=found),
            "edits": access.may(user=request.user, organisation_id=found.organisation_id, kinds=access.EDITORS),
        },
    )


def _writes_somewhere(request: SignedIn) -> bool:
    return bool(access.organisations_of(user=request.user, kinds=access.EDITORS))


@require_GET
def plan_priorities(request: SignedIn, public_id: UUID) -> HttpResponse:
    """The priorities by region, and by issue."""
    found = queries.plan_for(user=request.user, public_id=public_id)
    issues = list(found.issues.all())
    chosen = next((i for i in issues if i.key == request.GET.get("enjeu")), None)
    counts = plan_queries.priorities_by_issue(plan=found)
    shown = plan_queries.matching_priorities(plan=found, issue_id=chosen.pk if chosen else None)
    return render(
        request,
        "indicators/plan_priorities.html",
        {
            "plan": found,
            "issues": [(i, counts.get(i.pk, 0)) for i in issues],
            "chosen": chosen,
            "priorities": list(shown),
        },
    )


@require_GET
def plan_government(request: SignedIn, public_id: UUID) -> HttpResponse:
    """Actions added up by issue; one included in another is never added twice."""
    found = queries.plan_for(user=request.user, public_id=public_id)
    day = _day(request, found)
    boards = queries.board(plan=found, today=day)
    units = list(dict.fromkeys(b.action.unit for b in boards if not b.action.is_level))
    return render(
        request,
        "indicators/plan_government.html",
        {
            "plan": found,
            "day": day,
            "groups": queries.roll_up(boards),
            "totals": [(unit, *queries.total_of(boards, unit)) for unit in units],
            "inclusions": [b.action for b in boards if b.action.included_in_id],
        },
    )


@require_http_methods(["GET", "POST"])
def plan_action(request: SignedIn, public_id: UUID) -> HttpResponse:
    """One action: where it stands, the pace, its regions, the numbers stated; ask one of someone."""
    found = queries.action_for(user=request.user, public_id=public_id)
    edits = access.may(user=request.user, organisation_id=found.plan.organisation_id, kinds=access.EDITORS)
    day = _day(request, found.plan)
    line = next(b for b in queries.board(plan=found.plan, today=day) if b.action.pk == found.pk)
    regions = list(found.regions.order_by("number"))
    form = AskForm(request.POST or None, regions=regions, initial={"as_of": day})
    if request.method == "POST" and edits and form.is_valid():
        try:
            data = form.cleaned_data
            asked = actions.ask_number(
                action_id=found.pk,
                region_id=int(data["region"]) if data["region"] else None,
                as_of=data["as_of"],
                name=data["name"],
                email=data["email"],
                by=request.user,
                now=timezone.now(),
            )
            address = request.build_absolute_uri(reverse("indicators:plan_answer", args=[asked.token]))
            messages.success(
                request,
                _("Le lien part par courriel à %(name)s. Le voici aussi : %(address)s")
                % {"name": asked.name, "address": address},
            )
            return redirect("indicators:plan_action", public_id=public_id)
        except Refused as error:
            form.add_error(None, str(error))
    return render(
        request,
        "indicators/plan_action.html",
        {
            "plan": found.plan,
            "action": found,
            "day": day,
            "whole": _shown(line.whole),
            "regions": [(r, _shown(line.regions.get(r.pk))) for r in regions],
            "answers": list(found.answers.select_related("region").order_by("-as_of", "-pk")[:60]),
            "requests": [
                (r, request.build_absolute_uri(reverse("indicators:plan_answer", args=[r.token])))
                for r in found.requests.select_related("region").filter(answered_at=None)
            ],
            "form": form,
            "edits": edits,
            "figure": _figure_address(found),
        },
    )


def _figure_address(found: Any) -> str:
    """Where the rows of an observed action open."""
    if found.indicator is None:
        return ""
    last = found.deadline or access.today()
    query = f"?debut={found.begins.isoformat()}&fin={(last + timedelta(days=1)).isoformat()}"
    return reverse("indicators:figure", args=[found.indicator.public_id]) + query


@require_http_methods(["GET", "POST"])
@login_not_required
@never_cache
def plan_answer(request: HttpRequest, token: str) -> HttpResponse:
    """One number, asked of one person: nothing else can be seen or done here."""
    asked = queries.request_by_token(token=token)
    open_ = asked.answered_at is None and asked.expires_at > timezone.now()
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and open_ and form.is_valid():
        try:
            data = form.cleaned_data
            actions.answer_request(request_id=asked.pk, value=data["value"], note=data["note"], now=timezone.now())
            return redirect("indicators:plan_answer", token=token)
        except Refused as error:
            form.add_error(None, str(error))
    return render(request, "indicators/plan_answer.html", {"asked": asked, "form": form, "open": open_})
