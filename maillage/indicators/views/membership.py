"""A member's side of its networks: what they count of its work, whether they may, and the forms that it owes."""

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from maillage.core.actions import Refused
from maillage.core.period import Period
from maillage.directory.types import SignedIn

from .. import access, actions, compute, queries, wording
from ..plan_forms import SinceForm
from ..types import period_of
from . import common


@require_GET
def membership(request: SignedIn) -> HttpResponse:
    """The networks of the person's organisations, this year."""
    today = access.today()
    period = Period.fiscal_year(common.fiscal_year_of(today))
    found = queries.memberships_of(user=request.user, today=today, period=period)
    return render(
        request,
        "indicators/membership.html",
        {
            "memberships": [_shown(m, today) for m in found],
            "period_name": wording.year_name(period),
            "directs": bool(queries.networks_of(user=request.user)),
        },
    )


def _shown(membership: queries.Membership, today: date) -> dict[str, object]:
    return {
        "membership": membership,
        "link": membership.link,
        "figures": [(compute.name_of(v), value, v.decimals) for v, value in membership.counted],
        "forms": [(d, wording.year_name(period_of(d.period))) for d in membership.declarations[:6]],
        "form": SinceForm(initial={"since": today}, auto_id=f"id_%s_{membership.link.pk}"),
    }


@require_POST
def membership_counting(request: SignedIn, public_id: UUID) -> HttpResponse:
    """The member's direction lets its work be counted, says no, or takes its consent back."""
    link = queries.membership_for(user=request.user, public_id=public_id)
    try:
        messages.success(request, _answered(request, link.pk))
    except Refused as error:
        messages.error(request, str(error))
    return redirect("indicators:membership")


def _answered(request: SignedIn, link_id: int) -> str:
    asked = request.POST.get("do")
    if asked == "decline":
        actions.decline_to_count(link_id=link_id, by=request.user)
        return _("C'est noté : vous continuez de déclarer vos nombres.")
    form = SinceForm(request.POST)
    if not form.is_valid():
        raise actions.DeclarationRefused(_("Inscrivez le premier jour."))
    since = form.cleaned_data["since"]
    if asked == "stop":
        actions.stop_counting(link_id=link_id, since=since, by=request.user)
        return _("Votre travail n'est plus compté à partir de ce jour : vous déclarerez vos nombres.")
    actions.let_count(link_id=link_id, since=since, by=request.user)
    return _("Votre travail compte dans les résultats du réseau à partir de ce jour.")
