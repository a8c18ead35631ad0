"""Target markets of a mandate compared on weighted criteria; the export plan written from them."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.files.base import ContentFile
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from maillage.core import charts
from maillage.core.actions import Refused
from maillage.core.numbers import decimal_of, whole
from maillage.core.typed import day_of
from maillage.directory.types import SignedIn

from .. import actions, queries
from ..documents import plan_pdf
from ..models import POINTS, WEIGHTS, ExportPlan, Mandate, MarketStudy
from .common import number_of, pdf_answer, works


def markets(request: SignedIn, public_id: UUID) -> HttpResponse:
    """The grid: criteria and weights down, markets across; ranked as scored."""
    mandate = queries.mandate_for(user=request.user, public_id=public_id)
    may_change = works(request, mandate.organisation_id) and mandate.cancelled_at is None
    study = queries.study_of(mandate)
    if request.method == "POST":
        if not may_change:
            raise Http404
        return _change(request, mandate, study)
    return render(request, "accompaniment/markets.html", _grid_context(mandate, study, may_change))


def _grid_context(mandate: Mandate, study: MarketStudy | None, may_change: bool) -> dict[str, Any]:
    context: dict[str, Any] = {"row": mandate, "study": study, "may_change": may_change, "scale": range(POINTS + 1)}
    if study is None:
        return context
    ranked = queries.ranking(study)
    by_market = {r.market.pk: r for r in ranked}
    columns = [by_market[m.pk] for m in study.markets.all()]
    scored = [r for r in ranked if r.score is not None]
    return context | {
        "ranked": ranked,
        "columns": columns,
        "lines": [(c, [(r.market, r.points[c.pk]) for r in columns], f"{c.weight}") for c in study.criteria.all()],
        "weights": range(1, WEIGHTS + 1),
        "drawing": charts.bars([(r.market.name, r.score or 0) for r in scored]) if len(scored) > 1 else "",
    }


def _change(request: SignedIn, mandate: Mandate, study: MarketStudy | None) -> HttpResponse:
    verb, by = request.POST.get("verbe", ""), request.user
    page = redirect("accompaniment:markets", mandate.public_id)
    try:
        if study is None:
            study = actions.start_study(mandate_id=mandate.pk, now=timezone.now(), by=by)
            if verb == "commencer":
                return page
        if verb == "marche":
            actions.add_market(study_id=study.pk, name=request.POST.get("nom", ""), by=by)
        elif verb == "critere":
            weight = whole(request.POST.get("poids", "")) or 0
            actions.add_criterion(study_id=study.pk, name=request.POST.get("nom", ""), weight=weight, by=by)
        elif verb.startswith("retirer-marche-"):
            actions.remove_market(study_id=study.pk, market_id=number_of(verb.rpartition("-")[2]) or 0, by=by)
        elif verb.startswith("retirer-critere-"):
            actions.remove_criterion(study_id=study.pk, criterion_id=number_of(verb.rpartition("-")[2]) or 0, by=by)
        else:
            actions.save_grid(study_id=study.pk, grid=_typed(request.POST, study), by=by)
            messages.success(request, _("La grille est gardée."))
    except Refused as refused:
        messages.error(request, str(refused))
    return page


def _typed(data: Any, study: MarketStudy) -> actions.Grid:
    criteria, markets = list(study.criteria.all()), list(study.markets.all())
    return actions.Grid(
        weights={c.pk: whole(data.get(f"poids-{c.pk}", "")) or 0 for c in criteria if f"poids-{c.pk}" in data},
        points={
            (c.pk, m.pk): whole(text) if (text := data[f"note-{c.pk}-{m.pk}"].strip()) else None
            for c in criteria
            for m in markets
            if f"note-{c.pk}-{m.pk}" in data
        },
        chosen={m.pk: f"retenu-{m.pk}" in data for m in markets},
        notes={m.pk: data.get(f"pourquoi-{m.pk}", "").strip() for m in markets},
    )


# --- the export plan -------------------------------------------------------------------------


@require_POST
def plan_start(request: SignedIn, public_id: UUID) -> HttpResponse:
    """The deliverable is written in the application."""
    row = queries.deliverable_for(user=request.user, public_id=public_id)
    actions.start_plan(deliverable_id=row.pk, now=timezone.now(), by=request.user)
    return redirect("accompaniment:plan", row.public_id)


def plan(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.plan_for(user=request.user, deliverable_id=public_id)
    mandate = row.deliverable.mandate
    given = row.deliverable.delivered_on is not None
    may_change = works(request, mandate.organisation_id) and mandate.cancelled_at is None
    if request.method == "POST":
        if not may_change:
            raise Http404
        return _keep_plan(request, row)
    study = queries.study_of(mandate)
    steps = list(row.steps.all())
    context = {
        "row": row,
        "mandate": mandate,
        "may_change": may_change,
        "given": given,
        "steps": steps,
        "blank": range(len(steps), len(steps) + (3 if may_change and not given else 0)),
        "chosen": [r for r in queries.ranking(study) if r.market.chosen] if study else [],
        "study": study,
        "total": sum((s.cost or Decimal(0) for s in steps), Decimal(0)),
    }
    return render(request, "accompaniment/plan.html", context)


def _keep_plan(request: SignedIn, row: ExportPlan) -> HttpResponse:
    now, by = timezone.now(), request.user
    page = redirect("accompaniment:plan", row.deliverable.public_id)
    try:
        if request.POST.get("verbe", "").startswith("retirer-section-"):
            key = number_of(request.POST["verbe"].rpartition("-")[2]) or 0
            actions.remove_plan_section(plan_id=row.pk, section_id=key, by=by)
            return page
        if row.deliverable.delivered_on is None:
            kept = actions.save_plan(
                plan_id=row.pk,
                bodies={
                    s.pk: request.POST[f"section-{s.pk}"]
                    for s in row.sections.all()
                    if f"section-{s.pk}" in request.POST
                },
                steps=_steps(request.POST),
                new_section=request.POST.get("nouvelle", ""),
                now=now,
                by=by,
            )
            row = queries.plan_for(user=by, deliverable_id=row.deliverable.public_id) if kept else row
        if "remettre" in request.POST:
            _give(request, row)
            return redirect("accompaniment:mandate", row.deliverable.mandate.public_id)
        messages.success(request, _("Le plan est gardé."))
    except Refused as refused:
        messages.error(request, str(refused))
    return page


def _give(request: SignedIn, row: ExportPlan) -> None:
    """The plan is given as it stands: its PDF is kept with the deliverable, which counts from today."""
    actions.check_plan(row)
    now = timezone.now()
    name = f"{slugify(str(row.deliverable))}-{timezone.localdate(now)}.pdf"
    actions.add_document(
        deliverable_id=row.deliverable_id,
        file=ContentFile(plan_pdf(row), name=name),
        name=name,
        now=now,
        by=request.user,
    )
    actions.deliver(deliverable_id=row.deliverable_id, on=timezone.localdate(now), now=now, by=request.user)
    messages.success(
        request, _("Le plan est remis : son PDF est joint au livrable, qui compte à partir d'aujourd'hui.")
    )


def _steps(data: Any) -> list[actions.Step]:
    found = []
    for n in range(min(whole(data.get("etapes", "")) or 0, 60)):
        what = data.get(f"quoi-{n}", "").strip()
        if what:
            found.append(
                actions.Step(
                    what,
                    data.get(f"qui-{n}", "").strip(),
                    _day(data.get(f"quand-{n}", "")),
                    _cost(data.get(f"cout-{n}", "")),
                    f"fait-{n}" in data,
                )
            )
    return found


def _day(text: str) -> date | None:
    return day_of(text)


def _cost(text: str) -> Decimal | None:
    try:
        found = decimal_of(text) if text.strip() else None
    except (ValueError, InvalidOperation):
        raise actions.OutOfScale(_("Écrivez un coût comme 1 500 ou 1 500,50.")) from None
    if found is not None and not 0 <= found < 10**9:
        raise actions.OutOfScale(_("Écrivez un coût comme 1 500 ou 1 500,50."))
    return found


def plan_document(request: SignedIn, public_id: UUID) -> HttpResponse:
    """The plan as it stands, as a PDF."""
    row = queries.plan_for(user=request.user, deliverable_id=public_id)
    return pdf_answer(plan_pdf(row), f"{row.deliverable}-{row.deliverable.mandate.enterprise.slug}")
