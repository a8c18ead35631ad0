"""What is kept in an enterprise's file: notes, who sees the journey, people, its moves."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from maillage.core import fields
from maillage.core.actions import Refused
from maillage.core.templatetags.maillage import colon
from maillage.directory.models import Organisation, Sector
from maillage.directory.queries import roles_of, territories
from maillage.directory.types import RoleKind, SignedIn

from .. import actions, queries
from ..models import Note, Visibility
from .common import me, number_of, working_organisation


class NoteForm(forms.Form):
    body = forms.CharField(label=gettext_lazy("Note"), widget=forms.Textarea(attrs={"rows": 3}), max_length=8000)
    visibility = forms.ChoiceField(
        label=gettext_lazy("Qui la lit"), choices=Visibility.choices, initial=Visibility.ORGANISATION
    )
    shared_with = forms.CharField(label=gettext_lazy("Quelle autre organisation"), max_length=200, required=False)


class ShareForm(forms.Form):
    shown_to = forms.CharField(label=gettext_lazy("Organisation qui verra le parcours"), max_length=200)
    consented_by = forms.CharField(label=gettext_lazy("Qui a consenti, à l'entreprise"), max_length=160)


class PersonForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Nom"), max_length=160)
    title = forms.CharField(label=gettext_lazy("Fonction"), max_length=120, required=False)
    email = forms.EmailField(label=gettext_lazy("Courriel"), required=False)
    phone = forms.CharField(label=gettext_lazy("Téléphone"), max_length=24, required=False)
    since = fields.DateField(label=gettext_lazy("Depuis le"), widget=forms.DateInput)


class SituationForm(forms.Form):
    since = fields.DateField(label=gettext_lazy("Depuis le"), widget=forms.DateInput)
    mrc = forms.ChoiceField(label=gettext_lazy("MRC"), required=False)
    sector = forms.ChoiceField(label=gettext_lazy("Secteur"), required=False)
    employees = fields.IntegerField(label=gettext_lazy("Employés"), min_value=0, max_value=1_000_000, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, rows in (("mrc", territories(kind="mrc")), ("sector", Sector.objects.all())):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", ""), *((str(r.pk), r.name) for r in rows)]


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
            messages.success(request, _("La note est retirée. Vous pouvez la remettre, au bas des notes."))
        except Refused as refused:
            messages.error(request, str(refused))
    return redirect("accompaniment:enterprise", row.public_id)


@require_POST
def note_restore(request: SignedIn, public_id: UUID, note_id: UUID) -> HttpResponse:
    row = queries.enterprise_for(user=request.user, public_id=public_id)
    note: Note | None = queries.removed_notes(user=request.user, enterprise=row).filter(public_id=note_id).first()
    if note is not None:
        actions.restore_note(note_id=note.pk, author=me(request), by=request.user)
        messages.success(request, _("La note est remise."))
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


# --- people and situation --------------------------------------------------------------------


def _editable(request: SignedIn, public_id: UUID) -> Organisation:
    """The enterprise whose situation and staff the user may note (`queries.may_describe`); Http404 otherwise."""
    row = queries.enterprise_for(user=request.user, public_id=public_id)
    working_organisation(request)
    if not queries.may_describe(user=request.user, enterprise=row):
        raise Http404
    return row


def _tell(request: SignedIn, form: forms.Form) -> None:
    for field, errors in form.errors.items():
        label = form.fields[field].label if field in form.fields else ""
        said = " ".join(map(str, errors))
        messages.error(request, f"{label}{colon()} {said}" if label else said)


@require_POST
def person_new(request: SignedIn, public_id: UUID) -> HttpResponse:
    """Someone of the enterprise, with their function; they receive no access."""
    row, form = _editable(request, public_id), PersonForm(request.POST)
    if form.is_valid():
        v = form.cleaned_data
        actions.note_staff(
            enterprise_id=row.pk,
            name=v["name"],
            since=v["since"],
            title=v["title"],
            email=v["email"],
            phone=v["phone"],
            by=request.user,
        )
        messages.success(request, _("La personne est notée."))
    else:
        _tell(request, form)
    return redirect("accompaniment:enterprise", row.public_id)


@require_POST
def person_left(request: SignedIn, public_id: UUID, role_id: UUID) -> HttpResponse:
    """A member of the staff left the enterprise; other roles end in the team's page, by who manages it."""
    row = _editable(request, public_id)
    role = roles_of(row, past=False, day=timezone.localdate()).filter(public_id=role_id, kind=RoleKind.STAFF).first()
    if role is not None:
        actions.note_staff_left(role_id=role.pk, on=timezone.localdate(), by=request.user)
        messages.success(request, _("%(name)s ne fait plus partie de l'équipe.") % {"name": role.person.name})
    return redirect("accompaniment:enterprise", row.public_id)


@require_POST
def situation_new(request: SignedIn, public_id: UUID) -> HttpResponse:
    """The enterprise moved, changed of sector or of size on a day: past work keeps what it was."""
    row, form = _editable(request, public_id), SituationForm(request.POST)
    if form.is_valid():
        v = form.cleaned_data
        try:
            actions.note_situation(
                enterprise_id=row.pk,
                since=v["since"],
                mrc_id=number_of(v["mrc"]),
                sector_id=number_of(v["sector"]),
                employees=v["employees"],
                now=timezone.now(),
                by=request.user,
            )
            messages.success(
                request, _("Le changement est noté. Ce qui a été fait avant garde ce qui était vrai alors.")
            )
        except Refused as refused:
            messages.error(request, str(refused))
    else:
        _tell(request, form)
    return redirect("accompaniment:enterprise", row.public_id)


@require_POST
def situation_change(request: SignedIn, public_id: UUID, situation_id: UUID) -> HttpResponse:
    """The day of a change corrected, or a change taken back."""
    row = _editable(request, public_id)
    past = row.past_situations.filter(public_id=situation_id).first()
    if past is None:
        raise Http404
    try:
        if "retirer" in request.POST:
            actions.take_back_situation(situation_id=past.pk, by=request.user)
            messages.success(request, _("Le changement est retiré."))
        else:
            since = fields.DateField().clean(request.POST.get("since"))
            actions.move_situation(situation_id=past.pk, since=since, now=timezone.now(), by=request.user)
            messages.success(request, _("La date est corrigée."))
    except ValidationError:
        messages.error(request, _("Choisissez le jour du changement."))
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("accompaniment:enterprise", row.public_id)
