"""The members of a network, enrolled and ended by those who direct it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from maillage.core.actions import Refused
from maillage.core.numbers import whole
from maillage.core.text import Sorting
from maillage.directory import actions as directory_actions
from maillage.directory import queries as directory
from maillage.directory.models import Organisation
from maillage.directory.types import SignedIn

from .. import access, actions
from ..models import NetworkMember
from ..plan_forms import EndForm, MemberForm


@require_http_methods(["GET", "POST"])
def members(request: SignedIn, public_id: UUID) -> HttpResponse:
    """Who is a member, since when, until when; enrol one more, on the platform or outside."""
    network = directory.organisation_for(user=request.user, public_id=public_id, kinds=access.EDITORS)
    form = MemberForm(request.POST or None, initial={"since": access.today()})
    close: list[Organisation] = []
    if request.method == "POST" and form.is_valid():
        try:
            found, close = _member(request, form.cleaned_data["name"])
            if found is not None:
                _enrol(request, network, found, form)
                return redirect("indicators:network_members", public_id=public_id)
        except Refused as error:
            form.add_error(None, str(error))
    links = (
        NetworkMember.objects.filter(network=network)
        .select_related("member")
        .order_by(Sorting("member__name"), "-during")
    )
    return render(
        request,
        "indicators/network_members.html",
        {"network": network, "form": form, "links": [_row(link) for link in links], "close": close},
    )


def _row(link: NetworkMember) -> dict[str, Any]:
    from datetime import timedelta

    ended = link.during.upper - timedelta(days=1) if link.during.upper else None
    return {"link": link, "since": link.during.lower, "until": ended, "form": EndForm(initial={"on": access.today()})}


def _member(request: SignedIn, text: str) -> tuple[Organisation | None, list[Organisation]]:
    """The organisation meant, or those that resemble it, to choose from."""
    chosen = request.POST.get("chosen", "")
    if chosen == "new":
        return directory_actions.create_organisation(name=text.strip(), by=request.user, today=access.today()), []
    if (key := whole(chosen)) is not None:
        return Organisation.objects.filter(pk=key, merged_into=None).first(), []
    neq = "".join(c for c in text if c.isdigit())
    close = directory.similar_organisations(name=text, neq=neq if len(neq) == 10 else "")
    exact = [o for o in close if o.name.casefold() == text.strip().casefold() or (neq and o.neq == neq)]
    if len(exact) == 1:
        return exact[0], []
    if close:
        return None, close
    return directory_actions.create_organisation(name=text.strip(), by=request.user, today=access.today()), []


def _enrol(request: SignedIn, network: Organisation, member: Organisation, form: MemberForm) -> None:
    data = form.cleaned_data
    decides = access.may(user=request.user, organisation_id=member.pk, kinds=access.EDITORS)
    link = actions.enrol_member(
        network_id=network.pk,
        member_id=member.pk,
        since=data["since"],
        observed=data["observed"] and decides,
        contact_email=data["contact_email"],
        by=request.user,
    )
    said = _("%(name)s est membre du réseau.")
    if data["observed"] and not decides:
        actions.ask_to_count(link_id=link.pk, by=request.user, now=timezone.now())
        said = _("%(name)s est membre du réseau. Sa direction est invitée à laisser compter son travail.")
    messages.success(request, said % {"name": member.name})


def _link(request: SignedIn, public_id: UUID) -> NetworkMember:
    """A member of a network that the user directs. Http404."""
    link = NetworkMember.objects.select_related("network", "member").filter(public_id=public_id).first()
    if link is None or not access.may(user=request.user, organisation_id=link.network_id, kinds=access.EDITORS):
        raise Http404
    return link


@require_POST
def member_ask(request: SignedIn, public_id: UUID) -> HttpResponse:
    """Ask the member's direction to let its work be counted."""
    link = _link(request, public_id)
    try:
        actions.ask_to_count(link_id=link.pk, by=request.user, now=timezone.now())
        said = _("La direction de %(name)s est invitée à laisser compter son travail.")
        messages.success(request, said % {"name": link.member.name})
    except Refused as error:
        messages.error(request, str(error))
    return redirect("indicators:network_members", public_id=link.network.public_id)


@require_POST
def member_end(request: SignedIn, public_id: UUID) -> HttpResponse:
    """The last day of a member."""
    link = _link(request, public_id)
    form = EndForm(request.POST)
    try:
        if not form.is_valid():
            raise actions.DeclarationRefused(_("Inscrivez le dernier jour comme membre."))
        actions.end_member(link_id=link.pk, on=form.cleaned_data["on"], by=request.user)
    except Refused as error:
        messages.error(request, str(error))
    return redirect("indicators:network_members", public_id=link.network.public_id)
