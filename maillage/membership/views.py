"""Pages of membership."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from maillage.core.actions import Refused
from maillage.core.numbers import whole
from maillage.core.sheets import date_of
from maillage.core.typed import next_path
from maillage.directory import downloads, imports
from maillage.directory import queries as directory
from maillage.directory.models import Organisation
from maillage.directory.types import SignedIn

from . import actions, queries, sheet, tables
from .forms import ClassForm, EnrolOrganisationForm, EnrolPersonForm, RegisterForm
from .models import MemberClass, Membership
from .types import KEEPERS, HeldBy, Standing

PAGE = 50


def _kept(request: SignedIn, public_id: UUID) -> Organisation:
    return directory.organisation_for(user=request.user, public_id=public_id, kinds=KEEPERS)


def _page(request: SignedIn) -> int:
    return whole(request.GET.get("page")) or 1


@require_http_methods(["GET", "POST"])
def join(request: SignedIn, public_id: UUID) -> HttpResponse:
    """Choose a class and join, or see the membership and renew it: one's own, or that of an organisation (`pour`)."""
    organisation = queries.organisation_to_join(public_id=public_id)
    standings = queries.standings_of(user=request.user, organisation_id=organisation.pk, today=timezone.localdate())
    chosen = _chosen(standings, request.POST.get("pour") or request.GET.get("pour", ""))
    if request.method == "POST":
        return _join(request, organisation, chosen)
    held_by = HeldBy.ORGANISATION if chosen and chosen.organisation else HeldBy.PERSON
    return render(
        request,
        "membership/join.html",
        {
            "organisation": organisation,
            "standings": standings,
            "chosen": chosen,
            "pour": _pour(chosen),
            "choices": [
                {
                    "label": s.name if s.organisation else _("Moi"),
                    "href": _address(organisation, s, next_path(request)),
                    "current": s == chosen,
                }
                for s in standings
            ],
            "held": chosen.held if chosen else None,
            "last": chosen.last if chosen else None,
            "active": chosen is not None and chosen.active,
            "classes": list(queries.classes_of(organisation.pk, only_open=True, held_by=held_by)),
            "next": next_path(request),
        },
    )


def _chosen(standings: list[Standing], pour: str) -> Standing | None:
    """The one that `pour` names, else one's own; Http404 for an organisation that one does not order for."""
    if not pour:
        return next(iter(standings), None)
    wanted = _uuid(pour)
    found = next((s for s in standings if s.organisation and s.organisation.public_id == wanted), None)
    if found is None:
        raise Http404
    return found


def _pour(standing: Standing | None) -> str:
    return str(standing.organisation.public_id) if standing and standing.organisation else ""


def _address(organisation: Organisation, standing: Standing | None, onward: str = "") -> str:
    asked = {"pour": _pour(standing), "next": onward}
    query = urlencode({k: v for k, v in asked.items() if v})
    return reverse("membership:join", args=[organisation.public_id]) + (f"?{query}" if query else "")


def _join(request: SignedIn, organisation: Organisation, chosen: Standing | None) -> HttpResponse:
    today = timezone.localdate()
    if chosen is None:
        messages.error(request, _("Complétez d'abord votre profil."))
        return redirect("directory:me")
    try:
        if request.POST.get("renouveler") and chosen.held is not None:
            actions.renew(membership_id=chosen.held.pk, today=today, by=request.user)
        else:
            kept = get_object_or_404(
                queries.classes_of(organisation.pk), public_id=_uuid(request.POST.get("categorie", ""))
            )
            actions.join(
                person_id=chosen.holder.person_id,
                member_organisation_id=chosen.holder.organisation_id,
                member_class_id=kept.pk,
                today=today,
                by=request.user,
            )
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(
            request,
            _("Bienvenue. Le montant est inscrit au compte de %(name)s.") % {"name": chosen.name}
            if chosen.organisation
            else _("Bienvenue. Le montant est inscrit à votre compte."),
        )
        if next_path(request):
            return redirect(next_path(request))
    return redirect(_address(organisation, chosen, next_path(request)))


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


@require_GET
def members(request: SignedIn, public_id: UUID) -> HttpResponseBase:
    """The register of an organisation."""
    organisation, form = _kept(request, public_id), RegisterForm(request.GET)
    context = {
        "organisation": organisation,
        "form": form,
        "counts": queries.counts(organisation.pk, today=form.read(timezone.localdate())["today"]),
        "classes": list(queries.classes_of(organisation.pk)),
    }
    return downloads.listed(
        request, "membership/members.html", tables.members, context, organisation=str(organisation.public_id)
    )


@require_http_methods(["GET", "POST"])
def export(request: SignedIn, public_id: UUID) -> HttpResponseBase:
    """The register as shown, as a spreadsheet; a job makes a long one."""
    organisation = _kept(request, public_id)
    how = RegisterForm(request.GET).read(timezone.localdate())
    day = how["today"].isoformat()
    return downloads.answer(
        request,
        sheet.members_file,
        params={**how, "organisation": str(organisation.public_id), "today": day},
        title=_("Membres de %(name)s") % {"name": organisation.name},
        filename=f"membres-{slugify(organisation.name)}-{day}.xlsx",
        content_type=downloads.XLSX,
        rows=queries.register(organisation.pk, **how).count(),
    )


@require_http_methods(["GET", "POST"])
def member_class(request: SignedIn, public_id: UUID, class_id: UUID | None = None) -> HttpResponse:
    """A class: made or changed."""
    organisation = _kept(request, public_id)
    rows = queries.classes_of(organisation.pk)
    kept = get_object_or_404(rows, public_id=class_id) if class_id else MemberClass(organisation=organisation)
    form = ClassForm(request.POST or None, instance=kept)
    if request.method == "POST" and form.is_valid():
        actions.save_class(member_class=form.save(commit=False), by=request.user)
        messages.success(request, _("La catégorie est enregistrée. Les adhésions passées gardent leur prix."))
        return redirect("membership:members", organisation.public_id)
    return render(request, "membership/class.html", {"organisation": organisation, "form": form, "kept": kept})


@require_http_methods(["GET", "POST"])
def enrol(request: SignedIn, public_id: UUID) -> HttpResponse:
    """Sign up a person or an organisation (`pour=organisation`) on behalf of the organisation."""
    organisation = _kept(request, public_id)
    whole_body = request.GET.get("pour") == HeldBy.ORGANISATION
    classes = queries.classes_of(organisation.pk, held_by=HeldBy.ORGANISATION if whole_body else HeldBy.PERSON)
    form = (EnrolOrganisationForm if whole_body else EnrolPersonForm)(request.POST or None, classes=classes)
    if request.method == "POST" and form.is_valid():
        act = actions.enrol_organisation if whole_body else actions.enrol_person
        try:
            made = act(now=timezone.now(), by=request.user, **form.values())
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(
                request,
                _("%(name)s est membre, sous le numéro %(number)s.") % {"name": made.name, "number": made.number},
            )
            return redirect("membership:member", organisation.public_id, made.public_id)
    context = {
        "organisation": organisation,
        "form": form,
        "has_classes": classes.exists(),
        "choices": [
            {"label": _("Une personne"), "href": "?", "current": not whole_body},
            {"label": _("Une organisation"), "href": "?pour=organisation", "current": whole_body},
        ],
    }
    return render(request, "membership/enrol.html", context, status=422 if form.errors else 200)


@require_GET
def member(request: SignedIn, public_id: UUID, member_id: UUID) -> HttpResponse:
    """A member's history in the organisation."""
    organisation = _kept(request, public_id)
    shown = get_object_or_404(
        Membership.objects.select_related("person", "member_organisation"),
        organisation=organisation,
        public_id=member_id,
    )
    history = list(queries.history_of(shown))
    today = timezone.localdate()
    theirs = shown.member_organisation
    return render(
        request,
        "membership/member.html",
        {
            "organisation": organisation,
            "shown": shown,
            "member": shown.member,
            "buyers": list(queries.buyers_of(theirs.pk, today)) if theirs else [],
            "history": history,
            "status": queries.status_on([m.during for m in history], today),
            "today": today,
        },
    )


@require_POST
def act(request: SignedIn, public_id: UUID, member_id: UUID, verb: str) -> HttpResponse:
    """Renew or end a membership, by the organisation."""
    organisation = _kept(request, public_id)
    shown = get_object_or_404(Membership, organisation=organisation, public_id=member_id)
    try:
        if verb == "renouvellement":
            actions.renew(membership_id=shown.pk, today=timezone.localdate(), by=request.user)
            messages.success(request, _("L'adhésion est renouvelée."))
        else:
            actions.leave(membership_id=shown.pk, on=date_of(request.POST.get("on", "")), by=request.user)
            messages.success(request, _("L'adhésion prend fin à cette date."))
    except (Refused, ValueError) as refused:
        messages.error(request, str(refused))
    return redirect("membership:member", organisation.public_id, shown.public_id)


@require_http_methods(["GET", "POST"])
def import_members(request: SignedIn, public_id: UUID) -> HttpResponse:
    """Take the members that are in a spreadsheet: shown first, written once confirmed."""
    organisation = _kept(request, public_id)
    missing = None
    if not queries.classes_of(organisation.pk).exists():
        missing = {
            "title": _("Créez d'abord une catégorie"),
            "text": _("Chaque membre en a une."),
            "href": reverse("membership:new_class", args=[organisation.public_id]),
            "action": _("Créer une catégorie"),
        }
    return imports.page(request, "maillage.membership.sheet:MEMBERS", organisation, missing=missing)
