"""Reports: written, published, compared with today, read by those who were given a link."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from maillage.core.actions import Refused
from maillage.core.period import Period
from maillage.directory.types import SignedIn
from maillage.funding.models import Funder

from .. import access, actions, compute, exports, outline, queries, wording
from ..forms import BlockForm, ReportForm, ShareForm
from ..models import Report, ReportLink
from ..queries import figures as figure_queries
from ..queries import reports as report_queries
from ..types import BlockView, ReportView, period_of
from . import common
from .figures import attachment

SALT = "report-link"


@require_GET
def reports(request: SignedIn) -> HttpResponse:
    """The reports of one's organisations, and those shared with the funder that one represents."""
    found = queries.reports_of(user=request.user)
    mine = access.organisations_of(user=request.user, kinds=access.EDITORS)
    return render(
        request,
        "indicators/reports.html",
        {
            "reports": [(r, report_queries.year_of(r)) for r in found],
            "edits": bool(mine),
        },
    )


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


def _shown(view: ReportView) -> list[tuple[Any, list[dict[str, Any]]]]:
    """The sections with what the template needs beside each block."""
    said = report_queries.say(view.figures)
    urls = {key: figure.url for key, figure in view.figures.items()}
    return [(s, [_shown_block(b, said, urls) for b in s.blocks]) for s in view.sections]


def _shown_block(block: BlockView, said: Callable[[str, str], str], urls: dict[str, str]) -> dict[str, Any]:
    html = outline.bind_html(block.text, said, lambda key: urls.get(key, "")) if block.text else ""
    return {"view": block, "html": html, "kind": block.kind}


def _page(report: Report, view: ReportView) -> dict[str, Any]:
    return {
        "report": report,
        "view": view,
        "sections": _shown(view),
        "year": wording.year_name(view.period),
        "previous_year": wording.year_name(view.period.previous()) if view.period.end else "",
        "period": wording.between(view.period),
    }


@require_GET
def report(request: SignedIn, public_id: UUID) -> HttpResponse:
    """The report itself: the page that people read."""
    found = queries.report_for(user=request.user, public_id=public_id)
    opens = report_queries.opens_rows(user=request.user, report=found)
    view = queries.view(found, url=report_queries.figure_url(found) if opens else lambda key: "")
    edits = access.may(user=request.user, organisation_id=found.organisation_id, kinds=access.EDITORS)
    reads = access.may(user=request.user, organisation_id=found.organisation_id, kinds=access.READERS)
    return render(
        request,
        "indicators/report.html",
        {**_page(found, view), "edits": edits, "reads": reads, "shared": False, "base": _base(found)},
    )


def _base(found: Report) -> dict[str, str]:
    return {
        "pdf": reverse("indicators:report_pdf", args=[found.public_id]),
        "xlsx": reverse("indicators:report_xlsx", args=[found.public_id]),
        "pictures": reverse("indicators:report_pictures", args=[found.public_id]),
    }


@require_GET
def report_figure(request: SignedIn, public_id: UUID, key: str) -> HttpResponse:
    """The rows of a report's figure: those frozen with a published report, today's for a draft."""
    found = queries.report_for(user=request.user, public_id=public_id)
    if not report_queries.opens_rows(user=request.user, report=found):
        raise Http404
    if found.state != "published":
        version = report_queries.versions_by_key(organisation_id=found.organisation_id).get(key)
        if version is None:
            raise Http404
        return redirect(
            reverse("indicators:figure", args=[version.indicator.public_id]) + common.query_for(period_of(found.period))
        )
    back = reverse("indicators:report", args=[found.public_id])
    return _frozen_page(request, found, key, back, live=True)


def _frozen_page(request: HttpRequest, found: Report, key: str, back: str, *, live: bool) -> HttpResponse:
    kept = found.figures.select_related("version__indicator__agreement").filter(slot=key).first()
    if kept is None:
        raise Http404
    fact = compute.fact_of(kept.version)
    paths, rows = compute.unpack(kept.row_values)
    known = {c.path: c for c in fact.row_columns}
    columns = [(n, known[path]) for n, path in enumerate(paths) if path in known]
    figure = report_queries.frozen_figures(found)[key]
    now = reverse("indicators:figure", args=[kept.version.indicator.public_id])
    return render(
        request,
        "indicators/frozen_figure.html",
        {
            "report": found,
            "figure": figure,
            "headings": [str(column.label) for _n, column in columns],
            "rows": [[figure_queries.cell(column, row[n]) for n, column in columns] for row in rows[:1000]],
            "total": len(rows),
            "back": back,
            "now": now + common.query_for(period_of(found.period)) if live else "",
            "year": report_queries.year_of(found),
            "previous_year": report_queries.previous_year_of(found),
        },
    )


@require_GET
def report_drift(request: SignedIn, public_id: UUID) -> HttpResponse:
    """What moved since the publication, row by row."""
    found = queries.report_for(user=request.user, public_id=public_id)
    if not report_queries.opens_rows(user=request.user, report=found):
        raise Http404
    return render(
        request,
        "indicators/report_drift.html",
        {"report": found, "drifts": queries.drift(found), "year": report_queries.year_of(found)},
    )


# --- writing ---------------------------------------------------------------------------------


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


@require_http_methods(["GET", "POST"])
def report_links(request: SignedIn, public_id: UUID) -> HttpResponse:
    """The links given to funders: made, listed, revoked."""
    found = queries.report_for(user=request.user, public_id=public_id, edit=True)
    funders = Funder.objects.filter(agreements__organisation=found.organisation_id).distinct()
    form = ShareForm(request.POST or None, funders=list(funders.select_related("organisation")))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            actions.share(
                report_id=found.pk,
                label=data["label"],
                days=data["days"],
                shows_rows=data["shows_rows"],
                funder_id=int(data["funder"]) if data["funder"] else None,
                by=request.user,
                now=timezone.now(),
            )
            return redirect("indicators:report_links", public_id=public_id)
        except Refused as error:
            form.add_error(None, str(error))
    now = timezone.now()
    links = [
        (link, request.build_absolute_uri(public_url(link)), link.revoked_at is None and link.expires_at > now)
        for link in report_queries.links_of(report=found)
    ]
    return render(request, "indicators/report_links.html", {"report": found, "form": form, "links": links})


@require_POST
def report_link_revoke(request: SignedIn, public_id: UUID, link_id: UUID) -> HttpResponse:
    found = queries.report_for(user=request.user, public_id=public_id, edit=True)
    link = found.links.filter(public_id=link_id).first()
    if link is None:
        raise Http404
    actions.revoke_link(link_id=link.pk, by=request.user, now=timezone.now())
    messages.success(request, _("Le lien n'ouvre plus rien."))
    return redirect("indicators:report_links", public_id=public_id)


# --- documents -------------------------------------------------------------------------------


def _document(found: Report, view: ReportView, kind: str) -> HttpResponse:
    name = slugify(found.title)
    if kind == "pdf":
        return attachment(exports.report_pdf(view), f"{name}.pdf", "application/pdf")
    if kind == "xlsx":
        return attachment(exports.report_workbook(view), f"{name}.xlsx", exports.XLSX)
    return attachment(exports.report_pictures(view), f"{name}-images.zip", "application/zip")


@require_GET
def report_document(request: SignedIn, public_id: UUID, kind: str) -> HttpResponse:
    found = queries.report_for(user=request.user, public_id=public_id)
    view = queries.view(found)
    if not report_queries.opens_rows(user=request.user, report=found):
        view = without_rows(view)
    return _document(found, view, kind)


# --- by link ---------------------------------------------------------------------------------


def public_url(link: ReportLink) -> str:
    """The signed address of a link."""
    return reverse("indicators:report_public", args=[signing.dumps(str(link.public_id), salt=SALT)])


def _link(token: str, now: datetime) -> ReportLink:
    try:
        public_id = UUID(signing.loads(token, salt=SALT))
    except (signing.BadSignature, ValueError) as error:
        raise Http404 from error
    return queries.link_for(public_id=public_id, now=now)


def without_rows(view: ReportView) -> ReportView:
    """The report without tables of rows: its figures, charts and texts only."""
    return replace(
        view, sections=[replace(s, blocks=[b for b in s.blocks if b.kind != "table"]) for s in view.sections]
    )


@require_GET
@login_not_required
def report_public(request: HttpRequest, token: str) -> HttpResponse:
    """The report, for whoever holds the link; names only if the link says so."""
    link = _link(token, timezone.now())

    def url(key: str) -> str:
        return reverse("indicators:report_public_figure", args=[token, key]) if link.shows_rows else ""

    view = queries.view(link.report, url=url)
    context = _page(link.report, view if link.shows_rows else without_rows(view))
    pdf = reverse("indicators:report_public_document", args=[token, "pdf"])
    xlsx = reverse("indicators:report_public_document", args=[token, "xlsx"])
    pictures = reverse("indicators:report_public_document", args=[token, "zip"])
    response = render(
        request,
        "indicators/report.html",
        {**context, "shared": True, "link": link, "base": {"pdf": pdf, "xlsx": xlsx, "pictures": pictures}},
    )
    response["Referrer-Policy"] = "no-referrer"  # the address is the key
    response["X-Robots-Tag"] = "noindex"
    return response


@require_GET
@login_not_required
def report_public_figure(request: HttpRequest, token: str, key: str) -> HttpResponse:
    link = _link(token, timezone.now())
    if not link.shows_rows:
        raise Http404
    return _frozen_page(request, link.report, key, reverse("indicators:report_public", args=[token]), live=False)


@require_GET
@login_not_required
def report_public_document(request: HttpRequest, token: str, kind: str) -> HttpResponse:
    link = _link(token, timezone.now())
    view = queries.view(link.report)
    return _document(link.report, view if link.shows_rows else without_rows(view), kind)
