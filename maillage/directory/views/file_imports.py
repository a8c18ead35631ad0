"""A file that was read: what it leaves open, what it would write, its confirmation and its progress."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from maillage.core import sheets
from maillage.core.actions import Refused
from maillage.core.imports import day_order
from maillage.core.numbers import whole

from ..actions import file_imports as actions
from ..imports import XLSX
from ..models import FileImport
from ..queries.file_imports import import_for
from ..types import SignedIn

WRONG, SHOWN = 300, 100


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SignedIn, public_id: UUID) -> HttpResponse:
    """The preview; its answers are posted here."""
    row = import_for(user=request.user, public_id=public_id)
    if request.method == "POST":
        try:
            columns = {f.name: whole(request.POST.get(f"colonne-{f.name}")) for f in row.of.fields}
            actions.answer_questions(
                import_id=row.pk, columns=columns, days=request.POST.get("jours", ""), by=request.user
            )
        except Refused as refused:
            messages.error(request, str(refused))
        return redirect("directory:file_import", row.public_id)
    if row.state != FileImport.State.SHOWN:
        return _progress(request, row)
    reading = actions.Reading(row, user=request.user)
    fields = [(f, reading.columns.get(f.name), f in reading.open) for f in row.of.fields]
    wrong, rest = reading.of("wrong"), [line for line in reading.lines if line.state != "wrong"]
    return render(
        request,
        "directory/file_import.html",
        {
            "row": row,
            "kind": row.of,
            "reading": reading,
            "fields": fields,
            "headings": [(n, h or _("Colonne %(n)s") % {"n": n + 1}) for n, h in enumerate(row.headings)],
            "samples": _days(row, reading)[:3],
            "lines": [*wrong[:WRONG], *rest[:SHOWN]],
            "unlisted": max(len(wrong) - WRONG, 0) + max(len(rest) - SHOWN, 0),
            "back": row.of.back(row.organisation),
            "counted": row.of.counted(reading.counts["ready"]),
        },
    )


def _days(row: FileImport, reading: actions.Reading) -> list[str]:
    """Days of the file that leave open which number is the day."""
    at = [n for f in row.of.fields if f.kind == "day" and (n := reading.columns.get(f.name)) is not None]
    return [cells[n] for _number, cells in row.lines for n in at if day_order([cells[n]]) == "ask"]


def _progress(request: SignedIn, row: FileImport) -> HttpResponse:
    context = {
        "row": row,
        "kind": row.of,
        "back": row.of.back(row.organisation),
        "made": row.of.counted(row.counts.get("made", 0)),
    }
    template = "directory/file_import_state.html#state" if request.htmx else "directory/file_import_state.html"
    return render(request, template, context)


@require_POST
def confirm(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = import_for(user=request.user, public_id=public_id)
    try:
        done = actions.confirm(
            import_id=row.pk, fingerprint=request.POST.get("empreinte", ""), now=timezone.now(), by=request.user
        )
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("directory:file_import", row.public_id)
    if done.state != FileImport.State.DONE:
        return redirect("directory:file_import", row.public_id)
    messages.success(request, _("C'est gardé : %(said)s.") % {"said": row.of.counted(done.counts["made"])})
    return redirect(row.of.back(row.organisation))


@require_POST
def discard(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = import_for(user=request.user, public_id=public_id)
    try:
        actions.discard(import_id=row.pk, now=timezone.now(), by=request.user)
        messages.info(request, _("Import abandonné. Rien n'a été changé."))
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect(row.of.back(row.organisation))


@require_safe
def wrong_lines(request: SignedIn, public_id: UUID) -> HttpResponse:
    """The lines to correct as a spreadsheet of the same columns, with what is wrong in each."""
    row = import_for(user=request.user, public_id=public_id)
    wrong = {line.number: line for line in actions.Reading(row, user=request.user).of("wrong")}
    heads = [sheets.Column(h, "text", 22) for h in row.headings] + [sheets.Column(_("À corriger"), "text", 60)]
    rows = [[*cells, " ".join(s for _n, s in wrong[n].errors)] for n, cells in row.lines if n in wrong]
    content = sheets.write_xlsx([(_("À corriger"), heads, rows)], made_on=timezone.localdate())
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = 'attachment; filename="a-corriger.xlsx"'
    return response
