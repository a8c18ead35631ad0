"""Plans written by those who direct: the plan, its regions, issues and priorities, its actions."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from maillage.core.actions import Refused
from maillage.directory.types import SignedIn

from .. import access, actions, queries
from ..models import Plan
from ..plan_forms import ActionForm, ContextForm, IssueForm, PlanForm, PriorityForm, RegionForm, RegionsForm


def _plan(request: SignedIn, public_id: UUID) -> Plan:
    return queries.plan_for(user=request.user, public_id=public_id, kinds=access.EDITORS)


@require_http_methods(["GET", "POST"])
def plan_new(request: SignedIn) -> HttpResponse:
    """A plan for an organisation that one directs. Its regions and actions come next."""
    organisations = access.organisations_of(user=request.user, kinds=access.EDITORS)
    if not organisations:
        raise Http404
    form = PlanForm(request.POST or None, organisations=organisations)
    if request.method == "POST" and form.is_valid():
        try:
            made = _written(request, form, int(form.cleaned_data["organisation"]), None)
            return redirect("indicators:plan_edit", public_id=made.public_id)
        except Refused as error:
            form.add_error(None, str(error))
    return render(request, "indicators/plan_new.html", {"form": form})


def _written(request: SignedIn, form: PlanForm, organisation_id: int, plan_id: int | None) -> Plan:
    data = form.cleaned_data
    return actions.write_plan(
        organisation_id=organisation_id,
        plan_id=plan_id,
        name=data["name"],
        period=form.period(),
        adopted_on=data["adopted_on"],
        source=data["source"],
        by=request.user,
    )


@require_http_methods(["GET", "POST"])
def plan_edit(request: SignedIn, public_id: UUID) -> HttpResponse:
    """Everything that a plan holds, each with a place to add one more."""
    plan = _plan(request, public_id)
    asked = request.POST.get("do", "")
    given: dict[str, Any] = {asked: request.POST}
    forms_: dict[str, Any] = {
        "plan": PlanForm(given.get("plan"), organisations=[], plan=plan, edits=plan, prefix="p"),
        "regions": RegionsForm(given.get("regions"), prefix="r"),
        "issue": IssueForm(given.get("issue"), prefix="i"),
        "priority": PriorityForm(given.get("priority"), plan=plan, prefix="o"),
        "context": ContextForm(given.get("context"), plan=plan, prefix="c"),
    }
    if request.method == "POST" and asked in forms_ and forms_[asked].is_valid():
        try:
            _add(request, plan, asked, forms_[asked])
            return redirect("indicators:plan_edit", public_id=public_id)
        except Refused as error:
            forms_[asked].add_error(None, str(error))
    return render(
        request,
        "indicators/plan_edit.html",
        {
            "plan": plan,
            "forms": forms_,
            "regions": queries.regions_of(plan=plan),
            "issues": list(plan.issues.all()),
            "actions": list(plan.actions.select_related("included_in", "issue")),
            "figures": queries.context_of(plan=plan),
            "opened": asked if request.method == "POST" else "",
        },
    )


def _add(request: SignedIn, plan: Plan, what: str, form: Any) -> None:
    data = form.cleaned_data
    if what == "plan":
        _written(request, form, plan.organisation_id, plan.pk)
    elif what == "regions":
        actions.add_regions(plan_id=plan.pk, names=form.found(), by=request.user)
    elif what == "issue":
        actions.write_issue(plan_id=plan.pk, label=data["label"], responses=data["responses"], by=request.user)
    elif what == "context":
        actions.write_context_figure(plan_id=plan.pk, **form.stated(), by=request.user)
    else:
        actions.write_priority(
            region_id=int(data["region"]), label=data["label"], issue_ids=form.issue_ids(), by=request.user
        )


@require_http_methods(["GET", "POST"])
def plan_part(request: SignedIn, public_id: UUID, kind: str, pk: str) -> HttpResponse:
    """One region, issue or priority: another wording, or out of the plan."""
    plan = _plan(request, public_id)
    form, save, remove, title = PARTS[kind](request, plan, int(pk))
    if request.method == "POST":
        try:
            if request.POST.get("do") == "remove":
                remove()
                return redirect("indicators:plan_edit", public_id=public_id)
            if form.is_valid():
                save()
                return redirect("indicators:plan_edit", public_id=public_id)
        except Refused as error:
            messages.error(request, str(error))
    return render(request, "indicators/plan_part.html", {"plan": plan, "form": form, "title": title})


def _region(request: SignedIn, plan: Plan, pk: int) -> tuple[forms.Form, Any, Any, str]:
    row = get_object_or_404(plan.regions, pk=pk)
    start = {"name": row.name, "territory": row.territory_id, "note": row.note}
    form = RegionForm(_posted(request), initial=start, edits=row)

    def save() -> None:
        actions.rename_region(region_id=row.pk, **form.cleaned_data, by=request.user)

    return form, save, lambda: actions.remove_region(region_id=row.pk, by=request.user), row.name


def _issue(request: SignedIn, plan: Plan, pk: int) -> tuple[forms.Form, Any, Any, str]:
    row = get_object_or_404(plan.issues, pk=pk)
    form = IssueForm(_posted(request), initial={"label": row.label, "responses": row.responses}, edits=row)

    def save() -> None:
        actions.write_issue(plan_id=plan.pk, issue_id=row.pk, **form.cleaned_data, by=request.user)

    return form, save, lambda: actions.remove_issue(issue_id=row.pk, by=request.user), row.label


def _priority(request: SignedIn, plan: Plan, pk: int) -> tuple[forms.Form, Any, Any, str]:
    row = next((p for r in queries.regions_of(plan=plan) for p in r.priorities.all() if p.pk == pk), None)
    if row is None:
        raise Http404
    start = {"region": str(row.region_id), "label": row.label, "issues": [str(i.pk) for i in row.issues.all()]}
    form = PriorityForm(_posted(request), plan=plan, initial=start, edits=row)

    def save() -> None:
        data = form.cleaned_data
        actions.write_priority(
            priority_id=pk,
            region_id=int(data["region"]),
            label=data["label"],
            issue_ids=form.issue_ids(),
            by=request.user,
        )

    return form, save, lambda: actions.remove_priority(priority_id=pk, by=request.user), row.label


def _context(request: SignedIn, plan: Plan, pk: int) -> tuple[forms.Form, Any, Any, str]:
    row = get_object_or_404(plan.context_figures, pk=pk)
    start = {n: getattr(row, n) for n in ("label", "precision", "value", "upper", "unit", "period", "source", "note")}
    form = ContextForm(_posted(request), plan=plan, initial={**start, "region": str(row.region_id or "")}, edits=row)

    def save() -> None:
        actions.write_context_figure(plan_id=plan.pk, figure_id=row.pk, **form.stated(), by=request.user)

    return form, save, lambda: actions.remove_context_figure(figure_id=row.pk, by=request.user), row.label


PARTS = {"regions": _region, "enjeux": _issue, "priorites": _priority, "contexte": _context}


def _posted(request: SignedIn) -> Any:
    return request.POST if request.method == "POST" and request.POST.get("do") != "remove" else None


@require_http_methods(["GET", "POST"])
def plan_action_new(request: SignedIn, public_id: UUID) -> HttpResponse:
    """An action, with its target, its dates and its regions."""
    plan = _plan(request, public_id)
    form = ActionForm(request.POST or None, plan=plan)
    return _action_page(request, plan, form, None)


@require_http_methods(["GET", "POST"])
def plan_action_edit(request: SignedIn, public_id: UUID) -> HttpResponse:
    found = queries.action_for(user=request.user, public_id=public_id, kinds=access.EDITORS)
    form = ActionForm(request.POST or None, plan=found.plan, known=found)
    return _action_page(request, found.plan, form, found)


def _action_page(request: SignedIn, plan: Plan, form: ActionForm, found: Any) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            actions.write_action(
                plan_id=plan.pk, planned=form.planned(), action_id=found.pk if found else None, by=request.user
            )
            return redirect("indicators:plan_edit", public_id=plan.public_id)
        except Refused as error:
            form.add_error(None, str(error))
    return render(request, "indicators/plan_action_form.html", {"plan": plan, "form": form, "action": found})


@require_POST
def plan_action_remove(request: SignedIn, public_id: UUID) -> HttpResponse:
    found = queries.action_for(user=request.user, public_id=public_id, kinds=access.EDITORS)
    try:
        actions.remove_action(action_id=found.pk, by=request.user)
    except Refused as error:
        messages.error(request, str(error))
        return redirect("indicators:plan_action_edit", public_id=public_id)
    messages.success(request, _("L'action est retirée du plan."))
    return redirect("indicators:plan_edit", public_id=found.plan.public_id)
