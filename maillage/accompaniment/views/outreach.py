"""Referrals, financing interventions, canvassing meetings."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from maillage.core.actions import Refused
from maillage.directory.models import Territory
from maillage.directory.queries import organisations_where, person_of, territories
from maillage.directory.types import SignedIn
from maillage.funding.queries import streams_of

from .. import actions, queries
from ..models import FinancingKind
from ..types import WORKERS
from .common import number_of, reading_or_404, resolve_enterprise, working_organisation, works


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


class FinancingForm(forms.Form):
    enterprise = forms.CharField(label=gettext_lazy("Entreprise"), max_length=240)
    create = forms.BooleanField(label=gettext_lazy("Créer cette fiche"), required=False)
    kind = forms.ChoiceField(label=gettext_lazy("Type"), choices=FinancingKind.choices)
    amount = forms.DecimalField(label=gettext_lazy("Montant"), max_digits=12, decimal_places=2, localize=True)
    authorised_on = forms.DateField(label=gettext_lazy("Autorisé le"), widget=forms.DateInput)
    project = forms.CharField(label=gettext_lazy("Projet"), max_length=200, required=False)
    authorised_by_network = forms.BooleanField(
        label=gettext_lazy("Autorisé par le réseau régional"), required=False, initial=True
    )
    is_innovative = forms.BooleanField(label=gettext_lazy("Projet innovant"), required=False)
    is_manufacturing = forms.BooleanField(label=gettext_lazy("Projet manufacturier"), required=False)
    is_social_economy = forms.BooleanField(label=gettext_lazy("Économie sociale"), required=False)
    unknown = False


class MeetingForm(forms.Form):
    enterprise = forms.CharField(label=gettext_lazy("Entreprise rencontrée"), max_length=200)
    mrc = forms.ChoiceField(label=gettext_lazy("MRC"), required=False)
    met_on = forms.DateField(label=gettext_lazy("Date"), widget=forms.DateInput)
    result = forms.CharField(
        label=gettext_lazy("Résultat"), widget=forms.Textarea(attrs={"rows": 3}), required=False, max_length=4000
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["mrc"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", ""), *((str(t.pk), t.name) for t in territories(kind="mrc"))]


def referrals(request: SignedIn) -> HttpResponse:
    reading_or_404(request)
    page = Paginator(queries.referrals_for(user=request.user), 40).get_page(request.GET.get("page"))
    received = list(queries.referrals_received(user=request.user)[:40])
    return render(request, "accompaniment/referrals.html", {"page": page, "received": received})


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
                today=today,
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


def financings(request: SignedIn) -> HttpResponse:
    reading_or_404(request)
    page = Paginator(queries.financings_for(user=request.user).filter(cancelled_at=None), 40).get_page(
        request.GET.get("page")
    )
    return render(request, "accompaniment/financings.html", {"page": page})


def financing_new(request: SignedIn) -> HttpResponse:
    organisation, today = working_organisation(request), timezone.localdate()
    form = FinancingForm(
        request.POST or None, initial={"authorised_on": today, "enterprise": request.GET.get("nom", "")}
    )
    if request.method == "POST" and form.is_valid():
        v = dict(form.cleaned_data)
        enterprise = resolve_enterprise(request, form, today=today, create=v.pop("create"))
        v.pop("enterprise")
        if enterprise:
            person = person_of(user=request.user)
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


def _one(rows: Any, public_id: UUID) -> Any:
    row = rows.filter(public_id=public_id).first()
    if row is None:
        raise Http404
    return row


def financing(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = _one(queries.financings_for(user=request.user), public_id)
    return render(
        request, "accompaniment/financing.html", {"row": row, "may_change": works(request, row.organisation_id)}
    )


@require_POST
def financing_cancel(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = _one(queries.financings_for(user=request.user), public_id)
    if not works(request, row.organisation_id):
        raise Http404
    try:
        actions.cancel_financing(
            financing_id=row.pk, reason=request.POST.get("reason", ""), now=timezone.now(), by=request.user
        )
        messages.success(request, _("Le financement est annulé ; il reste consultable."))
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("accompaniment:financing_one", row.public_id)


def meetings(request: SignedIn) -> HttpResponse:
    """The canvassing log, and its entry form on the same page: one meeting after another."""
    reading_or_404(request)
    today = timezone.localdate()
    form = MeetingForm(request.POST or None, initial={"met_on": today})
    if request.method == "POST" and form.is_valid():
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
    rows = queries.meetings_for(user=request.user).filter(cancelled_at=None)
    page = Paginator(rows, 40).get_page(request.GET.get("page"))
    may_add = bool(organisations_where(user=request.user, kinds=WORKERS))
    return render(
        request,
        "accompaniment/meetings.html",
        {"page": page, "form": form, "may_add": may_add},
        status=422 if form.errors else 200,
    )


def _mrc(text: str) -> int | None:
    key = number_of(text)
    return key if key and Territory.objects.filter(pk=key, kind="mrc").exists() else None


def meeting(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = _one(queries.meetings_for(user=request.user), public_id)
    return render(
        request, "accompaniment/meeting.html", {"row": row, "may_change": works(request, row.organisation_id)}
    )


@require_POST
def meeting_cancel(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = _one(queries.meetings_for(user=request.user), public_id)
    if not works(request, row.organisation_id):
        raise Http404
    actions.cancel_meeting(meeting_id=row.pk, now=timezone.now(), by=request.user)
    messages.success(request, _("La rencontre est retirée du compte."))
    return redirect("accompaniment:meetings")
