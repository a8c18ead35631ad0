"""Interventions: list, page, export, cancellation."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from maillage.core.actions import Refused
from maillage.core.typed import search_text
from maillage.directory import downloads
from maillage.directory.queries import organisations_where
from maillage.directory.types import SignedIn
from maillage.funding.queries import streams_seen

from .. import actions, exports, queries, tables
from ..forms import ReasonForm
from ..types import SETTERS, WORKERS
from .common import number_of, reading, works


def _asked(request: SignedIn, ids: list[int]) -> tuple[Any, dict[str, Any]]:
    """The interventions that the address asks for, and its filters."""
    filters: dict[str, Any] = {
        "text": search_text(request.GET.get("q")),
        "stream": number_of(request.GET.get("volet")),
        "mine": "moi" in request.GET,
        "cancelled": "annulees" in request.GET,
    }
    return exports.listed(user=request.user, organisations=ids, **filters), filters


def interventions(request: SignedIn) -> HttpResponseBase:
    here, today = reading(request), timezone.localdate()
    context = {
        "acting": here,
        "no_stream": not streams_seen(organisation_ids=here.ids).exists(),
        "may_add": bool(organisations_where(user=request.user, kinds=WORKERS)),
        "may_set": bool(organisations_where(user=request.user, kinds=SETTERS)),
        "steps": queries.next_steps(user=request.user, today=today, limit=5),
        "today": today,
    }
    _rows, filters = _asked(request, here.ids)
    return downloads.listed(
        request,
        "accompaniment/interventions.html",
        tables.interventions,
        context,
        organisations=here.ids,
        filters=filters,
    )


@require_http_methods(["GET", "POST"])
def interventions_sheet(request: SignedIn) -> HttpResponseBase:
    """The list as filtered, one row for each party; a job makes a long file. Notes are not in it."""
    here = reading(request)
    rows, filters = _asked(request, here.ids)
    title = _("Interventions")
    return downloads.answer(
        request,
        exports.interventions,
        params={**filters, "organisations": here.ids},
        title=title,
        filename="interventions.xlsx",
        content_type=downloads.XLSX,
        rows=rows.order_by().count(),
    )


def intervention(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.intervention_for(user=request.user, public_id=public_id)
    claims = queries.double_claims_of(row)
    return render(
        request,
        "accompaniment/intervention.html",
        {
            "may_add": bool(organisations_where(user=request.user, kinds=WORKERS)),
            "row": row,
            "may_change": works(request, row.organisation_id),
            "versions": queries.versions_of(row),
            "reason": ReasonForm(),
            "double_claims": claims,
        },
    )


@require_POST
def intervention_cancel(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.intervention_for(user=request.user, public_id=public_id, to_change=True)
    try:
        actions.cancel_intervention(
            intervention_id=row.pk, reason=request.POST.get("reason", ""), now=timezone.now(), by=request.user
        )
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("L'intervention est annulée ; elle reste consultable et peut être rétablie."))
    return redirect("accompaniment:intervention", row.public_id)


@require_POST
def intervention_restore(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.intervention_for(user=request.user, public_id=public_id, to_change=True)
    actions.restore_intervention(intervention_id=row.pk, by=request.user)
    messages.success(request, _("L'intervention est rétablie : elle compte de nouveau."))
    return redirect("accompaniment:intervention", row.public_id)


@require_POST
def next_step_done(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.intervention_for(user=request.user, public_id=public_id, to_change=True)
    if "refaire" in request.POST:
        actions.reopen_next_step(intervention_id=row.pk, by=request.user)
        messages.success(request, _("L'étape est de nouveau à faire."))
        return redirect("accompaniment:intervention", row.public_id)
    actions.complete_next_step(intervention_id=row.pk, now=timezone.now(), by=request.user)
    messages.success(request, _("Étape faite."))
    return redirect("accompaniment:todo")
