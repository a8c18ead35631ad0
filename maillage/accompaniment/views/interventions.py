"""Interventions: list, page, export, cancellation."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from maillage.core.actions import Refused
from maillage.core.sheets import Column, write_xlsx
from maillage.directory.queries import organisations_where, person_of
from maillage.directory.types import SignedIn
from maillage.funding.queries import streams_seen

from .. import actions, queries
from ..forms import ReasonForm
from ..types import SETTERS, WORKERS
from .common import number_of, reading, works


def _asked(request: SignedIn, ids: list[int]) -> tuple[Any, dict[str, Any]]:
    """The interventions that the address asks for, and its filters."""
    text, stream, mine = request.GET.get("q", ""), number_of(request.GET.get("volet")), "moi" in request.GET
    person = person_of(user=request.user)
    rows = queries.interventions_for(
        user=request.user,
        text=text,
        stream_id=stream,
        adviser_id=person.pk if mine and person else None,
        cancelled="annulees" in request.GET,
        organisation_ids=ids,
    )
    return rows, {"text": text, "stream": stream, "mine": mine, "cancelled": "annulees" in request.GET}


def interventions(request: SignedIn) -> HttpResponse:
    here = reading(request)
    rows, filters = _asked(request, here.ids)
    today = timezone.localdate()
    return render(
        request,
        "accompaniment/interventions.html",
        {
            **filters,
            "page": Paginator(rows, 30).get_page(request.GET.get("page")),
            "streams": list(streams_seen(organisation_ids=here.ids)),
            "acting": here,
            "may_add": bool(organisations_where(user=request.user, kinds=WORKERS)),
            "may_set": bool(organisations_where(user=request.user, kinds=SETTERS)),
            "steps": queries.next_steps(user=request.user, today=today, limit=5),
            "today": today,
        },
    )


SHEET_MOST = 20_000
"""How many rows the spreadsheet holds at most."""


def interventions_sheet(request: SignedIn) -> HttpResponse:
    """The list as filtered, one row for each party. Notes are not in it."""
    here = reading(request)
    rows, _filters = _asked(request, here.ids)
    columns = [
        Column(_("Date"), "date", 12),
        Column(_("Entreprise"), "text", 32),
        Column(_("Personne"), "text", 24),
        Column(_("Rôle"), "text", 14),
        Column(_("MRC"), "text", 20),
        Column(_("Volet"), "text", 18),
        Column(_("Sujet"), "text", 22),
        Column(_("Service"), "text", 18),
        Column(_("Minutes"), "number", 10),
        Column(_("Par"), "text", 22),
        Column(_("En une phrase"), "text", 40),
        Column(_("Résultat"), "text", 40),
    ]
    cells = (
        [
            row.done_on,
            p.enterprise.name if p.enterprise else "",
            p.person.name if p.person else "",
            p.get_role_display(),
            str(p.mrc or ""),
            str(row.stream),
            str(row.topic or ""),
            str(row.service or ""),
            row.minutes,
            str(row.adviser or ""),
            row.summary,
            row.outcome,
        ]
        for row in rows[:SHEET_MOST]
        for p in row.parties.all()
    )
    title = _("Interventions")
    return HttpResponse(
        write_xlsx([(title, columns, cells)], title=title, made_on=timezone.localdate()),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={"Content-Disposition": 'attachment; filename="interventions.xlsx"'},
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
