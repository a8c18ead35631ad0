"""Canvassing: meetings with enterprises that are not clients yet, and what became of them."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from maillage.core import fields
from maillage.core.actions import Refused
from maillage.core.tables import FILE
from maillage.directory import downloads
from maillage.directory.models import Territory
from maillage.directory.queries import organisations_where, person_of, territories
from maillage.directory.types import SignedIn

from .. import actions, queries, tables
from ..types import WORKERS
from .common import number_of, one_of, reading_or_404, resolve_enterprise, working_organisation, works


class MeetingForm(forms.Form):
    enterprise = forms.CharField(label=gettext_lazy("Entreprise rencontrée"), max_length=200)
    mrc = forms.ChoiceField(label=gettext_lazy("MRC"), required=False)
    met_on = fields.DateField(label=gettext_lazy("Date"), widget=forms.DateInput)
    result = forms.CharField(
        label=gettext_lazy("Résultat"), widget=forms.Textarea(attrs={"rows": 3}), required=False, max_length=4000
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["mrc"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", ""), *((str(t.pk), t.name) for t in territories(kind="mrc"))]


class LinkForm(forms.Form):
    enterprise = forms.CharField(label=gettext_lazy("Nom ou NEQ de l'entreprise"), max_length=240)
    create = forms.BooleanField(required=False)
    unknown = False


def meetings(request: SignedIn) -> HttpResponseBase:
    """The canvassing log, and its entry form on the same page: one meeting after another."""
    reading_or_404(request)
    today = timezone.localdate()
    form = MeetingForm(request.POST or None, initial={"met_on": today})
    if request.method == "POST" and FILE not in request.GET and form.is_valid():
        organisation, person = working_organisation(request), person_of(user=request.user)
        v = form.cleaned_data
        found = queries.find_enterprises(user=request.user, texts={v["enterprise"].strip()})[v["enterprise"].strip()]
        try:
            row = actions.record_meeting(
                organisation_id=organisation.pk,
                met_on=v["met_on"],
                enterprise_id=found[0].pk if len(found) == 1 else None,
                company_name=v["enterprise"],
                mrc_id=_mrc(v["mrc"]),
                adviser_id=person.pk if person else None,
                result=v["result"],
                now=timezone.now(),
                by=request.user,
            )
            said = _("Noté : entreprise déjà cliente.") if row.was_client else _("Noté : entreprise non cliente.")
            messages.success(request, said)
            return redirect("accompaniment:meetings")
        except Refused as refused:
            form.add_error(None, str(refused))
    context = {"form": form, "may_add": bool(organisations_where(user=request.user, kinds=WORKERS))}
    response = downloads.listed(request, "accompaniment/meetings.html", tables.meetings, context)
    response.status_code = 422 if form.errors else response.status_code
    return response


def _mrc(text: str) -> int | None:
    key = number_of(text)
    return key if key and Territory.objects.filter(pk=key, kind="mrc").exists() else None


def meeting(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = one_of(queries.every_meeting(user=request.user), public_id)
    file = queries.file_of(organisation_id=row.organisation_id, enterprise_id=row.enterprise_id or 0)
    return render(
        request,
        "accompaniment/meeting.html",
        {"row": row, "may_change": works(request, row.organisation_id), "file": file, "form": LinkForm()},
    )


@require_POST
def meeting_link(request: SignedIn, public_id: UUID) -> HttpResponse:
    """The enterprise met becomes a client: its file is opened, or found, and the meeting stays tied to it."""
    row = one_of(queries.every_meeting(user=request.user), public_id)
    if not works(request, row.organisation_id):
        raise Http404
    today = timezone.localdate()
    form = LinkForm({"enterprise": request.POST.get("enterprise") or row.company_name, "create": "on"})
    enterprise = row.enterprise
    if enterprise is None and form.is_valid():
        enterprise = resolve_enterprise(request, form, today=today, create=True)
    if enterprise is None:
        messages.error(request, " ".join(str(e) for errors in form.errors.values() for e in errors))
        return redirect("accompaniment:meeting", row.public_id)
    actions.link_meeting(meeting_id=row.pk, enterprise_id=enterprise.pk, by=request.user)
    person = person_of(user=request.user)
    actions.open_file(
        organisation_id=row.organisation_id,
        enterprise_id=enterprise.pk,
        adviser_id=person.pk if person else None,
        today=today,
        by=request.user,
    )
    messages.success(request, _("La fiche est ouverte. Cette rencontre reste comptée comme faite avant."))
    return redirect("accompaniment:enterprise", enterprise.public_id)


@require_POST
def meeting_cancel(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = one_of(queries.every_meeting(user=request.user), public_id)
    if not works(request, row.organisation_id):
        raise Http404
    if "remettre" in request.POST:
        actions.restore_meeting(meeting_id=row.pk, by=request.user)
        messages.success(request, _("La rencontre compte de nouveau."))
    else:
        actions.cancel_meeting(meeting_id=row.pk, now=timezone.now(), by=request.user)
        messages.success(request, _("La rencontre est retirée du compte."))
    return redirect("accompaniment:meeting", row.public_id)
