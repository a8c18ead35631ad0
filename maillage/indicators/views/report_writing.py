"""Writing a report: a draft from a template, its outline block by block, its publication, its next edition."""

import re
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from maillage.core.actions import Refused
from maillage.core.period import Period
from maillage.directory.types import SignedIn

from .. import access, actions, compute, editing, outline, queries
from ..forms import BLOCK_KINDS, BlockForm, ReportForm
from ..models import IndicatorVersion, Report
from ..queries import reports as report_queries
from .reports import page_of

UNDO = "report_undo"
STEPS = 10
PLACE = re.compile(r"\d{1,4}\.\d{1,4}")


@require_http_methods(["GET", "POST"])
def report_new(request: SignedIn) -> HttpResponse:
    """A draft for a year, from a template or empty."""
    organisations = access.organisations_of(user=request.user, kinds=access.EDITORS)
    if not organisations:
        raise Http404
    templates = [t for o in organisations for t in report_queries.templates_of(organisation_id=o.pk)]
    form = ReportForm(request.POST or None, organisations=organisations, templates=templates, today=access.today())
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            report = actions.create_report(
                organisation_id=int(data["organisation"]),
                title=data["title"],
                lead=data["lead"],
                period=Period.fiscal_year(int(data["year"])),
                template=next((t for t in templates if str(t.pk) == data["template"]), None),
                by=request.user,
            )
            return redirect("indicators:report_edit", public_id=report.public_id)
        except Refused as error:
            form.add_error(None, str(error))
    return render(request, "indicators/report_new.html", {"form": form})


# --- the outline -----------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def report_edit(request: SignedIn, public_id: UUID) -> HttpResponse:
    """The draft as it reads, each block with what can be done to it. `ajouter`, `en`, `modifier`: the form at hand."""
    found = queries.report_for(user=request.user, public_id=public_id, edit=True)
    if found.state == "published":
        messages.info(request, _("Ce rapport est publié : il ne change plus. Préparez plutôt une nouvelle édition."))
        return redirect("indicators:report", public_id=public_id)
    known = report_queries.versions_by_key(organisation_id=found.organisation_id)
    form, at = _form(request, found, list(known.values()))
    if request.method == "POST":
        try:
            where = _done(request, found, form)
            if where is not None:
                return redirect(reverse("indicators:report_edit", args=[public_id]) + (f"#{where}" if where else ""))
        except Refused as error:
            messages.error(request, str(error))
            if form is None:
                return redirect("indicators:report_edit", public_id=public_id)
    view = queries.view(found)
    page = page_of(found, view)
    return render(
        request,
        "indicators/report_edit.html",
        {
            **page,
            "sections": _editable(found, page["sections"]),
            "seen": outline.print_of(found.outline),
            "form": form,
            "form_at": at,
            "form_back": _place_of(at, adding=form is not None and not form.known) if at else "",
            "adding": form is not None and not form.known,
            "kinds": BLOCK_KINDS,
            "bindable": _bindable(
                list(known.values()), report_queries.live_figures(found) if form and form.kind in TEXTS else {}
            ),
            "undo": _undo(request, found),
        },
    )


TEXTS = ("text", "note")


def _form(request: SignedIn, found: Report, versions: list[IndicatorVersion]) -> tuple[BlockForm | None, str]:
    """The form of the block that is being added or changed, and its place; None when none is asked for."""
    verb, _sep, at = request.POST.get("do", "").partition(":")
    if request.method == "GET":
        verb, at = (
            ("change", request.GET["modifier"]) if "modifier" in request.GET else ("add", request.GET.get("en", ""))
        )
    kind = request.POST.get("kind") or request.GET.get("ajouter", "")
    if verb == "change":
        try:
            section, index = editing.place(at)
            block = found.outline[section]["blocks"][index]
        except (outline.OutlineRefused, IndexError):
            return None, ""
        return BlockForm(request.POST or None, kind=block["kind"], versions=versions, block=block), f"{section}.{index}"
    if verb != "add" or kind not in outline.KINDS or not PLACE.fullmatch(at):
        return None, ""
    return BlockForm(request.POST or None, kind=kind, versions=versions), at


def _place_of(at: str, *, adding: bool) -> str:
    section, block = editing.place(at)
    return editing.anchor(section) if adding else editing.anchor(section, block)


def _done(request: SignedIn, found: Report, form: BlockForm | None) -> str | None:
    """Make the change that was posted; where to look at it, None when the form has to be read again."""
    do = request.POST.get("do", "")
    title, lead, sections = found.title, found.lead, found.outline
    said, where = "", ""
    if do == "save":
        title, lead = request.POST.get("title", title), request.POST.get("lead", lead)
    elif do == "undo":
        steps = request.session.get(UNDO, [])
        if not _undo(request, found):
            return ""
        sections = steps.pop()[2]
        request.session[UNDO] = steps
    else:
        if form is not None and not form.is_valid():
            return None
        change = editing.apply(sections, do, request.POST, form.block() if form is not None else None)
        sections, said, where = change.sections, change.said, change.at
    before = found.outline
    saved = actions.save_outline(
        report_id=found.pk,
        title=title,
        lead=lead,
        sections=sections,
        by=request.user,
        seen=request.POST.get("seen", ""),
    )
    if said:
        steps = [*request.session.get(UNDO, []), [str(found.pk), outline.print_of(saved.outline), before, said]]
        request.session[UNDO] = steps[-STEPS:]
    return where


def _undo(request: SignedIn, found: Report) -> str:
    """What the last change of this person was, as long as nobody changed the report after it."""
    steps = request.session.get(UNDO, [])
    if not steps or steps[-1][:2] != [str(found.pk), outline.print_of(found.outline)]:
        return ""
    return str(steps[-1][3])


def _editable(found: Report, shown: list[tuple[Any, list[dict[str, Any]]]]) -> list[dict[str, Any]]:
    """The sections with every block of the outline, those whose figure is gone too."""
    sections = []
    for s, (section, (_view, blocks)) in enumerate(zip(found.outline, shown, strict=True)):
        ready = {b["view"].at: b for b in blocks}
        kept = [
            {
                "at": f"{s}.{n}",
                "id": editing.anchor(s, n),
                "next": f"{s}.{n + 1}",
                "shown": ready.get(n),
            }
            for n, _block in enumerate(section.get("blocks", ()))
        ]
        sections.append(
            {"title": section["title"], "id": editing.anchor(s), "number": s, "blocks": kept, "first": f"{s}.0"}
        )
    return sections


def _bindable(versions: list[IndicatorVersion], live: dict[str, Any]) -> list[tuple[str, list[tuple[str, str]]]]:
    """What a text can say of each figure, for the picker."""
    names = [(v.indicator.key, compute.name_of(v)) for v in versions]
    said = report_queries.say(live)
    return [
        (_("La valeur"), [(key, f"{name} ({said(key, '')})" if key in live else name) for key, name in names]),
        (_("La période précédente"), [(f"{key}:previous", name) for key, name in names]),
        (_("L'évolution, en pourcentage"), [(f"{key}:change", name) for key, name in names]),
    ]


@require_POST
def report_preview(request: SignedIn, public_id: UUID) -> HttpResponse:
    """A text as the report will say it, its figures in their places."""
    found = queries.report_for(user=request.user, public_id=public_id, edit=True)
    text = request.POST.get("text", "")[:20_000]
    said, unknown = report_queries.said_now(found, text)
    html = outline.bind_html(text, said, lambda key: "") if text.strip() else ""
    return render(request, "indicators/report_preview.html", {"html": html, "unknown": unknown})


# --- what becomes of it ----------------------------------------------------------------------


@require_POST
def report_publish(request: SignedIn, public_id: UUID) -> HttpResponse:
    found = queries.report_for(user=request.user, public_id=public_id, edit=True)
    try:
        actions.publish(report_id=found.pk, by=request.user, now=timezone.now())
        messages.success(request, _("Le rapport est publié. Ses chiffres et leurs lignes ne changeront plus."))
    except Refused as error:
        messages.error(request, str(error))
    return redirect("indicators:report", public_id=public_id)


@require_POST
def report_edition(request: SignedIn, public_id: UUID) -> HttpResponse:
    """The next edition of a published report, to read again and publish."""
    found = queries.report_for(user=request.user, public_id=public_id, edit=True)
    try:
        draft = actions.new_edition(report_id=found.pk, by=request.user)
    except Refused as error:
        messages.error(request, str(error))
        return redirect("indicators:report", public_id=public_id)
    return redirect("indicators:report", public_id=draft.public_id)


@require_POST
def report_discard(request: SignedIn, public_id: UUID) -> HttpResponse:
    found = queries.report_for(user=request.user, public_id=public_id, edit=True)
    try:
        actions.discard_draft(report_id=found.pk, by=request.user)
        messages.success(request, _("Le brouillon est retiré."))
    except Refused as error:
        messages.error(request, str(error))
        return redirect("indicators:report", public_id=public_id)
    return redirect("indicators:reports")


@require_POST
def report_template(request: SignedIn, public_id: UUID) -> HttpResponse:
    """Keep the outline of a report for the years to come."""
    found = queries.report_for(user=request.user, public_id=public_id, edit=True)
    try:
        actions.keep_as_template(report_id=found.pk, name=request.POST.get("name", ""), by=request.user)
        messages.success(request, _("Le modèle est gardé : choisissez-le à la création du prochain rapport."))
    except Refused as error:
        messages.error(request, str(error))
    return redirect("indicators:report", public_id=public_id)
