"""Enterprises: list and file, journey, notes, consent to show the journey."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from maillage.core.actions import Refused
from maillage.directory.models import Organisation, Territory
from maillage.directory.queries import history_of, organisations_where, people_of, person_of
from maillage.directory.types import SignedIn

from .. import actions, queries
from ..journey import journey
from ..models import Note, Visibility
from ..queries.clients import with_last_work
from ..types import WORKERS
from .common import me, number_of, reading_or_404, resolve_enterprise, working_organisation


class OpenForm(forms.Form):
    enterprise = forms.CharField(label=gettext_lazy("Nom ou NEQ de l'entreprise"), max_length=240)
    create = forms.BooleanField(label=gettext_lazy("Créer cette fiche"), required=False)
    unknown = False


class NoteForm(forms.Form):
    body = forms.CharField(label=gettext_lazy("Note"), widget=forms.Textarea(attrs={"rows": 3}), max_length=8000)
    visibility = forms.ChoiceField(
        label=gettext_lazy("Qui la lit"), choices=Visibility.choices, initial=Visibility.ORGANISATION
    )
    shared_with = forms.CharField(label=gettext_lazy("Quelle autre organisation"), max_length=200, required=False)


class ShareForm(forms.Form):
    shown_to = forms.CharField(label=gettext_lazy("Organisation qui verra le parcours"), max_length=200)
    consented_by = forms.CharField(label=gettext_lazy("Qui a consenti, à l'entreprise"), max_length=160)


def enterprises(request: SignedIn) -> HttpResponse:
    reading_or_404(request)
    text, mrc, mine = request.GET.get("q", ""), number_of(request.GET.get("mrc")), "moi" in request.GET
    person = person_of(user=request.user)
    rows = queries.enterprises_for(
        user=request.user, text=text, mrc_id=mrc, adviser_id=person.pk if mine and person else None
    )
    page = Paginator(with_last_work(rows, user=request.user), 40).get_page(request.GET.get("page"))
    followed = queries.enterprises_for(user=request.user).order_by().exclude(mrc=None).values("mrc_id")
    mrcs = Territory.objects.filter(pk__in=followed)
    return render(
        request,
        "accompaniment/enterprises.html",
        {"page": page, "text": text, "mrc": mrc, "mine": mine, "mrcs": list(mrcs), "form": OpenForm()},
    )


@require_POST
def enterprise_open(request: SignedIn) -> HttpResponse:
    """Open the file of an enterprise of the directory, or of a new one."""
    organisation, today = working_organisation(request), timezone.localdate()
    form = OpenForm(request.POST)
    enterprise = None
    if form.is_valid():
        enterprise = resolve_enterprise(request, form, today=today, create=form.cleaned_data["create"])
    if enterprise is None:
        return render(request, "accompaniment/enterprise_open.html", {"form": form}, status=422)
    actions.open_file(
        organisation_id=organisation.pk,
        enterprise_id=enterprise.pk,
        adviser_id=me(request).pk,
        today=today,
        by=request.user,
    )
    return redirect("accompaniment:enterprise", enterprise.public_id)


def enterprise(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.enterprise_for(user=request.user, public_id=public_id)
    kind = request.GET.get("genre", "")
    moments = journey(user=request.user, enterprise=row)
    today = timezone.localdate()
    works = bool(organisations_where(user=request.user, kinds=WORKERS))
    return render(
        request,
        "accompaniment/enterprise.html",
        {
            "row": row,
            "moments": [m for m in moments if not kind or m.kind == kind],
            "kinds": _kinds(moments),
            "kind": kind,
            "people": list(people_of(row, day=today)),
            "files": list(queries.files_of(user=request.user, enterprise=row)),
            "mandates": list(queries.mandates_for(user=request.user, enterprise=row)),
            "notes": list(queries.notes_for(user=request.user, enterprise=row)),
            "shares": list(queries.shares_of(user=request.user, enterprise=row)),
            "history": [c for c in history_of(row, limit=60) if c.by or c.at][:8],
            "note_form": NoteForm(),
            "share_form": ShareForm(),
            "works": works,
            "person": person_of(user=request.user),
        },
    )


def _kinds(moments: list[Any]) -> list[tuple[str, str, int]]:
    names = {
        "intervention": _("Interventions"),
        "mandate": _("Mandats"),
        "deliverable": _("Livrables"),
        "diagnostic": _("Diagnostics"),
        "referral": _("Références"),
        "financing": _("Financements"),
        "meeting": _("Démarchage"),
        "cohort": _("Cohortes"),
        "visit": _("Visites"),
        "activity": _("Activités"),
        "order": _("Achats"),
        "sale": _("Ventes"),
    }
    counts: dict[str, int] = {}
    for moment in moments:
        counts[moment.kind] = counts.get(moment.kind, 0) + 1
    return [(kind, names.get(kind, kind), n) for kind, n in sorted(counts.items(), key=lambda item: -item[1])]


def _named(request: SignedIn, text: str) -> Organisation | None:
    found = queries.find_enterprises(user=request.user, texts={text.strip()})[text.strip()] if text.strip() else []
    return found[0] if len(found) == 1 else None


@require_POST
def note_new(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.enterprise_for(user=request.user, public_id=public_id)
    organisation, form = working_organisation(request), NoteForm(request.POST)
    if form.is_valid():
        shared = _named(request, form.cleaned_data["shared_with"])
        try:
            actions.add_note(
                organisation_id=organisation.pk,
                enterprise_id=row.pk,
                author=me(request),
                body=form.cleaned_data["body"],
                visibility=form.cleaned_data["visibility"],
                shared_with_id=shared.pk if shared else None,
                now=timezone.now(),
                by=request.user,
            )
            messages.success(request, _("La note est gardée."))
        except Refused as refused:
            messages.error(request, str(refused))
    else:
        messages.error(request, _("La note est vide."))
    return redirect("accompaniment:enterprise", row.public_id)


@require_POST
def note_remove(request: SignedIn, public_id: UUID, note_id: UUID) -> HttpResponse:
    row = queries.enterprise_for(user=request.user, public_id=public_id)
    note: Note | None = queries.notes_for(user=request.user, enterprise=row).filter(public_id=note_id).first()
    if note is not None:
        try:
            actions.remove_note(note_id=note.pk, author=me(request), now=timezone.now(), by=request.user)
            messages.success(request, _("La note est retirée."))
        except Refused as refused:
            messages.error(request, str(refused))
    return redirect("accompaniment:enterprise", row.public_id)


@require_POST
def share_new(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.enterprise_for(user=request.user, public_id=public_id)
    organisation, form = working_organisation(request), ShareForm(request.POST)
    shown_to = _named(request, form.cleaned_data["shown_to"]) if form.is_valid() else None
    if shown_to is None:
        messages.error(request, _("Choisissez une organisation du répertoire."))
        return redirect("accompaniment:enterprise", row.public_id)
    try:
        actions.share_journey(
            enterprise_id=row.pk,
            organisation_id=organisation.pk,
            shown_to_id=shown_to.pk,
            consented_by=form.cleaned_data["consented_by"],
            today=timezone.localdate(),
            by=request.user,
        )
        messages.success(request, _("%(name)s voit maintenant ce parcours, sans les notes.") % {"name": shown_to.name})
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("accompaniment:enterprise", row.public_id)


@require_POST
def share_withdraw(request: SignedIn, public_id: UUID, share_id: UUID) -> HttpResponse:
    row = queries.enterprise_for(user=request.user, public_id=public_id)
    working_organisation(request)
    share = queries.shares_of(user=request.user, enterprise=row).filter(public_id=share_id).first()
    if share is not None:
        actions.withdraw_share(share_id=share.pk, today=timezone.localdate(), by=request.user)
        messages.success(request, _("Le parcours n'est plus montré."))
    return redirect("accompaniment:enterprise", row.public_id)
