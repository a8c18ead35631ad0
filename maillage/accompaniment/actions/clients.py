"""The enterprise's file: opening, adviser in charge, consent to show the journey, confidential notes."""

from collections.abc import Iterable
from datetime import date, datetime

from django.utils.translation import gettext as _

from maillage.core.actions import NotAllowed, Refused, action, locked
from maillage.directory.models import Organisation, Person
from maillage.directory.text import name_key
from maillage.directory.types import Account

from .. import access
from ..models import CanvassMeeting, ClientFile, JourneyShare, Note, Visibility


class EmptyNote(Refused):
    """A note says something."""


class ShareWithWhom(Refused):
    """A shared note names the organisation that reads it."""


class ConsentMissing(Refused):
    """Who consented, for the enterprise, is not told."""


@action(access.team)
def open_file(
    *, organisation_id: int, enterprise_id: int, adviser_id: int | None, today: date, by: Account | None
) -> ClientFile:
    """The organisation follows the enterprise; the meetings held with it before are tied to it. Idempotent."""
    row, made = ClientFile.objects.get_or_create(
        organisation_id=organisation_id,
        enterprise_id=enterprise_id,
        defaults={"adviser_id": adviser_id, "opened_on": today},
    )
    if made:
        link_meetings(organisation_id, [row.enterprise])
    return row


@action(access.file)
def assign_adviser(*, file_id: int, adviser_id: int | None, by: Account | None) -> None:
    """The person in charge of the enterprise in its file."""
    ClientFile.objects.filter(pk=file_id).update(adviser_id=adviser_id)


@action(access.team)
def share_journey(
    *,
    enterprise_id: int,
    organisation_id: int,
    shown_to_id: int,
    consented_by: str,
    today: date,
    by: Account | None,
) -> JourneyShare:
    """`shown_to` sees what `organisation` did with the enterprise, never the notes. Idempotent while it lasts.

    Raises ConsentMissing (source: the enterprise's consent is asked before its file is shown).
    """
    if not consented_by.strip():
        raise ConsentMissing(_("Écrivez le nom de la personne de l'entreprise qui a consenti."))
    row, _made = JourneyShare.objects.get_or_create(
        enterprise_id=enterprise_id,
        organisation_id=organisation_id,
        shown_to_id=shown_to_id,
        withdrawn_on=None,
        defaults={"consented_on": today, "consented_by": consented_by.strip()[:160]},
    )
    return row


@action(access.share)
def withdraw_share(*, share_id: int, today: date, by: Account | None) -> None:
    """The journey is not shown any more from today."""
    JourneyShare.objects.filter(pk=share_id, withdrawn_on=None).update(withdrawn_on=today)


@action(access.team_and_notes_author)
def add_note(
    *,
    organisation_id: int,
    enterprise_id: int,
    author: Person,
    body: str,
    visibility: str,
    shared_with_id: int | None,
    now: datetime,
    by: Account | None,
) -> Note:
    """A note that its author alone, the organisation, or the organisation and one other read.

    Raises EmptyNote, ShareWithWhom.
    """
    if not body.strip():
        raise EmptyNote(_("La note est vide."))
    if visibility == Visibility.SHARED and not shared_with_id:
        raise ShareWithWhom(_("Choisissez l'organisation qui lira cette note."))
    return Note.objects.create(
        organisation_id=organisation_id,
        enterprise_id=enterprise_id,
        author=author,
        body=body.strip(),
        visibility=visibility,
        shared_with_id=shared_with_id if visibility == Visibility.SHARED else None,
        created_at=now,
    )


@action(access.note)
def remove_note(*, note_id: int, author: Person, now: datetime, by: Account | None) -> None:
    """Its author takes a note away. Raises NotAllowed for anyone else."""
    note = locked(Note, note_id)
    if note.author_id != author.pk:
        raise NotAllowed(_("Seule la personne qui a écrit une note peut la retirer."))
    if note.removed_at is None:
        note.removed_at = now
        note.save()


@action(access.note)
def restore_note(*, note_id: int, author: Person, by: Account | None) -> None:
    """Its author puts back a note that they took away. Raises NotAllowed for anyone else."""
    note = locked(Note, note_id)
    if note.author_id != author.pk:
        raise NotAllowed(_("Seule la personne qui a écrit une note peut la remettre."))
    if note.removed_at is not None:
        note.removed_at = None
        note.save()


def link_meetings(organisation_id: int, enterprises: Iterable[Organisation]) -> int:
    """The canvassing meetings that named these enterprises before they had a file are tied to them; whether they were
    clients that day does not change. Inside an action; two statements, one when nothing waits. How many were tied."""
    waiting = list(
        CanvassMeeting.objects.filter(organisation=organisation_id, enterprise=None, cancelled_at=None).values_list(
            "pk", "company_name"
        )[:5000]
    )
    if not waiting:
        return 0
    named = {name_key(e.name): e.pk for e in enterprises}
    rows: dict[int, list[int]] = {}
    for key, name in waiting:
        if (enterprise_id := named.get(name_key(name))) is not None:
            rows.setdefault(enterprise_id, []).append(key)
    for enterprise_id, keys in rows.items():
        CanvassMeeting.objects.filter(pk__in=keys).update(enterprise_id=enterprise_id)
    return sum(len(keys) for keys in rows.values())
