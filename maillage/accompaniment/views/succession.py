"""Business succession: cases, their stages, their buyers."""

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
from maillage.directory import downloads
from maillage.directory.models import Organisation
from maillage.directory.queries import acting, organisations_where, person_of
from maillage.directory.types import SignedIn

from .. import actions, queries, tables
from ..models import BuyerState, SuccessionCase, SuccessionKind, SuccessionStage
from ..queries.interventions import Choices
from ..types import WORKERS
from .common import number_of, reading, resolve_enterprise, works


class CaseForm(Edits, forms.Form):
    enterprise = forms.CharField(label=gettext_lazy("Entreprise à transmettre"), max_length=240)
    create = forms.BooleanField(label=gettext_lazy("Créer cette fiche"), required=False)
    seller = forms.CharField(label=gettext_lazy("Qui cède"), max_length=160, required=False)
    kind = forms.ChoiceField(label=gettext_lazy("Forme de relève"), choices=SuccessionKind.choices)
    opened_on = fields.DateField(label=gettext_lazy("Ouvert le"), widget=forms.DateInput)
    wanted_by = fields.DateField(
        label=gettext_lazy("Transfert souhaité avant le"), widget=forms.DateInput, required=False
    )
    jobs = fields.IntegerField(label=gettext_lazy("Emplois en jeu"), min_value=0, max_value=100_000, required=False)
    summary = forms.CharField(
        label=gettext_lazy("Situation"), widget=forms.Textarea(attrs={"rows": 4}), required=False, max_length=8000
    )
    stream = forms.ChoiceField(label=gettext_lazy("Volet"), required=False)
    agreement = forms.ChoiceField(label=gettext_lazy("Entente"), required=False)
    adviser = forms.ChoiceField(label=gettext_lazy("Conseil"), required=False)
    unknown = False

    def __init__(self, *args: Any, choices: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, rows in (
            ("stream", choices.streams),
            ("agreement", choices.agreements),
            ("adviser", choices.advisers),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", ""), *((str(r.pk), str(r)) for r in rows)]

    def values(self) -> dict[str, Any]:
        v = self.cleaned_data
        kept = {name: v[name] for name in ("seller", "kind", "wanted_by", "jobs", "summary")}
        return kept | {f"{name}_id": number_of(v[name]) for name in ("stream", "agreement", "adviser")}


class CaseStageForm(forms.Form):
    stage = forms.ChoiceField(label=gettext_lazy("Étape"), choices=SuccessionStage.choices)
    on = fields.DateField(label=gettext_lazy("Depuis le"), widget=forms.DateInput)
    reason = forms.CharField(label=gettext_lazy("Pourquoi"), max_length=300, required=False)


class BuyerForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Repreneur"), max_length=160)
    email = forms.EmailField(label=gettext_lazy("Courriel"), required=False)
    state = forms.ChoiceField(label=gettext_lazy("Où il en est"), choices=BuyerState.choices)
    note = forms.CharField(
        label=gettext_lazy("Note"), widget=forms.Textarea(attrs={"rows": 2}), required=False, max_length=2000
    )


def successions(request: SignedIn) -> HttpResponseBase:
    """Cases by stage, or those that ended."""
    here = reading(request)
    context = {"acting": here, "may_add": bool(organisations_where(user=request.user, kinds=WORKERS))}
    return downloads.listed(
        request, "accompaniment/successions.html", tables.successions, context, organisations=here.ids
    )


def succession_new(request: SignedIn) -> HttpResponse:
    here, today = acting(request, WORKERS), timezone.localdate()
    choices = queries.choices_for(organisation=here.one, today=today)
    person = person_of(user=request.user)
    initial = {"opened_on": today, "adviser": person.pk if person else "", "enterprise": request.GET.get("nom", "")}
    form = CaseForm(request.POST or None, choices=choices, initial=initial)
    if request.method == "POST" and form.is_valid():
        row = _open(request, here.one, form)
        if row is not None:
            messages.success(request, _("Le dossier de relève est ouvert."))
            return redirect("accompaniment:succession", row.public_id)
    context = {"form": form, "acting": here}
    return render(request, "accompaniment/succession_form.html", context, status=422 if form.errors else 200)


def _open(request: SignedIn, organisation: Organisation, form: CaseForm) -> SuccessionCase | None:
    today = timezone.localdate()
    enterprise = resolve_enterprise(request, form, today=today, create=form.cleaned_data["create"])
    if enterprise is None:
        return None
    try:
        return actions.open_case(
            organisation_id=organisation.pk,
            enterprise_id=enterprise.pk,
            opened_on=form.cleaned_data["opened_on"],
            now=timezone.now(),
            by=request.user,
            **form.values(),
        )
    except Refused as refused:
        form.add_error(None, str(refused))
        return None


def succession(request: SignedIn, public_id: UUID) -> HttpResponse:
    row, today = queries.case_for(user=request.user, public_id=public_id), timezone.localdate()
    order: list[SuccessionStage] = [s for s in SuccessionStage if s != SuccessionStage.STOPPED]
    place = order.index(SuccessionStage(row.stage)) if row.stage in order else -1
    buyers = list(row.buyers.all())
    following = order[min(place + 1, len(order) - 1)] if place >= 0 else order[0]
    context = {
        "row": row,
        "rail": [
            {"title": s.label, "state": "current" if n == place else "done" if n < place else "todo"}
            for n, s in enumerate(order)
        ],
        "may_change": works(request, row.organisation_id),
        "buyers": [b for b in buyers if b.removed_at is None],
        "removed": [b for b in buyers if b.removed_at is not None],
        "stage_form": CaseStageForm(initial={"stage": following, "on": today}),
        "buyer_form": BuyerForm(),
        "buyer_states": BuyerState.choices,
    }
    return render(request, "accompaniment/succession.html", context)


def succession_edit(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.case_for(user=request.user, public_id=public_id, to_change=True)
    choices = queries.choices_for(organisation=row.organisation, today=timezone.localdate())
    for rows, held in (
        (choices.streams, row.stream),
        (choices.agreements, row.agreement),
        (choices.advisers, row.adviser),
    ):
        if held is not None and held not in rows:
            rows.append(held)  # type: ignore[arg-type]
    initial = {
        "enterprise": row.enterprise.name,
        "opened_on": row.opened_on,
        **{name: getattr(row, name) for name in ("seller", "kind", "wanted_by", "jobs", "summary")},
        **{name: getattr(row, f"{name}_id") or "" for name in ("stream", "agreement", "adviser")},
    }
    form = CaseForm(request.POST or None, choices=choices, initial=initial, edits=row)
    form.fields["enterprise"].required = form.fields["opened_on"].required = False
    if request.method == "POST" and form.is_valid():
        actions.amend_case(case_id=row.pk, values=form.values(), by=request.user)
        messages.success(request, _("Le dossier est corrigé."))
        return redirect("accompaniment:succession", row.public_id)
    return render(
        request, "accompaniment/succession_form.html", {"form": form, "row": row}, status=422 if form.errors else 200
    )


@require_POST
def succession_stage(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.case_for(user=request.user, public_id=public_id, to_change=True)
    form = CaseStageForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choisissez l'étape et le jour."))
        return redirect("accompaniment:succession", row.public_id)
    v = form.cleaned_data
    try:
        actions.move_case(
            case_id=row.pk, to_stage=v["stage"], on=v["on"], reason=v["reason"], now=timezone.now(), by=request.user
        )
        messages.success(request, _("Étape notée : %(stage)s.") % {"stage": SuccessionStage(v["stage"]).label})
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("accompaniment:succession", row.public_id)


@require_POST
def buyer_new(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.case_for(user=request.user, public_id=public_id, to_change=True)
    form = BuyerForm(request.POST)
    if form.is_valid():
        actions.save_buyer(case_id=row.pk, values=form.cleaned_data, today=timezone.localdate(), by=request.user)
        messages.success(request, _("Le repreneur est noté."))
    else:
        messages.error(request, _("Écrivez le nom du repreneur."))
    return redirect("accompaniment:succession", row.public_id)


@require_POST
def buyer_change(request: SignedIn, public_id: UUID) -> HttpResponse:
    """A buyer's state, or a buyer taken out and put back."""
    buyer, verb = queries.buyer_for(user=request.user, public_id=public_id), request.POST.get("verbe", "")
    if verb == "retirer":
        actions.remove_buyer(buyer_id=buyer.pk, now=timezone.now(), by=request.user)
        messages.success(request, _("Le repreneur est retiré ; il se remet au bas de la liste."))
    elif verb == "remettre":
        actions.remove_buyer(buyer_id=buyer.pk, now=None, by=request.user)
        messages.success(request, _("Le repreneur est remis."))
    elif (state := request.POST.get("state", "")) in BuyerState.values:
        actions.save_buyer(
            case_id=buyer.case_id,
            buyer_id=buyer.pk,
            values={"state": state},
            today=timezone.localdate(),
            by=request.user,
        )
        messages.success(request, _("C'est noté."))
    return redirect("accompaniment:succession", buyer.case.public_id)


@require_POST
def succession_cancel(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.case_for(user=request.user, public_id=public_id, to_change=True)
    try:
        if "remettre" in request.POST:
            actions.restore_case(case_id=row.pk, by=request.user)
            messages.success(request, _("Le dossier est rétabli."))
        else:
            reason = request.POST.get("reason", "")
            actions.cancel_case(case_id=row.pk, reason=reason, now=timezone.now(), by=request.user)
            messages.success(request, _("Le dossier est annulé ; il reste consultable et peut être rétabli."))
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("accompaniment:succession", row.public_id)
