"""Financing interventions: noted, listed with their sums, cancelled and put back."""

from datetime import date
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
from maillage.directory import downloads
from maillage.directory.models import Organisation
from maillage.directory.queries import organisations_where, person_of
from maillage.directory.types import SignedIn

from .. import actions, queries, tables
from ..models import FinancingKind
from ..types import WORKERS
from .common import number_of, one_of, reading_or_404, resolve_enterprise, working_organisation, works


class FinancingForm(forms.Form):
    enterprise = forms.CharField(label=gettext_lazy("Entreprise"), max_length=240)
    create = forms.BooleanField(label=gettext_lazy("Créer cette fiche"), required=False)
    kind = forms.ChoiceField(label=gettext_lazy("Type"), choices=FinancingKind.choices)
    amount = fields.DecimalField(label=gettext_lazy("Montant"), max_digits=12, decimal_places=2, localize=True)
    authorised_on = fields.DateField(label=gettext_lazy("Autorisé le"), widget=forms.DateInput)
    project = forms.CharField(label=gettext_lazy("Projet"), max_length=200, required=False)
    authorised_by_network = forms.BooleanField(
        label=gettext_lazy("Autorisé par le réseau régional"), required=False, initial=True
    )
    is_innovative = forms.BooleanField(label=gettext_lazy("Projet innovant"), required=False)
    is_manufacturing = forms.BooleanField(label=gettext_lazy("Projet manufacturier"), required=False)
    is_social_economy = forms.BooleanField(label=gettext_lazy("Économie sociale"), required=False)
    stream = forms.ChoiceField(label=gettext_lazy("Volet"), required=False)
    edition = forms.ChoiceField(label=gettext_lazy("Programme"), required=False)
    agreement = forms.ChoiceField(label=gettext_lazy("Entente"), required=False)
    unknown = False

    def __init__(self, *args: Any, organisation: Organisation, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = queries.choices_for(organisation=organisation, today=today)
        for name, rows in (
            ("stream", offered.streams),
            ("edition", offered.editions),
            ("agreement", offered.agreements),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", ""), *((str(r.pk), str(r)) for r in rows)]


def financings(request: SignedIn) -> HttpResponseBase:
    """The financings, with what was authorised in all and by whom, as filtered."""
    reading_or_404(request)
    may_add = bool(organisations_where(user=request.user, kinds=WORKERS))
    return downloads.listed(
        request,
        "accompaniment/financings.html",
        tables.financings,
        lambda listing: {"may_add": may_add, "sums": queries.financing_sums(listing.rows)},
    )


def financing_new(request: SignedIn) -> HttpResponse:
    organisation, today = working_organisation(request), timezone.localdate()
    form = FinancingForm(
        request.POST or None,
        organisation=organisation,
        today=today,
        initial={"authorised_on": today, "enterprise": request.GET.get("nom", "")},
    )
    if request.method == "POST" and form.is_valid():
        v = dict(form.cleaned_data)
        enterprise = resolve_enterprise(request, form, today=today, create=v.pop("create"))
        v.pop("enterprise")
        if enterprise:
            person = person_of(user=request.user)
            v |= {f"{name}_id": number_of(v.pop(name)) for name in ("stream", "edition", "agreement")}
            try:
                row = actions.record_financing(
                    organisation_id=organisation.pk,
                    enterprise_id=enterprise.pk,
                    adviser_id=person.pk if person else None,
                    now=timezone.now(),
                    by=request.user,
                    **v,
                )
                messages.success(request, _("Le financement est noté."))
                return redirect("accompaniment:financing_one", row.public_id)
            except Refused as refused:
                form.add_error(None, str(refused))
    return render(request, "accompaniment/financing_form.html", {"form": form}, status=422 if form.errors else 200)


def financing(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = one_of(queries.every_financing(user=request.user), public_id)
    return render(
        request, "accompaniment/financing.html", {"row": row, "may_change": works(request, row.organisation_id)}
    )


@require_POST
def financing_cancel(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = one_of(queries.every_financing(user=request.user), public_id)
    if not works(request, row.organisation_id):
        raise Http404
    if "remettre" in request.POST:
        actions.restore_financing(financing_id=row.pk, by=request.user)
        messages.success(request, _("Le financement compte de nouveau."))
        return redirect("accompaniment:financing_one", row.public_id)
    try:
        actions.cancel_financing(
            financing_id=row.pk, reason=request.POST.get("reason", ""), now=timezone.now(), by=request.user
        )
        messages.success(request, _("Le financement est annulé ; il reste consultable."))
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("accompaniment:financing_one", row.public_id)
