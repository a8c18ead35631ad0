"""Reports given to read: the links, and the report as whoever holds one sees it."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from maillage.core import files, limits
from maillage.core.actions import Refused
from maillage.directory import downloads
from maillage.directory.types import SignedIn
from maillage.funding.models import Funder

from .. import actions, exports, queries
from ..actions import link_files
from ..forms import ShareForm
from ..models import ReportLink
from ..queries import reports as report_queries
from .reports import NAMES, SLIDES, TYPES, frozen_page, page_of

SALT = "report-link"


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


def public_url(link: ReportLink) -> str:
    """The signed address of a link."""
    return reverse("indicators:report_public", args=[signing.dumps(str(link.public_id), salt=SALT)])


def _link(token: str, now: datetime) -> ReportLink:
    try:
        public_id = UUID(signing.loads(token, salt=SALT))
    except (signing.BadSignature, ValueError) as error:
        raise Http404 from error
    return queries.link_for(public_id=public_id, now=now)


@require_GET
@login_not_required
def report_public(request: HttpRequest, token: str) -> HttpResponse:
    """The report, for whoever holds the link; names only if the link says so."""
    link = _link(token, timezone.now())

    def url(key: str) -> str:
        return reverse("indicators:report_public_figure", args=[token, key]) if link.shows_rows else ""

    view = queries.view(link.report, url=url)
    context = page_of(link.report, view if link.shows_rows else exports.without_rows(view))
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
    return frozen_page(request, link.report, key, reverse("indicators:report_public", args=[token]), live=False)


@require_http_methods(["GET", "POST"])
@login_not_required
@limits.public_form("report")
def report_public_document(request: HttpRequest, token: str, kind: str) -> HttpResponseBase:
    """A file of the report; its rows' names only if the link says so. Many slides are drawn by a job, once for all who
    hold the link: asked for by POST, then fetched here."""
    link = _link(token, timezone.now())
    if kind == "zip" and exports.weight(link.report, kind) > SLIDES:
        return _prepared(request, link, token, kind)
    response = downloads.at_once(
        exports.write,
        params={"found": link.report, "kind": kind, "rows": link.shows_rows},
        filename=NAMES[kind].format(slugify(link.report.title)),
        content_type=TYPES[kind],
    )
    response["X-Robots-Tag"] = "noindex"
    return response


def _prepared(request: HttpRequest, link: ReportLink, token: str, kind: str) -> HttpResponseBase:
    language = (get_language() or "fr")[:8]
    if request.method == "POST":
        link_files.ask_link_file(link_id=link.pk, kind=kind, language=language, now=timezone.now())
        return redirect(request.path + "?attente")
    found = link.files.filter(kind=kind, language=language).first()
    waits = "attente" in request.GET
    if found is not None and found.made_at is not None and not waits:
        filename = NAMES[kind].format(slugify(link.report.title))
        try:
            response: HttpResponseBase = link_files.answer(found, filename=filename, content_type=TYPES[kind])
        except files.NotWhole:  # it is made anew
            return redirect(request.path + "?attente")
    else:
        response = render(
            request,
            "indicators/report_file.html" + ("#state" if getattr(request, "htmx", False) else ""),
            {
                "report": link.report,
                "file": found,
                "under_way": found is not None and found.made_at is None and found.failed_at is None,
                "back": reverse("indicators:report_public", args=[token]),
            },
        )
    response["X-Robots-Tag"] = "noindex"
    return response
