"""Spreadsheets in and out, and the grid."""

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from maillage.core.actions import Refused
from maillage.directory import downloads
from maillage.directory.types import SignedIn

from .. import actions, queries, sheet_files
from ..forms import SheetForm
from ..models import ImportState, SheetImport
from .products import chosen_producer

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN = 200


def _file(content: bytes, name: str, today: date) -> HttpResponse:
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}-{today}.xlsx"'
    return response


@require_GET
def template(request: SignedIn) -> HttpResponse:
    today = timezone.localdate()
    return _file(sheet_files.template(today=today), "modele-produits", today)


@require_http_methods(["GET", "POST"])
def export(request: SignedIn) -> HttpResponseBase:
    """Every format of a producer; a job makes a long file."""
    producer, today = chosen_producer(request), timezone.localdate()
    return downloads.answer(
        request,
        sheet_files.export,
        params={"producer": str(producer.public_id), "made_on": today.isoformat()},
        title=_("Produits de %(name)s") % {"name": producer.name},
        filename=f"produits-{producer.slug}-{today}.xlsx",
        content_type=downloads.XLSX,
        rows=queries.count_formats(producer.pk),
    )


@require_http_methods(["GET", "POST"])
def imports(request: SignedIn) -> HttpResponse:
    """Choose a file; it is read, nothing is written."""
    producer = chosen_producer(request)
    form = SheetForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            sheet = actions.upload_sheet(producer_id=producer.pk, file=file, name=file.name, by=request.user)
        except Refused as error:
            form.add_error("file", str(error))
        else:
            return redirect("catalogue:import_preview", sheet.public_id)
    recent = SheetImport.objects.filter(producer=producer).defer("rows")[:8]
    context = {"form": form, "producer": producer, "recent": recent, "mine": queries.my_producers(user=request.user)}
    return render(request, "catalogue/import.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def import_preview(request: SignedIn, public_id: UUID) -> HttpResponse:
    """What the file changes, row by row; confirmed here."""
    sheet = queries.import_for(user=request.user, public_id=public_id)
    if request.method == "POST":
        try:
            done = actions.apply_import(
                import_id=sheet.pk,
                fingerprint=request.POST.get("fingerprint", ""),
                now=timezone.now(),
                by=request.user,
            )
        except Refused as error:
            messages.error(request, str(error))
            return redirect("catalogue:import_preview", sheet.public_id)
        messages.success(request, _told(done.counts))
        return redirect("catalogue:products")
    if sheet.state != ImportState.PREVIEWED:
        return render(request, "catalogue/import_preview.html", {"sheet": sheet})
    plan = actions.preview(sheet)
    context = {
        "sheet": sheet,
        "plan": plan,
        "errors": plan.errors[:SHOWN],
        "changed": plan.of_kind("changed")[:SHOWN],
        "created": plan.of_kind("created")[:SHOWN],
        "writes": plan.counts["created"] + plan.counts["changed"],
        "shown": SHOWN,
        "bad_rows": len({error.row for error in plan.errors}),
    }
    return render(request, "catalogue/import_preview.html", context)


def _told(counts: dict[str, int]) -> str:
    created = ngettext("%s format créé", "%s formats créés", counts["created"]) % counts["created"]
    changed = ngettext("%s format modifié", "%s formats modifiés", counts["changed"]) % counts["changed"]
    return _("Import terminé : %(created)s, %(changed)s.") % {"created": created, "changed": changed}


@require_POST
def import_discard(request: SignedIn, public_id: UUID) -> HttpResponse:
    sheet = queries.import_for(user=request.user, public_id=public_id)
    actions.discard_import(import_id=sheet.pk, by=request.user)
    messages.info(request, _("Import abandonné. Rien n'a été changé."))
    return redirect("catalogue:import")
