"""The representation log: where the organisation was represented, when and by whom; partners and exhibitors."""

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from maillage.core import fields
from maillage.core.actions import Refused
from maillage.core.numbers import whole
from maillage.core.tables import FILE, Listing
from maillage.directory import downloads
from maillage.directory.queries import acting, organisations_where, people_of, person_of
from maillage.directory.types import SignedIn
from maillage.funding.queries import streams_of

from .. import actions, queries, tables
from ..models import Partner
from ..types import READERS, WORKERS
from .activities import exhibitor_of, working_organisation

ROLES = Partner._meta.get_field("role").flatchoices


class RepresentationForm(forms.Form):
    kind = forms.ChoiceField(
        label=gettext_lazy("Genre"), choices=tables.KINDS, widget=forms.RadioSelect, initial=tables.KINDS[0][0]
    )
    title = forms.CharField(label=gettext_lazy("Événement ou comité"), max_length=200)
    on = fields.DateField(
        label=gettext_lazy("Date"),
        required=False,
        widget=forms.DateInput,
        help_text=gettext_lazy("Un comité peut rester sans date : il est compté à part."),
    )
    met = forms.CharField(
        label=gettext_lazy("Organisations rencontrées"),
        max_length=1000,
        required=False,
        help_text=gettext_lazy("Leurs noms au répertoire, séparés par des points-virgules."),
    )
    place = forms.CharField(label=gettext_lazy("Lieu"), max_length=200, required=False)
    person = forms.ChoiceField(label=gettext_lazy("Qui nous représentait"), required=False)
    stream = forms.ChoiceField(label=gettext_lazy("Volet"), required=False)
    outcome = forms.CharField(
        label=gettext_lazy("Retombées"), widget=forms.Textarea(attrs={"rows": 2}), required=False, max_length=4000
    )

    def __init__(self, *args: Any, organisation: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = {
            "person": [(str(p.pk), p.name) for p in people_of(organisation, day=today)],
            "stream": [(str(s.pk), str(s)) for s in streams_of(organisation_id=organisation.pk)],
        }
        for name, options in offered.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", ""), *options]


def representations(request: SignedIn) -> HttpResponseBase:
    here, today = acting(request, READERS, may_be_all=True), timezone.localdate()
    may_add = bool(organisations_where(user=request.user, kinds=WORKERS))
    form, person, organisation = None, person_of(user=request.user), None
    if may_add:
        organisation = working_organisation(request)
        initial = {"on": today, "person": person.pk if person else ""}
        posted = request.POST if request.method == "POST" and FILE not in request.GET else None
        form = RepresentationForm(posted, organisation=organisation, today=today, initial=initial)
        if posted is not None and form.is_valid() and _record(request, organisation.pk, form):
            return redirect("programmes:representations")
    log = tables.represented(user=request.user, asked=request.GET, organisations=here.ids)

    def context(listing: Listing) -> dict[str, Any]:
        return {
            "form": form,
            "acting": here,
            "organisation": organisation,
            "dated": listing.count(),
            "undated": list(log.filter(starts_on=None)),
            "met": queries.met_in(log),
        }

    response = downloads.listed(
        request, "programmes/representations.html", tables.representations, context, organisations=here.ids
    )
    response.status_code = 422 if form is not None and form.errors else response.status_code
    return response


def _record(request: SignedIn, organisation_id: int, form: RepresentationForm) -> bool:
    v = form.cleaned_data
    named = {name: exhibitor_of(request, name) for part in v["met"].split(";") if (name := part.strip())}
    if unknown := [name for name, found in named.items() if found is None]:
        form.add_error("met", _("Pas au répertoire : %(names)s.") % {"names": " ; ".join(unknown)})
        return False
    try:
        actions.record_representation(
            organisation_id=organisation_id,
            kind=v["kind"],
            title=v["title"],
            on=v["on"],
            place=v["place"],
            represented_by_id=int(v["person"]) if v["person"] else None,
            stream_id=int(v["stream"]) if v["stream"] else None,
            outcome=v["outcome"],
            met_ids=[o.pk for o in named.values() if o is not None],
            by=request.user,
        )
    except Refused as refused:
        form.add_error("on", str(refused))
        return False
    messages.success(request, _("C'est noté au registre."))
    return True


@require_POST
def partner(request: SignedIn, public_id: UUID) -> HttpResponse:
    """Add a partner to an activity, or take one out."""
    row = queries.activity_for(user=request.user, public_id=public_id, to_change=True)
    removed, role = whole(request.POST.get("retirer")), request.POST.get("role", "")
    if removed is not None:
        actions.remove_partner(activity_id=row.pk, partner_id=removed, by=request.user)
        return redirect("programmes:activity", row.public_id)
    organisation = exhibitor_of(request, request.POST.get("organisation", ""))
    if organisation is None or role not in dict(ROLES):
        messages.error(request, _("Écrivez le nom exact d'une organisation du répertoire, et choisissez son rôle."))
    else:
        actions.add_partner(organisation_id=organisation.pk, role=role, activity_id=row.pk, by=request.user)
        messages.success(request, _("%(name)s est au programme.") % {"name": organisation.name})
    return redirect("programmes:activity", row.public_id)
