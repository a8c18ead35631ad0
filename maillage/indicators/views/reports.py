"""Reports as they are read: the list, the page, a figure's rows, what moved since, the files."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods

from maillage.directory import downloads
from maillage.directory.types import SignedIn

from .. import access, compute, exports, outline, queries, wording
from ..models import Report
from ..queries import figures as figure_queries
from ..queries import reports as report_queries
from ..types import BlockView, ReportView, period_of
from . import common


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
            "replaced": {r.replaces_id for r in found if r.published_at is not None},
            "edits": bool(mine),
        },
    )


def shown(view: ReportView) -> list[tuple[Any, list[dict[str, Any]]]]:
    """The sections with what the template needs beside each block."""
    said = report_queries.say(view.figures)
    urls = {key: figure.url for key, figure in view.figures.items()}
    return [(s, [_shown_block(b, said, urls) for b in s.blocks]) for s in view.sections]


def _shown_block(block: BlockView, said: Callable[[str, str], str], urls: dict[str, str]) -> dict[str, Any]:
    html = outline.bind_html(block.text, said, lambda key: urls.get(key, "")) if block.text else ""
    return {"view": block, "html": html, "kind": block.kind}


def page_of(report: Report, view: ReportView) -> dict[str, Any]:
    return {
        "report": report,
        "view": view,
        "sections": shown(view),
        "year": wording.year_name(view.period),
        "previous_year": wording.year_name(view.period.previous()) if view.period.end else "",
        "period": wording.between(view.period),
        "newer": Report.objects.filter(replaces=report, state="published").first(),
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
        {**page_of(found, view), "edits": edits, "reads": reads, "shared": False, "base": _base(found, opens=opens)},
    )


def _base(found: Report, *, opens: bool) -> dict[str, str]:
    return {
        "pdf": reverse("indicators:report_pdf", args=[found.public_id]),
        "xlsx": reverse("indicators:report_xlsx", args=[found.public_id]),
        "pictures": reverse("indicators:report_pictures", args=[found.public_id]),
        "rows": reverse("indicators:report_rows", args=[found.public_id]) if opens else "",
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
    return frozen_page(request, found, key, back, live=True)


def frozen_page(request: HttpRequest, found: Report, key: str, back: str, *, live: bool) -> HttpResponse:
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


# --- files ------------------------------------------------------------------------------------

SLIDES = 4  # drawn in the request; more, by a job
NAMES = {"pdf": "{}.pdf", "xlsx": "{}.xlsx", "rows": "{}-lignes.xlsx", "zip": "{}-images.zip"}
TYPES = {"pdf": downloads.PDF, "xlsx": downloads.XLSX, "rows": downloads.XLSX, "zip": downloads.ZIP}


@require_http_methods(["GET", "POST"])
def report_document(request: SignedIn, public_id: UUID, kind: str) -> HttpResponseBase:
    """A file of the report: at once, or by a job when it holds many rows."""
    found = queries.report_for(user=request.user, public_id=public_id)
    if kind == "rows" and not report_queries.opens_rows(user=request.user, report=found):
        raise Http404
    return downloads.answer(
        request,
        exports.report,
        params={"report": str(public_id), "kind": kind},
        title=found.title,
        filename=NAMES[kind].format(slugify(found.title)),
        content_type=TYPES[kind],
        rows=exports.weight(found, kind),
        short=SLIDES if kind == "zip" else None,
    )
