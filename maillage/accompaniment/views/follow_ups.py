"""Outcome questions: what was asked, what enterprises answered, what it says together."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core.actions import Refused
from maillage.directory import downloads
from maillage.directory.types import SignedIn

from .. import actions, queries, tables
from .common import reading, works
from .links import link_context
from .public import OutcomeForm


def follow_ups(request: SignedIn) -> HttpResponseBase:
    here = reading(request)
    every = queries.follow_ups_for(user=request.user, today=timezone.localdate(), organisation_ids=here.ids)
    context = {"outcomes": queries.outcomes(every), "acting": here}
    return downloads.listed(
        request, "accompaniment/follow_ups.html", tables.follow_ups, context, organisations=here.ids
    )


def follow_up(request: SignedIn, public_id: UUID) -> HttpResponse:
    """One question: its link, its answer; the adviser may note an answer given by telephone."""
    row = queries.follow_up_for(user=request.user, public_id=public_id, to_change=False)
    may_change = works(request, row.mandate.organisation_id)
    form = OutcomeForm(request.POST if request.method == "POST" and may_change else None)
    if request.method == "POST" and may_change and form.is_valid():
        try:
            actions.answer_follow_up(follow_up_id=row.pk, now=timezone.now(), by=request.user, **form.cleaned_data)
            messages.success(request, _("La réponse est notée."))
        except Refused as refused:
            messages.error(request, str(refused))
        return redirect("accompaniment:follow_up", row.public_id)
    context = {
        "row": row,
        "form": form,
        "may_change": may_change,
        "today": timezone.localdate(),
        **link_context(request, row, "suivis"),
    }
    return render(request, "accompaniment/follow_up.html", context, status=422 if form.errors else 200)
