"""Bodies, seats and terms. A seat has one holder at a time: the database refuses a second, whoever writes first."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, ProtectedError
from django.utils.translation import gettext as _

from maillage.core.actions import Refused, action, locked
from maillage.core.dates import say
from maillage.directory.actions import give_consent
from maillage.directory.models import Consent, ConsentText
from maillage.directory.types import Account

from .. import access
from ..models import Body, Seat, SeatRole, Term, TermOrigin

CONSENT = "gouvernance"
"""The purpose of the consent to be named on a public page of governance."""


class NameTaken(Refused):
    """Another body of the organisation has this name."""


class PostsDoNotVote(Refused):
    """Observers and people who work there do not vote."""


class SeatTaken(Refused):
    """Someone else holds the seat during part of these dates."""


class WrongDates(Refused):
    """A term ends after its first day, within what it was."""


class NobodyNamed(Refused):
    """A term is held by a person or for an organisation."""


class TermInUse(Refused):
    """The term came of an election, or presences are noted under it: it is ended, not withdrawn."""


@action(access.team)
def create_body(*, organisation_id: int, kind: str, name: str, by: Account | None, **values: Any) -> Body:
    """A body of the organisation, without seats. Raises NameTaken."""
    try:
        with transaction.atomic():
            return Body.objects.create(organisation_id=organisation_id, kind=kind, name=name, **values)
    except IntegrityError as error:
        raise NameTaken(_("Une instance porte déjà ce nom.")) from error


@action(access.body)
def edit_body(*, body_id: int, values: dict[str, Any], by: Account | None) -> Body:
    """Raises NameTaken."""
    row = locked(Body, body_id)
    for name, value in values.items():
        setattr(row, name, value)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise NameTaken(_("Une instance porte déjà ce nom.")) from error
    return row


@action(access.body)
def dissolve_body(*, body_id: int, on: date, by: Account | None) -> Body:
    """The body no longer sits from `on`; the terms that run end that day. Its history stays."""
    row = locked(Body, body_id)
    row.dissolved_on = on
    row.save()
    for term in Term.objects.filter(seat__body=row, during__contains=on).exclude(during__startswith=on):
        _shorten(term, on, str(_("instance dissoute")))
    return row


@action(access.a_seat)
def save_seat(*, body_id: int, values: dict[str, Any], by: Account | None, seat_id: int | None = None) -> Seat:
    """Add a seat at the end, or change one. Raises PostsDoNotVote."""
    body = locked(Body, body_id)
    if seat_id is None:
        last = body.seats.aggregate(last=Max("order"))["last"] or 0
        row = Seat(body=body, order=last + 1)
    else:
        row = Seat.objects.get(pk=seat_id, body=body)
    for name, value in values.items():
        setattr(row, name, value)
    if row.voting and (row.role in (SeatRole.OBSERVER, SeatRole.POST) or body.of_posts):
        raise PostsDoNotVote(_("Un siège d'observation ou un poste n'a pas le droit de vote."))
    row.save()
    return row


@action(access.seat)
def abolish_seat(*, seat_id: int, on: date | None, by: Account | None) -> Seat:
    """The seat is no longer there from `on` (None: it is again); whoever holds it leaves that day."""
    row = locked(Seat, seat_id)
    row.abolished_on = on
    row.save()
    if on is not None:
        for term in row.terms.filter(during__contains=on).exclude(during__startswith=on):
            _shorten(term, on, str(_("siège aboli")))
    return row


@action(access.seat)
def fill_seat(
    *,
    seat_id: int,
    starts_on: date,
    ends_on: date | None,
    by: Account | None,
    person_id: int | None = None,
    organisation_id: int | None = None,
    on_behalf: str = "",
    origin: str = TermOrigin.APPOINTED,
    meeting_id: int | None = None,
    succeeds: bool = False,
    is_demo: bool = False,
) -> Term:
    """A term from `starts_on` (in) to `ends_on` (out; None: until it is ended). `succeeds`: the term that runs that day
    ends then.

    Raises NobodyNamed, WrongDates, SeatTaken.
    """
    if person_id is None and organisation_id is None:
        raise NobodyNamed(_("Choisissez la personne qui occupe le siège, ou l'organisation."))
    if ends_on is not None and ends_on <= starts_on:
        raise WrongDates(_("Le mandat finit après son premier jour."))
    # One at a time: rows that exclude each other, written at once, wait for each other in circles.
    locked(Seat, seat_id)
    if succeeds:
        for before in Term.objects.filter(seat=seat_id, during__contains=starts_on).exclude(
            during__startswith=starts_on
        ):
            _shorten(before, starts_on, "")
    try:
        with transaction.atomic():
            return Term.objects.create(
                seat_id=seat_id,
                person_id=person_id,
                organisation_id=organisation_id,
                on_behalf=on_behalf.strip(),
                during=(starts_on, ends_on),
                due_on=ends_on,
                origin=origin,
                meeting_id=meeting_id,
                is_demo=is_demo,
            )
    except IntegrityError as error:
        if "seat_held_once_at_a_time" not in str(error):
            raise
        raise SeatTaken(_("Ce siège est occupé pendant une partie de ces dates.")) from error


def _shorten(term: Term, on: date, reason: str) -> None:
    row = locked(Term, term.pk)
    row.during = (row.during.lower, on)
    row.end_reason = reason or row.end_reason
    row.save()


@action(access.term)
def end_term(*, term_id: int, last_day: date, reason: str, by: Account | None) -> Term:
    """The term ends after `last_day`, before it was due (or when it had no end), with its reason. Raises WrongDates."""
    row = locked(Term, term_id)
    on = last_day + timedelta(days=1)
    if on <= row.during.lower:
        raise WrongDates(_("Le mandat commence le %(day)s : il ne finit pas avant.") % {"day": say(row.during.lower)})
    if row.during.upper is not None and on > row.during.upper:
        raise WrongDates(_("Le mandat finit déjà avant ce jour. Pour le prolonger, notez un nouveau mandat."))
    row.during, row.end_reason = (row.during.lower, on), reason.strip()
    row.save()
    row.refresh_from_db()
    return row


@action(access.term)
def withdraw_term(*, term_id: int, by: Account | None) -> None:
    """A term noted by mistake goes; its trace stays in the history of the register. Raises TermInUse."""
    row = locked(Term, term_id)
    try:
        with transaction.atomic():
            row.delete()
    except ProtectedError as error:
        raise TermInUse(_("Ce mandat a servi : terminez-le plutôt, avec son motif.")) from error


@action(access.term)
def agree_to_be_named(*, term_id: int, now: datetime, by: Account | None) -> Consent | None:
    """The person said, on paper or aloud, that their name may stand on the public page. None without a person or a
    text."""
    row, text = Term.objects.get(pk=term_id), consent_text()
    if row.person_id is None or text is None:
        return None
    known = Consent.objects.filter(person=row.person_id, text=text, withdrawn_at=None).first()
    return known or give_consent(person_id=row.person_id, text_id=text.pk, now=now, by=by, source="registre")


def consent_text() -> ConsentText | None:
    """The words in force of the consent to be named."""
    return ConsentText.objects.filter(purpose=CONSENT, organisation=None).order_by("-version").first()
