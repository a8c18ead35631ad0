"""Mandates: list, page with its stages, deliverables and documents."""

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from maillage.core.actions import Refused
from maillage.directory.queries import acting, organisations_where, person_of
from maillage.directory.types import SignedIn
from maillage.funding.queries import streams_seen

from .. import actions, queries
from ..models import DeliverableKind, Intensity, Stage
from ..queries.interventions import Choices
from ..types import SETTERS, WORKERS
from .common import number_of, reading, resolve_enterprise, works


class MandateForm(forms.Form):
    enterprise = forms.CharField(label=gettext_lazy("Entreprise"), max_length=240)
    create = forms.BooleanField(label=gettext_lazy("Créer cette fiche"), required=False)
    stream = forms.ChoiceField(label=gettext_lazy("Volet"))
    intensity = forms.ChoiceField(
        label=gettext_lazy("Intensité"),
        choices=Intensity.choices,
        widget=forms.RadioSelect,
        initial=Intensity.INTENSIVE,
    )
    starts_on = forms.DateField(label=gettext_lazy("Début"), widget=forms.DateInput)
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
    on = forms.DateField(label=gettext_lazy("Depuis le"), widget=forms.DateInput)
    reason = forms.CharField(label=gettext_lazy("Pourquoi"), max_length=300, required=False)


class DeliverableForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("Livrable"), choices=DeliverableKind.choices)
    title = forms.CharField(label=gettext_lazy("Titre"), max_length=160, required=False)
    due_on = forms.DateField(label=gettext_lazy("Pour le"), required=False, widget=forms.DateInput)


class DayForm(forms.Form):
    on = forms.DateField(label=gettext_lazy("Remis le"), widget=forms.DateInput)


class DocumentForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("Fichier"))


def mandates(request: SignedIn) -> HttpResponse:
    here = reading(request)
    person, mine, over = person_of(user=request.user), "moi" in request.GET, "termines" in request.GET
    rows = queries.mandates_for(
        user=request.user, adviser_id=person.pk if mine and person else None, over=over, organisation_ids=here.ids
    )
    page = Paginator(rows, 40).get_page(request.GET.get("page"))
    return render(
        request,
        "accompaniment/mandates.html",
        {
            "page": page,
            "mine": mine,
            "over": over,
            "acting": here,
            "may_add": bool(organisations_where(user=request.user, kinds=WORKERS)),
            "may_set": bool(organisations_where(user=request.user, kinds=SETTERS)),
            "no_stream": not streams_seen(organisation_ids=here.ids).exists(),
        },
    )


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
            "day_form": DayForm(initial={"on": today}),
            "document_form": DocumentForm(),
            "interventions": list(
                row.interventions.filter(cancelled_at=None)
                .select_related("topic", "adviser")
                .order_by("-done_on", "-pk")[:100]
            ),
            "last_day": row.during.upper,
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


@require_POST
def deliverable_new(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.mandate_for(user=request.user, public_id=public_id, to_change=True)
    form = DeliverableForm(request.POST)
    if form.is_valid():
        actions.add_deliverable(mandate_id=row.pk, by=request.user, **form.cleaned_data)
        messages.success(request, _("Le livrable est prévu. Il comptera une fois remis."))
    else:
        messages.error(request, _("Choisissez le livrable."))
    return redirect("accompaniment:mandate", row.public_id)


@require_POST
def deliverable_deliver(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.deliverable_for(user=request.user, public_id=public_id)
    form = DayForm(request.POST)
    if "annuler" in request.POST:
        actions.take_back_delivery(deliverable_id=row.pk, by=request.user)
        messages.success(request, _("La remise est annulée."))
    elif form.is_valid():
        try:
            actions.deliver(deliverable_id=row.pk, on=form.cleaned_data["on"], now=timezone.now(), by=request.user)
            messages.success(request, _("Remise notée."))
        except Refused as refused:
            messages.error(request, str(refused))
    else:
        messages.error(request, _("Choisissez le jour de la remise."))
    return redirect("accompaniment:mandate", row.mandate.public_id)


@require_POST
def document_new(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.deliverable_for(user=request.user, public_id=public_id)
    form = DocumentForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            actions.add_document(deliverable_id=row.pk, file=file, name=file.name, now=timezone.now(), by=request.user)
            messages.success(request, _("Le document est joint."))
        except Refused as refused:
            messages.error(request, str(refused))
    else:
        messages.error(request, _("Choisissez un fichier."))
    return redirect("accompaniment:mandate", row.mandate.public_id)


def document(request: SignedIn, public_id: UUID) -> FileResponse:
    """Always downloaded, never shown: what others sent is not run on our pages."""
    row = queries.document_for(user=request.user, public_id=public_id)
    return FileResponse(
        row.file.open("rb"), as_attachment=True, filename=row.name, content_type="application/octet-stream"
    )
