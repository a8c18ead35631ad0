"""Deliverables of a mandate and their documents."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from maillage.core import fields, files, uploads
from maillage.core.actions import Refused
from maillage.directory.types import SignedIn

from .. import actions, queries
from ..models import DeliverableKind


class DeliverableForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("Livrable"), choices=DeliverableKind.choices)
    title = forms.CharField(label=gettext_lazy("Titre"), max_length=160, required=False)
    due_on = fields.DateField(label=gettext_lazy("Pour le"), required=False, widget=forms.DateInput)


class DayForm(forms.Form):
    on = fields.DateField(label=gettext_lazy("Remis le"), widget=forms.DateInput)


class DocumentForm(forms.Form):
    file = uploads.FileField(label=gettext_lazy("Fichier"), kinds=uploads.DOCUMENT)


@require_POST
def deliverable_new(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.mandate_for(user=request.user, public_id=public_id, to_change=True)
    form = DeliverableForm(request.POST)
    if form.is_valid():
        actions.add_deliverable(mandate_id=row.pk, by=request.user, **form.cleaned_data)
        messages.success(request, _("Le livrable est prévu. Il comptera une fois remis."))
    else:
        messages.error(request, _("Choisissez le livrable."))
    return redirect("accompaniment:mandate", row.public_id)


@require_POST
def deliverable_deliver(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.deliverable_for(user=request.user, public_id=public_id)
    form = DayForm(request.POST)
    if "annuler" in request.POST:
        actions.take_back_delivery(deliverable_id=row.pk, by=request.user)
        messages.success(request, _("La remise est annulée."))
    elif "retirer" in request.POST:
        actions.remove_deliverable(deliverable_id=row.pk, now=timezone.now(), by=request.user)
        messages.success(request, _("Le livrable est retiré ; il se remet au bas de la liste."))
    elif "remettre" in request.POST:
        actions.remove_deliverable(deliverable_id=row.pk, now=None, by=request.user)
        messages.success(request, _("Le livrable est remis."))
    elif form.is_valid():
        try:
            actions.deliver(deliverable_id=row.pk, on=form.cleaned_data["on"], now=timezone.now(), by=request.user)
            messages.success(request, _("Remise notée."))
        except Refused as refused:
            messages.error(request, str(refused))
    else:
        messages.error(request, _("Choisissez le jour de la remise."))
    return redirect("accompaniment:mandate", row.mandate.public_id)


@require_POST
def document_new(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.deliverable_for(user=request.user, public_id=public_id)
    form = DocumentForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            actions.add_document(deliverable_id=row.pk, file=file, name=file.name, now=timezone.now(), by=request.user)
            messages.success(request, _("Le document est joint."))
        except Refused as refused:
            messages.error(request, str(refused))
    else:
        messages.error(request, " ".join(map(str, form.errors.get("file", []))) or _("Choisissez un fichier."))
    return redirect("accompaniment:mandate", row.mandate.public_id)


def document(request: SignedIn, public_id: UUID) -> FileResponse:
    """Always downloaded, never shown: what others sent is not run on our pages."""
    row = queries.document_for(user=request.user, public_id=public_id)
    return files.answer(str(row.file.name), filename=row.name, content_type="application/octet-stream")


@require_POST
def document_remove(request: SignedIn, public_id: UUID) -> HttpResponse:
    """A file taken out of a deliverable, or put back."""
    row = queries.document_for(user=request.user, public_id=public_id, to_change=True)
    again = "remettre" in request.POST
    actions.remove_document(document_id=row.pk, now=None if again else timezone.now(), by=request.user)
    messages.success(
        request,
        _("Le document est remis.") if again else _("Le document est retiré ; il se remet au bas du livrable."),
    )
    return redirect("accompaniment:mandate", row.deliverable.mandate.public_id)
