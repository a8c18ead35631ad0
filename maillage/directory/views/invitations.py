"""The page that the link of an invitation opens: an account is made, or the one signed in takes the role."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from maillage.core import limits
from maillage.core.actions import Refused

from .. import actions, queries, signing
from ..forms import AcceptForm
from ..models import Account, Invitation
from ..types import MANAGERS


@login_not_required
@never_cache
@limits.public_form("invitation")
def page(request: HttpRequest, token: str) -> HttpResponse:
    """404 for a link that was not made here; a closed one says why and whom to ask."""
    invitation = queries.invitation_by_token(token)
    now = timezone.now()
    if invitation is None or not invitation.is_open(now):
        return render(
            request, "directory/invitation_closed.html", {"invitation": invitation}, status=410 if invitation else 404
        )
    if isinstance(request.user, Account):
        return _signed_in(request, invitation, request.user)
    return _visitor(request, invitation, token)


def _signed_in(request: HttpRequest, invitation: Invitation, account: Account) -> HttpResponse:
    if request.method != "POST":
        other = account.email.lower() != invitation.email.lower()
        return render(request, "directory/invitation.html", {"invitation": invitation, "other": other})
    try:
        actions.accept_invitation(invitation_id=invitation.pk, account=account, now=timezone.now(), by=account)
    except Refused as error:
        messages.error(request, str(error))
        return redirect("home")
    return _welcome(request, invitation)


def _visitor(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    known = Account.objects.filter(email__iexact=invitation.email).exists()
    person = invitation.person
    initial = {"given_name": person.given_name, "family_name": person.family_name} if person else {}
    form = AcceptForm(request.POST or None, email=invitation.email, initial=initial)
    if request.method == "POST" and not known and form.is_valid():
        try:
            account = actions.open_account(invitation_id=invitation.pk, now=timezone.now(), **form.cleaned_data)
        except Refused as error:
            form.add_error(None, str(error))
        else:
            login(request, account, backend=settings.AUTHENTICATION_BACKENDS[0])
            signing.begin(request, account, quiet=True)
            return _welcome(request, invitation)
    return render(request, "directory/invitation.html", {"invitation": invitation, "known": known, "form": form})


def _welcome(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    messages.success(
        request,
        _("Bienvenue. Vous faites partie de « %(name)s ».") % {"name": invitation.organisation.name},
    )
    if invitation.kind in MANAGERS:
        return redirect("directory:people", invitation.organisation.public_id)
    return redirect("home")
