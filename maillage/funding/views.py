"""Agreements: list, page, entry."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from maillage.core.actions import Refused
from maillage.directory.models import Organisation
from maillage.directory.queries import acting, organisations_where
from maillage.directory.text import fold
from maillage.directory.types import SignedIn

from . import actions, queries
from .models import FunderKind
from .types import READERS, WRITERS


class AgreementForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Titre"), max_length=160)
    funder = forms.CharField(label=gettext_lazy("Bailleur de fonds"), max_length=200)
    kind = forms.ChoiceField(label=gettext_lazy("Genre de bailleur"), choices=FunderKind.choices)
    number = forms.CharField(label=gettext_lazy("Numéro"), max_length=60, required=False)
    starts_on = forms.DateField(label=gettext_lazy("Premier jour"), widget=forms.DateInput)
    last_on = forms.DateField(label=gettext_lazy("Dernier jour"), required=False, widget=forms.DateInput)
    fiscal_month = forms.TypedChoiceField(
        label=gettext_lazy("L'année du bailleur commence en"), choices=list(MONTHS.items()), coerce=int, initial=4
    )
    amount = forms.DecimalField(
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


def agreements(request: SignedIn) -> HttpResponse:
    here = acting(request, READERS, may_be_all=True)
    rows = list(queries.agreements_for(user=request.user, organisation_ids=here.ids))
    for row in rows:
        row.last_day = row.during.upper - timedelta(days=1) if row.during.upper else None  # type: ignore[attr-defined]
    may_add = bool(organisations_where(user=request.user, kinds=WRITERS))
    context = {"rows": rows, "today": timezone.localdate(), "may_add": may_add, "acting": here}
    return render(request, "funding/agreements.html", context | _streams(request, here.ids))


def _streams(request: SignedIn, organisation_ids: list[int]) -> dict[str, Any]:
    """Whether streams are still to be chosen, and where; the page of the lists belongs to accompaniment."""
    missing = not queries.streams_seen(organisation_ids=organisation_ids).exists()
    return {"no_stream": missing and bool(organisations_where(user=request.user, kinds=WRITERS))}


def agreement(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.agreement_for(user=request.user, public_id=public_id)
    return render(
        request,
        "funding/agreement.html",
        {
            "row": row,
            "last_day": row.during.upper - timedelta(days=1) if row.during.upper else None,
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
