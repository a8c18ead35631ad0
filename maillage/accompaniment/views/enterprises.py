"""Enterprises: list, file, and the journey with its filters."""

from uuid import UUID

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from maillage.directory import downloads
from maillage.directory.queries import (
    Right,
    history_of,
    organisations_where,
    people_of,
    person_of,
    roles_of,
    situations_of,
    standing_of,
)
from maillage.directory.types import SignedIn

from .. import actions, queries, tables
from ..journey import Moment, journey
from ..types import WORKERS
from .common import me, reading_or_404, resolve_enterprise, working_organisation
from .enterprise_file import NoteForm, PersonForm, ShareForm, SituationForm


class OpenForm(forms.Form):
    enterprise = forms.CharField(label=gettext_lazy("Nom ou NEQ de l'entreprise"), max_length=240)
    create = forms.BooleanField(label=gettext_lazy("Créer cette fiche"), required=False)
    unknown = False


def enterprises(request: SignedIn) -> HttpResponseBase:
    reading_or_404(request)
    context = {"form": OpenForm(), "may_add": bool(organisations_where(user=request.user, kinds=WORKERS))}
    return downloads.listed(request, "accompaniment/enterprises.html", tables.enterprises, context)


@require_POST
def enterprise_open(request: SignedIn) -> HttpResponse:
    """Open the file of an enterprise of the directory, or of a new one."""
    organisation, today = working_organisation(request), timezone.localdate()
    form = OpenForm(request.POST)
    enterprise = None
    if form.is_valid():
        enterprise = resolve_enterprise(request, form, today=today, create=form.cleaned_data["create"])
    if enterprise is None:
        return render(request, "accompaniment/enterprise_open.html", {"form": form}, status=422)
    actions.open_file(
        organisation_id=organisation.pk,
        enterprise_id=enterprise.pk,
        adviser_id=me(request).pk,
        today=today,
        by=request.user,
    )
    return redirect("accompaniment:enterprise", enterprise.public_id)


def enterprise(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.enterprise_for(user=request.user, public_id=public_id)
    today, asked = timezone.localdate(), request.GET
    moments = journey(user=request.user, enterprise=row)
    filters = {"genre": asked.get("genre", ""), "par": asked.get("par", ""), "annee": asked.get("annee", "")}
    shown = [m for m in moments if _kept(m, filters)]
    works = bool(organisations_where(user=request.user, kinds=WORKERS))
    standing = standing_of(user=request.user, organisation=row)
    files = list(queries.files_of(user=request.user, enterprise=row))
    edits = works and queries.may_describe(user=request.user, enterprise=row, standing=standing, files=files)
    return render(
        request,
        "accompaniment/enterprise.html",
        {
            "row": row,
            "page": Paginator(shown, 60).get_page(asked.get("page")),
            "total": len(moments),
            "kinds": _kinds(moments),
            "makers": sorted({m.by for m in moments}),
            "years": sorted({m.on.year for m in moments}, reverse=True),
            "filters": filters,
            "filtered": any(filters.values()),
            "people": list(people_of(row, day=today)),
            "gone": list(roles_of(row, past=True, day=today)[:20]),
            "situations": situations_of(row),
            "files": files,
            "mandates": list(queries.mandates_for(user=request.user, enterprise=row)),
            "notes": list(queries.notes_for(user=request.user, enterprise=row)),
            "removed_notes": list(queries.removed_notes(user=request.user, enterprise=row)),
            "shares": list(queries.shares_of(user=request.user, enterprise=row)),
            "shown_by": list(queries.shares_to(user=request.user, enterprise=row)),
            "history": [c for c in history_of(row, limit=60) if c.by or c.at][:8] if edits else [],
            "note_form": NoteForm(),
            "share_form": ShareForm(),
            "person_form": PersonForm(initial={"since": today}),
            "situation_form": SituationForm(
                initial={"since": today, "mrc": row.mrc_id, "sector": row.sector_id, "employees": row.employees}
            ),
            "works": works and bool(files),
            "edits": edits,
            "edits_file": works and standing.right >= Right.FILE,
            "person": person_of(user=request.user),
            "own": queries.organisations_seen(user=request.user, enterprise=row) is None,
        },
    )


def _kept(moment: Moment, filters: dict[str, str]) -> bool:
    return (
        (not filters["genre"] or moment.kind == filters["genre"])
        and (not filters["par"] or moment.by == filters["par"])
        and (not filters["annee"] or str(moment.on.year) == filters["annee"])
    )


def moment(request: SignedIn, public_id: UUID, key: str) -> HttpResponse:
    """One entry of the journey that has no page of its own for this reader: what it was, and why they see it."""
    row = queries.enterprise_for(user=request.user, public_id=public_id)
    found = next((m for m in journey(user=request.user, enterprise=row) if m.key == key), None)
    if found is None:
        raise Http404
    share = next(
        (s for s in queries.shares_to(user=request.user, enterprise=row) if s.organisation.name == found.by), None
    )
    return render(request, "accompaniment/moment.html", {"row": row, "m": found, "share": share})


def _kinds(moments: list[Moment]) -> list[tuple[str, str, int]]:
    names = {
        "intervention": _("Interventions"),
        "mandate": _("Mandats"),
        "deliverable": _("Livrables"),
        "diagnostic": _("Diagnostics"),
        "referral": _("Références"),
        "financing": _("Financements"),
        "meeting": _("Démarchage"),
        "cohort": _("Cohortes"),
        "visit": _("Visites"),
        "activity": _("Formations et activités"),
        "purchase": _("Achats"),
        "order": _("Achats"),
        "sale": _("Ventes"),
        "outcome": _("Suivis"),
        "watch": _("Veille"),
        "succession": _("Relève"),
    }
    counts: dict[str, int] = {}
    for one in moments:
        counts[one.kind] = counts.get(one.kind, 0) + 1
    return [(kind, names.get(kind, kind), n) for kind, n in sorted(counts.items(), key=lambda item: -item[1])]
