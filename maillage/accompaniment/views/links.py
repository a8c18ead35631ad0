"""Signed links, for those who work: made again, sent again, taken back."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from maillage.core.actions import Refused
from maillage.directory.types import SignedIn

from .. import actions, queries
from .common import works


def link_context(request: HttpRequest, row: Any, kind: str) -> dict[str, Any]:
    """What `link_card.html` shows of the row's link. `kind` as in its address."""
    link = queries.last_link_of(row)
    over = link is not None and link.is_over(timezone.now())
    token = queries.token_of_link(link) if link is not None and not over else ""
    return {
        "link": link,
        "link_over": over,
        "link_url": request.build_absolute_uri(reverse(f"accompaniment:{PAGES[kind]}", args=[token])) if token else "",
        "link_awaits": actions.awaits(row),
        "link_to": actions.address_of(row),
        "kind": kind,
    }


PAGES = {"diagnostics": "diagnostic_link", "references": "referral_link", "suivis": "follow_up_link"}


def _row(request: SignedIn, kind: str, public_id: UUID) -> tuple[Any, str]:
    """The row that the user may have a link made to, and the address of its page; Http404 otherwise."""
    if kind == "diagnostics":
        row: Any = queries.diagnostic_for(user=request.user, public_id=public_id, to_change=True)
        return row, reverse("accompaniment:diagnostic", args=[public_id])
    if kind == "suivis":
        row = queries.follow_up_for(user=request.user, public_id=public_id)
        return row, reverse("accompaniment:follow_up", args=[public_id])
    if kind == "references":
        row = queries.referral_for(user=request.user, public_id=public_id)
        if works(request, row.organisation_id):
            return row, reverse("accompaniment:referral", args=[public_id])
    raise Http404


@require_POST
def link_renew(request: SignedIn, kind: str, public_id: UUID) -> HttpResponse:
    row, page = _row(request, kind, public_id)
    try:
        link = actions.renew_link(row=row, now=timezone.now(), by=request.user, send="envoyer" in request.POST)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        to = {"email": link.sent_to}
        messages.success(
            request,
            _("Le lien part par courriel à %(email)s. Le précédent n'ouvre plus rien.") % to
            if link.sent_to
            else _("Le lien est prêt à transmettre. Le précédent n'ouvre plus rien."),
        )
    return redirect(page)


@require_POST
def link_close(request: SignedIn, kind: str, public_id: UUID) -> HttpResponse:
    row, page = _row(request, kind, public_id)
    actions.withdraw_link(row=row, now=timezone.now(), by=request.user)
    messages.success(request, _("Le lien est retiré : il n'ouvre plus rien."))
    return redirect(page)
