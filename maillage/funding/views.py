"""Agreements: list, page, entry."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from maillage.core import fields
from maillage.core.actions import Refused
from maillage.core.meanwhile import Edits
from maillage.core.templatetags.maillage import colon
from maillage.core.text import fold
from maillage.core.typed import day_of
from maillage.directory import downloads
from maillage.directory.models import Organisation
from maillage.directory.queries import acting, organisations_where
from maillage.directory.types import SignedIn

from . import actions, claimed, queries, tables
from .models import Accountability, AccountabilityKind, FunderKind, Instalment
from .types import READERS, WRITERS


class AgreementForm(Edits, forms.Form):
    title = forms.CharField(label=gettext_lazy("Titre"), max_length=160)
    funder = forms.CharField(label=gettext_lazy("Bailleur de fonds"), max_length=200)
    kind = forms.ChoiceField(label=gettext_lazy("Genre de bailleur"), choices=FunderKind.choices)
    number = forms.CharField(label=gettext_lazy("Numéro"), max_length=60, required=False)
    starts_on = fields.DateField(label=gettext_lazy("Premier jour"), widget=forms.DateInput)
    last_on = fields.DateField(label=gettext_lazy("Dernier jour"), required=False, widget=forms.DateInput)
    fiscal_month = forms.TypedChoiceField(
        label=gettext_lazy("L'année du bailleur commence en"), choices=list(MONTHS.items()), coerce=int, initial=4
    )
    amount = fields.DecimalField(
        label=gettext_lazy("Montant"), max_digits=12, decimal_places=2, min_value=0, required=False, localize=True
    )
    streams = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Volets couverts"),
        help_text=gettext_lazy("Aucun : tous."),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    excludes = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Ne paie pas le même travail que"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    notes = forms.CharField(
        label=gettext_lazy("Notes"), widget=forms.Textarea(attrs={"rows": 3}), required=False, max_length=4000
    )

    def __init__(self, *args: Any, streams: Any, others: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, rows in (("streams", list(streams)), ("excludes", list(others))):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [(r.pk, str(r)) for r in rows]
            if not rows:
                del self.fields[name]


def agreements(request: SignedIn) -> HttpResponseBase:
    here = acting(request, READERS, may_be_all=True)
    context = {
        "today": timezone.localdate(),
        "may_add": bool(organisations_where(user=request.user, kinds=WRITERS)),
        "acting": here,
        "due": queries.accounts_due(organisation_ids=here.ids)[:6],
        **_streams(request, here.ids),
    }
    return downloads.listed(request, "funding/agreements.html", tables.agreements, context, organisations=here.ids)


def _streams(request: SignedIn, organisation_ids: list[int]) -> dict[str, Any]:
    """Whether streams are still to be chosen, and where; the page of the lists belongs to accompaniment."""
    missing = not queries.streams_seen(organisation_ids=organisation_ids).exists()
    return {"no_stream": missing and bool(organisations_where(user=request.user, kinds=WRITERS))}


class InstalmentForm(forms.Form):
    amount = fields.DecimalField(
        label=gettext_lazy("Montant"), max_digits=12, decimal_places=2, min_value=Decimal("0.01"), localize=True
    )
    expected_on = fields.DateField(label=gettext_lazy("Attendu le"), widget=forms.DateInput)
    label = forms.CharField(label=gettext_lazy("Versement"), max_length=120, required=False)


class AccountabilityForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("Genre"), choices=AccountabilityKind.choices)
    due_on = fields.DateField(label=gettext_lazy("À remettre le"), widget=forms.DateInput)
    label = forms.CharField(label=gettext_lazy("Titre"), max_length=120, required=False)
    remind_days = fields.IntegerField(
        label=gettext_lazy("Rappel, en jours d'avance"), min_value=0, max_value=120, initial=21
    )


@require_POST
def instalment_new(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.agreement_for(user=request.user, public_id=public_id, to_change=True)
    _try(
        request,
        InstalmentForm(request.POST),
        lambda v: actions.add_instalment(agreement_id=row.pk, by=request.user, **v),
    )
    return redirect("funding:agreement", row.public_id)


@require_POST
def instalment(request: SignedIn, public_id: UUID) -> HttpResponse:
    """A payment came, did not after all, or is no longer expected."""
    row, verb = queries.line_for(user=request.user, kind=Instalment, public_id=public_id), request.POST.get("verbe", "")
    try:
        if verb in ("recu", "annuler"):
            on, reference = _day(request) if verb == "recu" else None, request.POST.get("reference", "")
            actions.receive_instalment(instalment_id=row.pk, on=on, reference=reference, by=request.user)
        elif verb == "retirer":
            actions.remove_instalment(instalment_id=row.pk, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("funding:agreement", row.agreement.public_id)


@require_POST
def accountability_new(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.agreement_for(user=request.user, public_id=public_id, to_change=True)
    form = AccountabilityForm(request.POST)
    _try(request, form, lambda v: actions.add_accountability(agreement_id=row.pk, by=request.user, **v))
    return redirect("funding:agreement", row.public_id)


@require_POST
def accountability(request: SignedIn, public_id: UUID) -> HttpResponse:
    """An account was given, was not after all, or is no longer asked."""
    row = queries.line_for(user=request.user, kind=Accountability, public_id=public_id)
    verb = request.POST.get("verbe", "")
    if verb in ("remis", "annuler"):
        on = _day(request) if verb == "remis" else None
        actions.give_accountability(accountability_id=row.pk, on=on, by=request.user)
    elif verb == "retirer":
        actions.remove_accountability(accountability_id=row.pk, by=request.user)
    return redirect("funding:agreement", row.agreement.public_id)


def _try(request: SignedIn, form: forms.Form, write: Callable[[dict[str, Any]], Any]) -> None:
    if not form.is_valid():
        said = (f"{form.fields[name].label}{colon()} {e}" for name, errors in form.errors.items() for e in errors)
        messages.error(request, " ".join(said))
        return
    try:
        write(form.cleaned_data)
    except Refused as refused:
        messages.error(request, str(refused))


def _day(request: SignedIn) -> date:
    """The day of the form; today without one."""
    return day_of(request.POST.get("le")) or timezone.localdate()


def agreement(request: SignedIn, public_id: UUID) -> HttpResponse:
    row, today = queries.agreement_for(user=request.user, public_id=public_id), timezone.localdate()
    year = queries.year_of(row, today)
    if request.GET.get("annee") == "precedente":
        year = year.previous()
    return render(
        request,
        "funding/agreement.html",
        {
            "row": row,
            "today": today,
            "balance": queries.balance_of(row),
            "year": year,
            "year_last": year.end - timedelta(days=1) if year.end else None,
            "previous_asked": request.GET.get("annee") == "precedente",
            "claimed": claimed.claimed(user=request.user, agreement=row, period=year),
            "instalment_form": InstalmentForm(auto_id="versement_%s"),
            "account_form": AccountabilityForm(auto_id="reddition_%s"),
            "last_day": row.last_day,
            "month": MONTHS[row.fiscal_month],
            "may_change": row.organisation_id in organisations_where(user=request.user, kinds=WRITERS),
        },
    )


def agreement_edit(request: SignedIn, public_id: UUID | None = None) -> HttpResponse:
    row = queries.agreement_for(user=request.user, public_id=public_id, to_change=True) if public_id else None
    organisation = row.organisation if row else _organisation(request)
    others = queries.agreements_for(user=request.user).filter(organisation=organisation)
    form = AgreementForm(
        request.POST or None,
        streams=queries.streams_of(
            organisation_id=organisation.pk, held=[s.pk for s in row.streams.all()] if row else []
        ),
        others=others.exclude(pk=row.pk) if row else others,
        initial=_initial(row),
        edits=row,
    )
    if request.method == "POST" and form.is_valid():
        saved = _save(request, organisation, row, form)
        if saved is not None:
            return redirect("funding:agreement", saved.public_id)
    return render(
        request,
        "funding/agreement_form.html",
        {"form": form, "row": row, "organisation": organisation},
        status=422 if form.errors else 200,
    )


def _organisation(request: SignedIn) -> Organisation:
    return acting(request, WRITERS).one


def _initial(row: Any) -> dict[str, Any]:
    if row is None:
        return {}
    names = ("title", "number", "fiscal_month", "amount", "notes")
    return {
        **{name: getattr(row, name) for name in names},
        "funder": str(row.funder),
        "kind": row.funder.kind,
        "starts_on": row.during.lower,
        "last_on": row.during.upper - timedelta(days=1) if row.during.upper else None,
        "streams": [s.pk for s in row.streams.all()],
        "excludes": [a.pk for a in row.excludes.all()],
    }


def _save(request: SignedIn, organisation: Organisation, row: Any, form: AgreementForm) -> Any:
    v = dict(form.cleaned_data)
    named, kind, last = v.pop("funder").strip(), v.pop("kind"), v.pop("last_on")
    funders = Organisation.objects.filter(merged_into=None, name__unaccent__iexact=named)
    found = [o for o in funders[:5] if fold(o.name) == fold(named)]
    if len(found) != 1:
        form.add_error("funder", _("Écrivez le nom exact d'une organisation du répertoire."))
        return None
    funder = actions.make_funder(organisation_id=found[0].pk, kind=kind, by=request.user)
    try:
        return actions.save_agreement(
            organisation_id=organisation.pk,
            agreement_id=row.pk if row else None,
            funder_id=funder.pk,
            title=v.pop("title"),
            starts_on=v.pop("starts_on"),
            ends_on=last + timedelta(days=1) if last else None,
            stream_ids=v.pop("streams", []),
            excludes_ids=v.pop("excludes", []),
            by=request.user,
            **v,
        )
    except Refused as refused:
        form.add_error(None, str(refused))
        return None
