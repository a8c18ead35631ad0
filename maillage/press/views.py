"""Pages of press."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core import signing
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from maillage.core.actions import Refused
from maillage.core.tables import FILE
from maillage.directory import downloads
from maillage.directory.queries import acting, organisations_where
from maillage.directory.types import SignedIn

from . import actions, imports, queries, tables
from .forms import ImportForm, MentionForm
from .models import Mention
from .types import READERS, WRITERS


def mentions(request: SignedIn) -> HttpResponseBase:
    """The register, and its entry form on the same page: one mention after another."""
    here, form = acting(request, READERS, may_be_all=True), None
    if organisations_where(user=request.user, kinds=WRITERS):
        ours = acting(request, WRITERS).one
        posted = request.POST if request.method == "POST" and FILE not in request.GET else None
        form = MentionForm(posted, organisation=ours, user=request.user, initial={"on": timezone.localdate()})
        if posted is not None and form.is_valid() and _save(request, form):
            return redirect("press:mentions")
    context = {"acting": here, "form": form}
    response = downloads.listed(request, "press/mentions.html", tables.mentions, context, organisations=here.ids)
    response.status_code = 422 if form is not None and form.errors else response.status_code
    return response


def _save(request: SignedIn, form: MentionForm) -> Mention | None:
    try:
        mention = actions.save_mention(mention=form.save(commit=False), by=request.user)
    except Refused as refused:
        form.add_error(None, str(refused))
        return None
    messages.success(request, _("La mention est notée."))
    return mention


def mention(request: SignedIn, public_id: UUID) -> HttpResponse:
    """One mention, and its correction on the same page for those who keep the register."""
    row = queries.mention_for(user=request.user, public_id=public_id, to_change=request.method == "POST")
    form = MentionForm(request.POST or None, instance=row, organisation=row.organisation, user=request.user)
    if request.method == "POST" and form.is_valid() and _save(request, form):
        return redirect("press:mentions")
    may_change = row.organisation_id in organisations_where(user=request.user, kinds=WRITERS)
    context = {"row": row, "form": form, "may_change": may_change}
    return render(request, "press/mention.html", context, status=422 if form.errors else 200)


@require_POST
def remove(request: SignedIn, public_id: UUID) -> HttpResponse:
    """Taken out of the register, or put back."""
    row = queries.mention_for(user=request.user, public_id=public_id, to_change=True)
    back = row.removed_at is not None
    actions.remove_mention(mention_id=row.pk, now=None if back else timezone.now(), by=request.user)
    messages.success(request, _("La mention est remise.") if back else _("La mention est retirée ; elle peut revenir."))
    return redirect("press:mention", row.public_id) if not back else redirect("press:mentions")


def import_sheet(request: SignedIn) -> HttpResponse:
    """A spreadsheet: shown first, written once confirmed; the same file twice changes nothing."""
    ours = acting(request, WRITERS).one
    if request.method == "POST" and "confirmer" in request.POST:
        return _confirm(request, ours.pk)
    form = ImportForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            preview = imports.read(file, name=file.name, organisation=ours, user=request.user)
        except Refused as refused:
            form.add_error("file", str(refused))
        else:
            plain = [(on.isoformat(), *rest) for on, *rest in preview.rows]
            context |= {"preview": preview, "signed": signing.dumps([ours.pk, plain], salt="press", compress=True)}
    return render(request, "press/import.html", context, status=422 if form.errors else 200)


def _confirm(request: SignedIn, organisation_id: int) -> HttpResponse:
    try:
        whose, plain = signing.loads(request.POST["confirmer"], salt="press", max_age=3600)
    except signing.BadSignature:
        messages.error(request, _("Ce fichier attend depuis trop longtemps : choisissez-le de nouveau."))
        return redirect("press:import")
    rows = [(date.fromisoformat(on), medium, title, link, stream) for on, medium, title, link, stream in plain]
    made = actions.import_mentions(organisation_id=whose, rows=rows, by=request.user)
    messages.success(
        request,
        ngettext("%(n)s mention est ajoutée.", "%(n)s mentions sont ajoutées.", made) % {"n": made}
        if made
        else _("Tout y était déjà : rien n'a changé."),
    )
    return redirect("press:mentions")
