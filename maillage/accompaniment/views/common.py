"""What the views of accompaniment share."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils.text import slugify
from django.utils.translation import gettext as _

from maillage.core.numbers import whole
from maillage.core.text import fold
from maillage.directory.actions import create_organisation, create_person
from maillage.directory.models import Organisation, Person
from maillage.directory.queries import Acting, acting, organisations_where, people_of, person_of, standing_of
from maillage.directory.types import SignedIn

from .. import actions, queries
from ..forms import PartyForm
from ..types import READERS, WORKERS, PartyEntry


def working_organisation(request: SignedIn, kinds: tuple[str, ...] = WORKERS) -> Organisation:
    """The organisation that the user works for: the one asked (`pour`) or chosen before, else the first. Http404 for
    those who work nowhere."""
    return acting(request, kinds).one


def reading(request: SignedIn) -> Acting:
    """The organisations whose work the page lists: all of the user's, or the one chosen. Http404 for who reads none."""
    return acting(request, READERS, may_be_all=True)


def reading_or_404(request: SignedIn) -> None:
    """Http404 for who reads no organisation's work."""
    if not organisations_where(user=request.user, kinds=READERS):
        raise Http404


def works(request: SignedIn, organisation_id: int) -> bool:
    """Whether the user may change the organisation's work."""
    return organisation_id in organisations_where(user=request.user, kinds=WORKERS)


def me(request: SignedIn) -> Person:
    """The person behind the account; Http404 without one."""
    person = person_of(user=request.user)
    if person is None:
        raise Http404
    return person


def one_of(rows: Any, public_id: UUID) -> Any:
    """The row of that public id; Http404 when the user may not know of it."""
    row = rows.filter(public_id=public_id).first()
    if row is None:
        raise Http404
    return row


def pdf_answer(document: bytes, name: str) -> HttpResponse:
    """A PDF to keep, named in the reader's language."""
    headers = {"Content-Disposition": f'attachment; filename="{slugify(name)}.pdf"'}
    return HttpResponse(document, content_type="application/pdf", headers=headers)


def number_of(text: Any) -> int | None:
    """A key that came in an address; None for anything else."""
    return whole(text)


def resolve_enterprise(request: SignedIn, form: Any, *, today: date, create: bool = False) -> Organisation | None:
    """The enterprise that the form's text names; an error on the form says what to do when none or several are."""
    text = form.cleaned_data.get("enterprise", "").strip()
    if not text:
        return None
    found = queries.find_enterprises(user=request.user, texts={text})[text]
    return _chosen(request, form, text, found, today, create)


def _chosen(
    request: SignedIn, form: Any, text: str, found: list[Organisation], today: date, create: bool
) -> Organisation | None:
    if len(found) == 1:
        return found[0]
    if len(found) > 1:
        form.add_error(
            "enterprise",
            _("Plusieurs entreprises portent ce nom. Choisissez dans la liste, ou écrivez le NEQ."),
        )
        return None
    if create:
        return create_organisation(name=text, by=request.user, today=today)
    form.unknown = True
    form.add_error(
        "enterprise",
        _("« %(name)s » n'est pas au répertoire. Corrigez le nom, ou cochez « Créer cette fiche ».") % {"name": text},
    )
    return None


def resolve_parties(request: SignedIn, forms: Iterable[PartyForm], *, today: date) -> tuple[PartyEntry, ...]:
    """The parties that the forms name; errors stand on the forms. A person who is not known joins the enterprise's
    team."""
    parties = []
    for form in forms:
        if form.is_blank:
            continue
        create = bool(form.cleaned_data.get("create"))
        enterprise = resolve_enterprise(request, form, today=today, create=create)
        if form.errors:
            continue
        person = _person(request, form, enterprise, today)
        if enterprise or person:
            parties.append(
                PartyEntry(
                    enterprise.pk if enterprise else None, person.pk if person else None, form.cleaned_data["role"]
                )
            )
    return tuple(parties)


def _person(request: SignedIn, form: PartyForm, enterprise: Organisation | None, today: date) -> Person | None:
    name = form.cleaned_data.get("person", "").strip()
    if not name:
        return None
    if enterprise is None:
        form.add_error("person", _("Indiquez aussi l'entreprise de cette personne."))
        return None
    for person in people_of(enterprise, day=today):
        if fold(person.name) == fold(name):
            return person
    given, _space, family = name.partition(" ")
    if standing_of(user=request.user, organisation=enterprise).managed:  # its direction says who is of its team
        return create_person(values={"given_name": given, "family_name": family}, by=request.user)
    return actions.note_staff(enterprise_id=enterprise.pk, name=name, since=today, by=request.user)
