"""The people of an organisation: roles given and ended, invitations."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from maillage.core import letters
from maillage.core.actions import Refused

from .. import actions, queries
from ..forms import EndForm, InvitationForm, MemberForm, RoleForm
from ..models import Invitation, Organisation
from ..types import MANAGERS, SignedIn


def _managed(request: SignedIn, public_id: UUID) -> Organisation:
    return queries.organisation_for(user=request.user, public_id=public_id, kinds=MANAGERS)


def _shown(
    request: SignedIn,
    organisation: Organisation,
    *,
    invitation: InvitationForm | None = None,
    member: MemberForm | None = None,
) -> HttpResponse:
    now = timezone.now()
    today = timezone.localdate(now)
    people: dict[int, dict[str, Any]] = {}
    for role in queries.roles_of(organisation, past=False, day=today):
        entry = people.setdefault(role.person_id, {"person": role.person, "roles": []})
        entry["roles"].append((role, role.during.lower is not None and role.during.lower > today))
    context = {
        "organisation": organisation,
        "people": list(people.values()),
        "past": list(queries.roles_of(organisation, past=True, day=today)[:50]),
        "invitations": _standing(queries.invitations_of(organisation), now),
        "invitation": invitation or InvitationForm(initial={"kind": "staff"}),
        "member": member or MemberForm(initial={"since": today, "kind": "staff"}),
        "role_form": RoleForm(initial={"since": today}, auto_id=False),
        "today": today,
    }
    return render(request, "directory/people.html", context, status=422 if invitation or member else 200)


def _standing(invitations: Iterable[Invitation], now: datetime) -> list[tuple[Invitation, bool, str]]:
    """Each invitation, whether it is open, and how its last letter stands: sent, waiting or failed."""
    rows = list(invitations)
    found = letters.standings([f"invitation:{row.pk}:{row.sending}" for row in rows])
    standings = [(row, found.get(f"invitation:{row.pk}:{row.sending}")) for row in rows]
    return [(row, row.is_open(now), said.state if said else "") for row, said in standings]


@require_safe
def team(request: SignedIn, public_id: UUID) -> HttpResponse:
    return _shown(request, _managed(request, public_id))


@require_POST
def invite(request: SignedIn, public_id: UUID) -> HttpResponse:
    organisation = _managed(request, public_id)
    form = InvitationForm(request.POST)
    if not form.is_valid():
        return _shown(request, organisation, invitation=form)
    try:
        invitation = actions.invite(
            organisation_id=organisation.pk, now=timezone.now(), by=request.user, **form.cleaned_data
        )
    except Refused as error:
        form.add_error(None, str(error))
        return _shown(request, organisation, invitation=form)
    messages.success(request, _("L'invitation part à %(email)s. Elle vaut 14 jours.") % {"email": invitation.email})
    return redirect("directory:people", organisation.public_id)


def _invitation(organisation: Organisation, invitation_id: UUID) -> Invitation:
    invitation = queries.invitations_of(organisation).filter(public_id=invitation_id).first()
    if invitation is None:
        raise Http404
    return invitation


@require_POST
def resend(request: SignedIn, public_id: UUID, invitation_id: UUID) -> HttpResponse:
    organisation = _managed(request, public_id)
    invitation = _invitation(organisation, invitation_id)
    try:
        actions.resend_invitation(invitation_id=invitation.pk, now=timezone.now(), by=request.user)
        messages.success(request, _("L'invitation repart ; le lien d'avant ne s'ouvre plus."))
    except Refused as error:
        messages.error(request, str(error))
    return redirect("directory:people", organisation.public_id)


@require_POST
def withdraw(request: SignedIn, public_id: UUID, invitation_id: UUID) -> HttpResponse:
    organisation = _managed(request, public_id)
    invitation = _invitation(organisation, invitation_id)
    try:
        actions.withdraw_invitation(invitation_id=invitation.pk, now=timezone.now(), by=request.user)
        messages.success(request, _("L'invitation est retirée."))
    except Refused as error:
        messages.error(request, str(error))
    return redirect("directory:people", organisation.public_id)


@require_POST
def add(request: SignedIn, public_id: UUID) -> HttpResponse:
    organisation = _managed(request, public_id)
    form = MemberForm(request.POST)
    if not form.is_valid():
        return _shown(request, organisation, member=form)
    try:
        person = actions.add_person(organisation_id=organisation.pk, by=request.user, **form.cleaned_data)
    except Refused as error:
        form.add_error(None, str(error))
        return _shown(request, organisation, member=form)
    messages.success(request, _("%(name)s fait partie de l'équipe.") % {"name": person.name})
    return redirect("directory:people", organisation.public_id)


@require_POST
def give(request: SignedIn, public_id: UUID, person_id: UUID) -> HttpResponse:
    organisation = _managed(request, public_id)
    person = queries.person_for(user=request.user, organisation=organisation, public_id=person_id)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choisissez un rôle et la date où il commence."))
        return redirect("directory:people", organisation.public_id)
    try:
        role = actions.give_role(
            person_id=person.pk, organisation_id=organisation.pk, by=request.user, **form.cleaned_data
        )
        messages.success(
            request,
            _("%(name)s a un nouveau rôle : %(role)s.") % {"name": person.name, "role": role.get_kind_display()},
        )
    except Refused as error:
        messages.error(request, str(error))
    return redirect("directory:people", organisation.public_id)


@require_POST
def end(request: SignedIn, public_id: UUID, role_id: UUID) -> HttpResponse:
    organisation = _managed(request, public_id)
    role = queries.role_for(user=request.user, organisation=organisation, public_id=role_id)
    form = EndForm(request.POST if "on" in request.POST else {"on": timezone.localdate()})
    if not form.is_valid():
        messages.error(request, _("Choisissez la date où le rôle prend fin."))
        return redirect("directory:people", organisation.public_id)
    on = form.cleaned_data["on"]
    try:
        actions.end_role(role_id=role.pk, on=on, by=request.user)
        messages.success(request, _("Le rôle de %(name)s prend fin.") % {"name": role.person.name})
    except Refused as error:
        messages.error(request, str(error))
    return redirect("directory:people", organisation.public_id)
