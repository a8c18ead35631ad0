"""Writing a report: a draft from a template, its outline, its publication."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from maillage.core.actions import Refused
from maillage.core.period import Period
from maillage.directory.types import SignedIn

from .. import access, actions, compute, outline, queries
from ..forms import BlockForm, ReportForm
from ..models import Report
from ..queries import reports as report_queries


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
            return redirect("indicators:report", public_id=report.public_id)
        except Refused as error:
            form.add_error(None, str(error))
    return render(request, "indicators/report_new.html", {"form": form})


@require_http_methods(["GET", "POST"])
def report_edit(request: SignedIn, public_id: UUID) -> HttpResponse:
    """The outline of a draft: sections, blocks, their order."""
    found = queries.report_for(user=request.user, public_id=public_id, edit=True)
    known = report_queries.versions_by_key(organisation_id=found.organisation_id)
    form = BlockForm(request.POST or None, versions=list(known.values()), sections=found.outline)
    if request.method == "POST":
        try:
            sections = _edited(request, found, form)
            actions.save_outline(
                report_id=found.pk,
                title=request.POST.get("title", found.title),
                lead=request.POST.get("lead", found.lead),
                sections=sections,
                by=request.user,
            )
            if request.POST.get("do", "").startswith("remove"):
                request.session["outline_before"] = [str(found.pk), found.outline]
            else:
                request.session.pop("outline_before", None)
            return redirect("indicators:report_edit", public_id=public_id)
        except Refused as error:
            messages.error(request, str(error))
    return render(
        request,
        "indicators/report_edit.html",
        {
            "report": found,
            "form": form,
            "known": known,
            "sections": _listed(found, known),
            "undo": (request.session.get("outline_before") or [""])[0] == str(found.pk),
        },
    )


def _listed(found: Report, known: dict[str, Any]) -> list[dict[str, Any]]:
    names = {key: compute.name_of(v) for key, v in known.items()}
    return [
        {
            "title": section["title"],
            "blocks": [
                {
                    "kind": block["kind"],
                    "title": block.get("title", ""),
                    "says": block.get("text") or ", ".join(names.get(k, k) for k in outline.keys_of_block(block)),
                    "text": block.get("text", ""),
                    "at": f"{s}.{b}",
                }
                for b, block in enumerate(section.get("blocks", ()))
            ],
        }
        for s, section in enumerate(found.outline)
    ]


def _edited(request: SignedIn, found: Report, form: BlockForm) -> outline.Outline:
    """The outline after one change: a section or block added, moved up, taken away."""
    sections: outline.Outline = [{**s, "blocks": list(s.get("blocks", ()))} for s in found.outline]
    verb, _sep, at = request.POST.get("do", "").partition(":")
    if verb == "undo":
        kept = request.session.get("outline_before")
        return kept[1] if kept and kept[0] == str(found.pk) else sections
    if verb == "section":
        return [*sections, {"title": request.POST.get("section_title", "").strip(), "blocks": []}]
    if verb == "block":
        if not form.is_valid():
            raise outline.OutlineRefused(_("Choisissez la section, la sorte de bloc et ses chiffres."))
        sections[int(form.cleaned_data["section"])]["blocks"].append(form.block())
        return sections
    if verb == "retitle":
        return _retitled(sections, at, request.POST.get("section_title", "").strip())
    if verb == "change":
        return _changed(sections, at, request.POST)
    if verb in ("section-up", "section-down"):
        return _section_moved(sections, verb, at)
    if verb in ("up", "down", "remove"):
        return _moved(sections, verb, at)
    return sections


def _moved(sections: outline.Outline, verb: str, at: str) -> outline.Outline:
    try:
        s, b = (int(part) for part in at.split("."))
        blocks = sections[s]["blocks"]
        block = blocks.pop(b)
    except (ValueError, IndexError) as error:
        raise outline.OutlineRefused(_("Ce bloc n'existe plus.")) from error
    if verb == "remove":
        return sections
    blocks.insert(max(0, b - 1) if verb == "up" else b + 1, block)
    return sections


def _section_at(sections: outline.Outline, at: str) -> int:
    if not at.isdigit() or int(at) >= len(sections):
        raise outline.OutlineRefused(_("Cette section n'existe plus."))
    return int(at)


def _section_moved(sections: outline.Outline, verb: str, at: str) -> outline.Outline:
    found = _section_at(sections, at)
    section = sections.pop(found)
    sections.insert(max(0, found - 1) if verb == "section-up" else found + 1, section)
    return sections


def _retitled(sections: outline.Outline, at: str, title: str) -> outline.Outline:
    """Another title; without a title, an empty section goes."""
    found = _section_at(sections, at)
    if not title and not sections[found]["blocks"]:
        return [s for n, s in enumerate(sections) if n != found]
    sections[found]["title"] = title
    return sections


def _changed(sections: outline.Outline, at: str, posted: Any) -> outline.Outline:
    """Another title or text of a block, in its place."""
    try:
        s, b = (int(part) for part in at.split("."))
        block = dict(sections[s]["blocks"][b])
    except (ValueError, IndexError) as error:
        raise outline.OutlineRefused(_("Ce bloc n'existe plus.")) from error
    for name, given in (("title", "block_title"), ("text", "block_text")):
        if given in posted:
            block[name] = posted[given].strip()
    sections[s]["blocks"][b] = {n: v for n, v in block.items() if v != "" or n == "text"}
    return sections


@require_POST
def report_publish(request: SignedIn, public_id: UUID) -> HttpResponse:
    found = queries.report_for(user=request.user, public_id=public_id, edit=True)
    try:
        actions.publish(report_id=found.pk, by=request.user, now=timezone.now())
        messages.success(request, _("Le rapport est publié. Ses chiffres et leurs lignes ne changeront plus."))
    except Refused as error:
        messages.error(request, str(error))
    return redirect("indicators:report", public_id=public_id)
