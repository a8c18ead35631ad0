"""Mandates: board and list, page with its stages."""

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from maillage.core import fields
from maillage.core.actions import Refused
from maillage.core.meanwhile import Edits
from maillage.core.tables import FILE, Listing
from maillage.directory import downloads
from maillage.directory.queries import acting, organisations_where, person_of
from maillage.directory.types import SignedIn
from maillage.funding.queries import streams_seen

from .. import actions, queries, tables
from ..forms import ReasonForm
from ..models import Intensity, Stage
from ..models.mandate import FINAL_STAGES
from ..queries.interventions import Choices
from ..types import SETTERS, WORKERS
from .common import number_of, reading, resolve_enterprise, works
from .deliverables import DeliverableForm


class MandateForm(Edits, forms.Form):
    enterprise = forms.CharField(label=gettext_lazy("Entreprise"), max_length=240)
    create = forms.BooleanField(label=gettext_lazy("Créer cette fiche"), required=False)
    stream = forms.ChoiceField(label=gettext_lazy("Volet"))
    intensity = forms.ChoiceField(
        label=gettext_lazy("Intensité"),
        choices=Intensity.choices,
        widget=forms.RadioSelect,
        initial=Intensity.INTENSIVE,
    )
    starts_on = fields.DateField(label=gettext_lazy("Début"), widget=forms.DateInput)
    title = forms.CharField(label=gettext_lazy("Titre"), max_length=160, required=False)
    goal = forms.CharField(
        label=gettext_lazy("But"), widget=forms.Textarea(attrs={"rows": 3}), required=False, max_length=4000
    )
    edition = forms.ChoiceField(label=gettext_lazy("Programme"), required=False)
    agreement = forms.ChoiceField(label=gettext_lazy("Entente"), required=False)
    adviser = forms.ChoiceField(label=gettext_lazy("Conseil"), required=False)
    unknown = False

    def __init__(self, *args: Any, choices: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered: dict[str, list[Any]] = {
            "stream": choices.streams,
            "edition": choices.editions,
            "agreement": choices.agreements,
            "adviser": choices.advisers,
        }
        for name, rows in offered.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [*([("", "")] if name != "stream" else []), *((str(r.pk), str(r)) for r in rows)]


class StageForm(forms.Form):
    stage = forms.ChoiceField(label=gettext_lazy("Étape"), choices=Stage.choices)
    on = fields.DateField(label=gettext_lazy("Depuis le"), widget=forms.DateInput)
    reason = forms.CharField(label=gettext_lazy("Pourquoi"), max_length=300, required=False)


BOARD_MOST = 60
"""How many mandates a column of the board shows."""


def mandates(request: SignedIn) -> HttpResponseBase:
    """By stage on a board, or as a list; those that ended, or were cancelled, as a list."""
    here = reading(request)
    as_list = any(word in request.GET for word in ("liste", "termines", "annules", FILE))

    def context(listing: Listing) -> dict[str, Any]:
        return {
            "acting": here,
            "may_add": bool(organisations_where(user=request.user, kinds=WORKERS)),
            "may_set": bool(organisations_where(user=request.user, kinds=SETTERS)),
            "no_stream": not streams_seen(organisation_ids=here.ids).exists(),
            **({} if as_list else _board(request, list(listing.rows[: BOARD_MOST * 5]))),
        }

    return downloads.listed(request, "accompaniment/mandates.html", tables.mandates, context, organisations=here.ids)


def _board(request: SignedIn, rows: list[Any]) -> dict[str, Any]:
    ours = set(organisations_where(user=request.user, kinds=WORKERS))
    stages = [s for s in Stage if s not in FINAL_STAGES]
    columns = []
    for stage in stages:
        cards = [m for m in rows if m.stage == stage]
        for card in cards:
            card.next = _next(stage) if card.organisation_id in ours else ""
            card.next_label = Stage(card.next).label if card.next else ""
        columns.append((stage.label, len(cards), cards[:BOARD_MOST]))
    return {"columns": columns, "empty": not rows, "today": timezone.localdate()}


def mandate_new(request: SignedIn) -> HttpResponse:
    here, today = acting(request, WORKERS), timezone.localdate()
    organisation = here.one
    choices = queries.choices_for(organisation=organisation, today=today)
    person = person_of(user=request.user)
    initial = {"starts_on": today, "adviser": person.pk if person else "", "enterprise": request.GET.get("nom", "")}
    form = MandateForm(request.POST or None, choices=choices, initial=initial)
    if request.method == "POST" and form.is_valid():
        row = _open(request, organisation.pk, form, today)
        if row is not None:
            messages.success(request, _("Le mandat est ouvert."))
            return redirect("accompaniment:mandate", row.public_id)
    may_set = bool(organisations_where(user=request.user, kinds=SETTERS))
    context = {"form": form, "acting": here, "no_stream": not choices.streams, "may_set": may_set}
    return render(request, "accompaniment/mandate_form.html", context, status=422 if form.errors else 200)


def _open(request: SignedIn, organisation_id: int, form: MandateForm, today: date) -> Any:
    v = form.cleaned_data
    enterprise = resolve_enterprise(request, form, today=today, create=v["create"])
    if enterprise is None:
        return None
    try:
        return actions.open_mandate(
            organisation_id=organisation_id,
            enterprise_id=enterprise.pk,
            stream_id=int(v["stream"]),
            intensity=v["intensity"],
            starts_on=v["starts_on"],
            adviser_id=number_of(v["adviser"]),
            title=v["title"],
            goal=v["goal"],
            edition_id=number_of(v["edition"]),
            agreement_id=number_of(v["agreement"]),
            now=timezone.now(),
            by=request.user,
        )
    except Refused as refused:
        form.add_error(None, str(refused))
        return None


def mandate(request: SignedIn, public_id: UUID) -> HttpResponse:
    """A mandate: its stages, what it delivers, what was done in it, and what came of it."""
    row, today = queries.mandate_for(user=request.user, public_id=public_id), timezone.localdate()
    order = [s for s in Stage if s not in (Stage.ABANDONED,)]
    reached = [c.to_stage for c in row.changes.all()]
    rail = [
        {
            "title": s.label,
            "state": "current" if s == row.stage else "done" if s in reached and not _after(s, row.stage) else "todo",
        }
        for s in order
    ]
    return render(
        request,
        "accompaniment/mandate.html",
        {
            "row": row,
            "rail": rail,
            "may_change": works(request, row.organisation_id),
            "stage_form": StageForm(initial={"stage": _next(row.stage), "on": today}),
            "deliverable_form": DeliverableForm(),
            "today": today,
            "interventions": list(
                row.interventions.filter(cancelled_at=None)
                .select_related("topic", "adviser")
                .order_by("-done_on", "-pk")[:100]
            ),
            "last_day": row.during.upper,
            "study": queries.study_of(row),
            "removed": list(row.deliverables.exclude(removed_at=None)),
            "reason": ReasonForm(),
        },
    )


def _after(stage: Stage, current: str) -> bool:
    order = list(Stage)
    return order.index(stage) > order.index(Stage(current))


def _next(stage: str) -> str:
    order = list(Stage)
    n = order.index(Stage(stage))
    return order[min(n + 1, order.index(Stage.CLOSED))].value


@require_POST
def mandate_stage(request: SignedIn, public_id: UUID) -> HttpResponse:
    row, form = queries.mandate_for(user=request.user, public_id=public_id, to_change=True), StageForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choisissez l'étape et le jour."))
        return redirect("accompaniment:mandate", row.public_id)
    v = form.cleaned_data
    try:
        actions.move_mandate(
            mandate_id=row.pk,
            to_stage=v["stage"],
            on=v["on"],
            reason=v["reason"],
            now=timezone.now(),
            by=request.user,
        )
        messages.success(request, _("Étape notée : %(stage)s.") % {"stage": Stage(v["stage"]).label})
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("accompaniment:mandate", row.public_id)
    if "tableau" in request.POST:
        return redirect("accompaniment:mandates")
    return redirect("accompaniment:mandate", row.public_id)


def mandate_edit(request: SignedIn, public_id: UUID) -> HttpResponse:
    """Intensity, title, goal, programme, agreement, adviser; the enterprise, the stream and the start stay."""
    row = queries.mandate_for(user=request.user, public_id=public_id, to_change=True)
    choices = queries.choices_for(organisation=row.organisation, today=timezone.localdate())
    kept: tuple[tuple[list[Any], Any], ...] = (
        (choices.streams, row.stream),
        (choices.editions, row.edition),
        (choices.agreements, row.agreement),
        (choices.advisers, row.adviser),
    )
    for rows, held in kept:
        if held is not None and held not in rows:
            rows.append(held)
    initial = {
        "enterprise": row.enterprise.name,
        "starts_on": row.during.lower,
        **{name: getattr(row, name) for name in ("intensity", "title", "goal")},
        **{name: getattr(row, f"{name}_id") or "" for name in ("stream", "edition", "agreement", "adviser")},
    }
    form = MandateForm(request.POST or None, choices=choices, initial=initial, edits=row)
    for name in ("enterprise", "starts_on", "stream"):
        form.fields[name].required = False
    if request.method == "POST" and form.is_valid():
        v = form.cleaned_data
        values = {name: v[name] for name in ("intensity", "title", "goal")}
        values |= {f"{name}_id": number_of(v[name]) for name in ("edition", "agreement", "adviser")}
        actions.amend_mandate(mandate_id=row.pk, values=values, by=request.user)
        messages.success(request, _("Le mandat est corrigé."))
        return redirect("accompaniment:mandate", row.public_id)
    context = {"form": form, "row": row}
    return render(request, "accompaniment/mandate_form.html", context, status=422 if form.errors else 200)


@require_POST
def mandate_cancel(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.mandate_for(user=request.user, public_id=public_id, to_change=True)
    try:
        if "remettre" in request.POST:
            actions.restore_mandate(mandate_id=row.pk, by=request.user)
            messages.success(request, _("Le mandat est rétabli : il compte de nouveau."))
        else:
            reason = request.POST.get("reason", "")
            actions.cancel_mandate(mandate_id=row.pk, reason=reason, now=timezone.now(), by=request.user)
            messages.success(request, _("Le mandat est annulé ; il reste consultable et peut être rétabli."))
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("accompaniment:mandate", row.public_id)
