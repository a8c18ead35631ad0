"""Referrals: sent, answered, closed, withdrawn."""

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

from maillage.core.actions import Refused
from maillage.directory import downloads
from maillage.directory.queries import organisations_where, person_of
from maillage.directory.types import SignedIn
from maillage.funding.queries import streams_of

from .. import actions, queries, tables
from ..types import WORKERS
from .common import number_of, reading_or_404, resolve_enterprise, working_organisation, works
from .links import link_context


class ReferralForm(forms.Form):
    enterprise = forms.CharField(label=gettext_lazy("Entreprise"), max_length=240)
    partner = forms.CharField(label=gettext_lazy("Partenaire"), max_length=240)
    partner_email = forms.EmailField(
        label=gettext_lazy("Courriel du partenaire"),
        help_text=gettext_lazy("Il reçoit un lien pour répondre, sans compte."),
    )
    stream = forms.ChoiceField(label=gettext_lazy("Volet"), required=False)
    need = forms.CharField(label=gettext_lazy("Besoin"), widget=forms.Textarea(attrs={"rows": 4}), max_length=4000)
    consented_by = forms.CharField(
        label=gettext_lazy("Qui a consenti, à l'entreprise"),
        max_length=160,
        help_text=gettext_lazy("Sans consentement, rien n'est transmis."),
    )

    def __init__(self, *args: Any, organisation_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["stream"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", ""), *((str(s.pk), str(s)) for s in streams_of(organisation_id=organisation_id))]


def referrals(request: SignedIn) -> HttpResponseBase:
    reading_or_404(request)
    context = {
        "received": list(queries.referrals_received(user=request.user)[:40]),
        "may_add": bool(organisations_where(user=request.user, kinds=WORKERS)),
    }
    return downloads.listed(request, "accompaniment/referrals.html", tables.referrals, context)


def referral_new(request: SignedIn) -> HttpResponse:
    organisation, today = working_organisation(request), timezone.localdate()
    form = ReferralForm(
        request.POST or None, organisation_id=organisation.pk, initial={"enterprise": request.GET.get("nom", "")}
    )
    if request.method == "POST" and form.is_valid():
        enterprise = resolve_enterprise(request, form, today=today)
        partner = _partner(request, form)
        if enterprise and partner:
            person, v = person_of(user=request.user), form.cleaned_data
            row = actions.refer(
                organisation_id=organisation.pk,
                enterprise_id=enterprise.pk,
                partner_id=partner.pk,
                partner_email=v["partner_email"],
                need=v["need"],
                consented_by=v["consented_by"],
                stream_id=number_of(v["stream"]),
                adviser_id=person.pk if person else None,
                now=timezone.now(),
                by=request.user,
            )
            messages.success(request, _("La référence est envoyée au partenaire."))
            return redirect("accompaniment:referral", row.public_id)
    return render(request, "accompaniment/referral_form.html", {"form": form}, status=422 if form.errors else 200)


def _partner(request: SignedIn, form: ReferralForm) -> Any:
    text = form.cleaned_data["partner"].strip()
    found = queries.find_enterprises(user=request.user, texts={text})[text]
    if len(found) == 1:
        return found[0]
    form.add_error("partner", _("Choisissez une organisation du répertoire, dans la liste."))
    return None


def referral(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.referral_for(user=request.user, public_id=public_id)
    ours = organisations_where(user=request.user, kinds=WORKERS)
    return render(
        request,
        "accompaniment/referral.html",
        {
            "row": row,
            "may_answer": row.partner_id in ours,
            "may_close": {row.partner_id, row.organisation_id} & {*ours},
            "may_change": row.organisation_id in ours,
            **(link_context(request, row, "references") if row.organisation_id in ours else {}),
        },
    )


@require_POST
def referral_answer(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.referral_for(user=request.user, public_id=public_id)
    if not works(request, row.partner_id):
        raise Http404
    try:
        actions.answer_referral(
            referral_id=row.pk,
            accepted=request.POST.get("reponse") == "oui",
            answer=request.POST.get("answer", "")[:4000],
            now=timezone.now(),
            by=request.user,
        )
        messages.success(request, _("Votre réponse est notée."))
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("accompaniment:referral", row.public_id)


@require_POST
def referral_close(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.referral_for(user=request.user, public_id=public_id)
    if not (works(request, row.partner_id) or works(request, row.organisation_id)):
        raise Http404
    try:
        actions.close_referral(
            referral_id=row.pk, outcome=request.POST.get("outcome", "")[:4000], now=timezone.now(), by=request.user
        )
        messages.success(request, _("Le résultat est noté."))
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("accompaniment:referral", row.public_id)


@require_POST
def referral_withdraw(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.referral_for(user=request.user, public_id=public_id)
    if not works(request, row.organisation_id):
        raise Http404
    if "remettre" in request.POST:
        actions.restore_referral(referral_id=row.pk, now=timezone.now(), by=request.user)
        messages.success(
            request, _("La référence est remise. Envoyez un nouveau lien au partenaire s'il doit répondre.")
        )
    else:
        actions.withdraw_referral(referral_id=row.pk, now=timezone.now(), by=request.user)
        messages.success(request, _("La référence est retirée : le partenaire ne la voit plus, et son lien est fermé."))
    return redirect("accompaniment:referral", row.public_id)
