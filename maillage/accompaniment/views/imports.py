"""Interventions from a spreadsheet: shown first, recorded once."""

from datetime import date
from io import BytesIO
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from maillage.core.sheets import Unreadable
from maillage.directory.queries import person_of
from maillage.directory.types import SignedIn

from .. import actions, imports, queries
from ..forms import FileForm
from .common import working_organisation


def import_file(request: SignedIn) -> HttpResponse:
    """Two steps: read and show, then record. The file waits in the storage under a name that only this session
    knows."""
    organisation, today = working_organisation(request), timezone.localdate()
    if request.method == "POST" and "confirmer" in request.POST:
        return _import_confirmed(request, organisation, today)
    form = FileForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form, "organisation": organisation}
    if request.method == "POST" and form.is_valid():
        raw = form.cleaned_data["file"].read()
        try:
            context["reading"] = _read(request, organisation, raw, today)
        except Unreadable as refused:
            form.add_error("file", str(refused))
        else:
            _forget(request)
            request.session["accompaniment_import"] = default_storage.save(f"imports/{uuid4().hex}", BytesIO(raw))
    status = 422 if form.errors else 200
    return render(request, "accompaniment/import.html", context, status=status)


def _read(request: SignedIn, organisation: Any, raw: bytes, today: date) -> imports.Reading:
    person = person_of(user=request.user)
    return imports.read(
        BytesIO(raw),
        user=request.user,
        organisation=organisation,
        choices=queries.choices_for(organisation=organisation, today=today),
        today=today,
        adviser_id=person.pk if person else None,
    )


def _forget(request: SignedIn) -> None:
    name = request.session.pop("accompaniment_import", "")
    if name:
        default_storage.delete(name)


def _import_confirmed(request: SignedIn, organisation: Any, today: date) -> HttpResponse:
    name = request.session.get("accompaniment_import", "")
    if not name or not default_storage.exists(name):
        messages.error(request, _("Choisissez de nouveau le fichier : la lecture d'avant n'est plus là."))
        return redirect("accompaniment:import")
    with default_storage.open(name) as file:
        reading = _read(request, organisation, file.read(), today)
    entries = [r.entry for r in reading.ready if r.entry is not None]
    for start in range(0, len(entries), 2000):
        actions.import_interventions(
            organisation_id=organisation.pk,
            entries=entries[start : start + 2000],
            now=timezone.now(),
            by=request.user,
        )
    _forget(request)
    messages.success(
        request,
        ngettext("%(n)s intervention importée.", "%(n)s interventions importées.", len(entries)) % {"n": len(entries)},
    )
    return redirect("accompaniment:interventions")


def import_template(request: SignedIn) -> HttpResponse:
    organisation, today = working_organisation(request), timezone.localdate()
    choices = queries.choices_for(organisation=organisation, today=today)
    return HttpResponse(
        imports.template(choices, today=today),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={"Content-Disposition": 'attachment; filename="interventions.xlsx"'},
    )
