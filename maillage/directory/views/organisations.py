"""Organisations: looked up, described, corrected, their duplicates united."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from maillage.core.actions import Refused

from .. import actions, downloads, queries, tables
from ..forms import NewOrganisationForm, OrganisationForm, StewardForm
from ..models import Organisation
from ..second_factor import step_up
from ..types import MANAGERS, SignedIn


@require_http_methods(["GET", "HEAD", "POST"])
def listing(request: SignedIn) -> HttpResponseBase:
    context = {"works": queries.works_with_organisations(user=request.user)}
    return downloads.listed(request, "directory/organisations.html", tables.organisations, context)


@require_safe
def detail(request: SignedIn, public_id: UUID) -> HttpResponse:
    organisation = queries.organisation_seen(user=request.user, public_id=public_id)
    if organisation.merged_into is not None and "fiche" not in request.GET:
        messages.info(request, _("« %(name)s » a été réunie à cette organisation.") % {"name": organisation.name})
        return redirect("directory:organisation", organisation.merged_into.public_id)
    today = timezone.localdate()
    region = queries.region_of(organisation.mrc, today) if organisation.mrc else None
    right = queries.right_over(user=request.user, organisation=organisation)
    manages = queries.holds(user=request.user, organisation_id=organisation.pk, kinds=MANAGERS)
    sees_people = manages or queries.works_with_organisations(user=request.user) or right == queries.Right.ALL
    context = {
        "organisation": organisation,
        "region": region,
        "people": list(queries.people_of(organisation, day=today)) if sees_people else [],
        "duplicates": list(queries.duplicates_of(organisation)),
        "merge": queries.merge_of(organisation),
        "manages": manages,
        **_authority(organisation, right, StewardForm()),
    }
    return render(request, "directory/organisation.html", context)


def _authority(organisation: Organisation, right: queries.Right, form: StewardForm) -> dict[str, Any]:
    """Who may change the file, as its page says it; the changes of its contact are for those who may."""
    recent = None
    if right >= queries.Right.FILE:
        recent = (
            queries.contact_changes_of(organisation).filter(field="email", at__gt=timezone.now() - queries.HOLD).first()
        )
    return {
        "may_edit": right >= queries.Right.FILE,
        "may_give": right == queries.Right.ALL and organisation.merged_into_id is None,
        "stewards": list(queries.stewardships_of(organisation)) if right >= queries.Right.FILE else [],
        "steward_form": form,
        "contact": queries.Hold(recent, None) if recent else None,
    }


def new(request: SignedIn) -> HttpResponse:
    """Anyone signed in may add their own organisation; who works with organisations may add others'."""
    works = queries.works_with_organisations(user=request.user)
    form = NewOrganisationForm(request.POST or None, initial={"coordinate": not works})
    similar: list[Organisation] = []
    if request.method == "POST" and form.is_valid():
        values = form.values()
        mrc = values["mrc"]
        if not form.cleaned_data["different"]:
            similar = queries.similar_organisations(
                name=values["name"], neq=values["neq"], mrc_id=mrc.pk if mrc else None
            )
        if not similar:
            created = _create(request, form, coordinate=form.cleaned_data["coordinate"] or not works)
            if created:
                return redirect("directory:organisation", created.public_id)
    seen = set(
        queries.visible_organisations(user=request.user)
        .filter(pk__in=[o.pk for o in similar])
        .values_list("pk", flat=True)
    )
    context = {"form": form, "similar": [(o, o.pk in seen) for o in similar], "works": works}
    return render(request, "directory/organisation_form.html", context)


def _create(request: SignedIn, form: NewOrganisationForm, *, coordinate: bool) -> Organisation | None:
    try:
        created = actions.create_organisation(
            **form.values(), coordinate=coordinate, today=timezone.localdate(), by=request.user
        )
    except actions.NeqTaken as error:
        form.add_error("neq", str(error))
        return None
    messages.success(request, _("« %(name)s » est dans l'annuaire.") % {"name": created.name})
    return created


def edit(request: SignedIn, public_id: UUID) -> HttpResponse:
    organisation = _editable(request, public_id)
    contact = queries.may_change_contact(user=request.user, organisation=organisation)
    form = OrganisationForm(request.POST or None, instance=organisation, contact=contact)
    if request.method == "POST" and form.is_valid():
        if "email" in form.changed_data and (again := step_up(request)):
            return again
        try:
            actions.edit_organisation(organisation_id=organisation.pk, values=form.values(), by=request.user)
        except actions.NeqTaken as error:
            form.add_error("neq", str(error))
        except actions.NotYourContact as error:
            form.add_error("email", str(error))
        else:
            messages.success(request, _("La fiche est à jour."))
            return redirect("directory:organisation", organisation.public_id)
    organisation.refresh_from_db()
    return render(request, "directory/organisation_form.html", {"form": form, "organisation": organisation})


def _editable(request: SignedIn, public_id: UUID) -> Organisation:
    organisation = queries.organisation_seen(user=request.user, public_id=public_id)
    if organisation.merged_into_id or not queries.may_edit(user=request.user, organisation=organisation):
        raise Http404
    return organisation


@require_safe
def history(request: SignedIn, public_id: UUID) -> HttpResponse:
    organisation = queries.organisation_seen(user=request.user, public_id=public_id)
    if not queries.may_edit(user=request.user, organisation=organisation):
        raise Http404
    context = {"organisation": organisation, "changes": queries.history_of(organisation)}
    return render(request, "directory/history.html", context)


# --- who keeps it -----------------------------------------------------------------------------
def _own(request: SignedIn, public_id: UUID) -> Organisation:
    """An organisation whose file `user` may give to keep; Http404 otherwise."""
    organisation = queries.organisation_seen(user=request.user, public_id=public_id)
    if organisation.merged_into_id or not queries.may_change_contact(user=request.user, organisation=organisation):
        raise Http404
    return organisation


@require_POST
def steward_new(request: SignedIn, public_id: UUID) -> HttpResponse:
    """Give the file to another organisation to keep."""
    organisation, form = _own(request, public_id), StewardForm(request.POST)
    steward = form.found() if form.is_valid() else None
    if steward is None:
        messages.error(request, " ".join(str(e) for errors in form.errors.values() for e in errors))
        return redirect("directory:organisation", organisation.public_id)
    try:
        actions.give_file(organisation_id=organisation.pk, steward_id=steward.pk, now=timezone.now(), by=request.user)
        messages.success(request, _("« %(name)s » peut maintenant corriger la fiche.") % {"name": steward.name})
    except Refused as error:
        messages.error(request, str(error))
    return redirect("directory:organisation", organisation.public_id)


@require_POST
def steward_end(request: SignedIn, public_id: UUID, stewardship_id: UUID) -> HttpResponse:
    organisation = _own(request, public_id)
    row = queries.stewardships_of(organisation).filter(public_id=stewardship_id).first()
    if row is None:
        raise Http404
    actions.take_back_file(stewardship_id=row.pk, now=timezone.now(), by=request.user)
    messages.success(request, _("« %(name)s » ne corrige plus la fiche.") % {"name": row.steward.name})
    return redirect("directory:organisation", organisation.public_id)


# --- duplicates ------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def duplicates(request: SignedIn) -> HttpResponseBase:
    return downloads.listed(request, "directory/duplicates.html", tables.duplicates, {})


def compare(request: SignedIn, first: UUID, second: UUID) -> HttpResponse:
    """Two files side by side. POST `keep` (a public id): the other one is united with it."""
    one, other = queries.pair_for(user=request.user, first=first, second=second)
    if request.method == "POST":
        keep, gone = (other, one) if request.POST.get("keep") == str(other.public_id) else (one, other)
        try:
            actions.merge(canonical_id=keep.pk, duplicate_id=gone.pk, by=request.user)
        except Refused as error:
            messages.error(request, str(error))
            return redirect("directory:duplicates")
        messages.success(request, _("Les deux fiches n'en font plus qu'une : « %(name)s ».") % {"name": keep.name})
        return redirect("directory:organisation", keep.public_id)
    context: dict[str, Any] = {"one": one, "other": other, "rows": _compared(one, other)}
    return render(request, "directory/compare.html", context)


def _compared(one: Organisation, other: Organisation) -> list[tuple[str, str, str, bool]]:
    """Label, one, the other, whether they differ; without the lines that both leave empty."""

    def shown(organisation: Organisation) -> dict[str, str]:
        return {
            _("Forme juridique"): organisation.get_legal_form_display(),
            _("NEQ"): organisation.neq,
            _("Secteur"): str(organisation.sector or ""),
            _("Adresse"): " ".join(x for x in (organisation.address, organisation.postal_code) if x),
            _("Municipalité"): str(organisation.municipality or ""),
            _("MRC"): str(organisation.mrc or ""),
            _("Téléphone"): organisation.phone,
            _("Courriel"): organisation.email,
            _("Site"): organisation.website,
        }

    left, right = shown(one), shown(other)
    return [
        (label, left[label], right[label], left[label] != right[label]) for label in left if left[label] or right[label]
    ]


@require_POST
def distinct(request: SignedIn, first: UUID, second: UUID) -> HttpResponse:
    one, other = queries.pair_for(user=request.user, first=first, second=second)
    actions.mark_distinct(first_id=one.pk, second_id=other.pk, by=request.user)
    messages.success(request, _("C'est noté : ce sont deux organisations différentes."))
    return redirect("directory:duplicates")


@require_POST
def separate(request: SignedIn, public_id: UUID) -> HttpResponse:
    organisation = queries.organisation_seen(user=request.user, public_id=public_id)
    into = organisation.merged_into
    if into is None or not queries.may_change_contact(user=request.user, organisation=into):
        raise Http404
    try:
        actions.unmerge(organisation_id=organisation.pk, by=request.user)
    except Refused as error:
        messages.error(request, str(error))
        return redirect("directory:organisation", into.public_id)
    messages.success(request, _("« %(name)s » est de nouveau une organisation à part.") % {"name": organisation.name})
    return redirect(reverse("directory:organisation", args=[organisation.public_id]))
