"""Programmes, editions, activities and their sessions, visits, enrolments."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core.actions import Refused, action, check_ours, locked
from maillage.core.events import publish
from maillage.directory.models import Organisation
from maillage.directory.models.frozen import region_of, snapshot
from maillage.directory.queries import canonical_ids
from maillage.directory.types import Account
from maillage.funding.models import Agreement, Stream

from .. import access
from ..models import (
    Activity,
    ActivityKind,
    ActivityState,
    Edition,
    Enrolment,
    EnrolmentState,
    OrganiserRole,
    Partner,
    Programme,
    RegistrationState,
    Session,
    Talk,
    Visit,
    VisitExpert,
)
from ..models.activity import SEATED
from ..types import RegistrationChanged, SessionDropped
from .registrations import CONFIRM, offer_free_seats, tell_those_of_the_draft, written_to


class TitleTaken(Refused):
    """Another programme of the organisation has this title."""


class NumberTaken(Refused):
    """Another edition of the programme has this number."""


class NoPlaceLeft(Refused):
    """The edition takes no more enterprises."""


class NotATour(Refused):
    """Visits belong to an edition of the kind "tour"."""


class HasRegistrations(Refused):
    """People hold a seat, or a place in the list, and were told of it."""


class HasPresences(Refused):
    """A session with presences does not go."""


class BelowSeated(Refused):
    """The capacity is smaller than the number of people who have a seat."""


@action(access.team)
def create_programme(*, organisation_id: int, title: str, by: Account | None, **values: Any) -> Programme:
    """Raises TitleTaken."""
    try:
        with transaction.atomic():
            return Programme.objects.create(organisation_id=organisation_id, title=title, **values)
    except IntegrityError as error:
        raise TitleTaken(_("Un programme porte déjà ce titre.")) from error


@action(access.programme)
def create_edition(
    *,
    programme_id: int,
    kind: str,
    title: str,
    starts_on: date,
    ends_on: date | None,
    by: Account | None,
    **values: Any,
) -> Edition:
    """An edition from `starts_on` (in) to `ends_on` (out; None: without an end), run by the programme's
    organisation. Raises NumberTaken."""
    programme = Programme.objects.get(pk=programme_id)
    values.setdefault("organisation_id", programme.organisation_id)
    with _numbered():
        return Edition.objects.create(
            programme=programme, kind=kind, title=title, during=(starts_on, ends_on), **values
        )


@action(access.edition)
def save_edition(
    *, edition_id: int, starts_on: date, ends_on: date | None, by: Account | None, **values: Any
) -> Edition:
    """Change an edition. Raises NumberTaken."""
    row = locked(Edition, edition_id)
    row.during = (starts_on, ends_on)
    for name, value in values.items():
        setattr(row, name, value)
    with _numbered():
        row.save()
    return row


@contextmanager
def _numbered() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "edition_number_once" not in str(error):
            raise
        raise NumberTaken(_("Ce programme a déjà une édition de ce numéro.")) from error


@action(access.edition)
def enrol(
    *, edition_id: int, enterprise_id: int, joined_on: date, by: Account | None, person_id: int | None = None
) -> Enrolment:
    """The enterprise takes part; MRC, sector and size are copied. Idempotent. Raises NoPlaceLeft."""
    edition = locked(Edition, edition_id)
    enterprise = Organisation.objects.get(pk=canonical_ids([enterprise_id])[enterprise_id])
    standing = list(edition.enrolments.exclude(state=EnrolmentState.WITHDRAWN))
    one = canonical_ids(row.enterprise_id for row in standing)
    known = next((row for row in standing if one[row.enterprise_id] == enterprise.pk), None)
    if known is not None:
        return known
    taken = len(set(one.values()))
    if edition.places is not None and taken >= edition.places:
        raise NoPlaceLeft(_("Les %(n)s places de cette édition sont prises.") % {"n": edition.places})
    values = {"person_id": person_id, "joined_on": joined_on, "state": EnrolmentState.CONFIRMED, "ended_on": None}
    row, _made = Enrolment.objects.update_or_create(
        edition=edition, enterprise=enterprise, defaults={**values, **snapshot(enterprise, joined_on)}
    )
    return row


@action(access.enrolment)
def change_enrolment(*, enrolment_id: int, state: str, on: date, by: Account | None) -> Enrolment:
    """Confirm, complete or withdraw; the day is kept for the last two."""
    row = locked(Enrolment, enrolment_id)
    row.state = state
    row.ended_on = on if state in (EnrolmentState.COMPLETED, EnrolmentState.WITHDRAWN) else None
    row.save()
    return row


@action(access.edition)
def record_visit(
    *,
    edition_id: int,
    visited_on: date,
    by: Account | None,
    enterprise_id: int | None = None,
    mrc_id: int | None = None,
    region_id: int | None = None,
    expert_ids: Sequence[int] = (),
    summary: str = "",
    next_step: str = "",
    is_demo: bool = False,
) -> Visit:
    """A visit of a tour: to an enterprise (its MRC and the rest are copied), or a stop in an MRC or a region.

    Raises NotATour.
    """
    edition = Edition.objects.get(pk=edition_id)
    if edition.kind != "tour":
        raise NotATour(_("Les visites se notent dans une tournée."))
    frozen: dict[str, Any] = {"mrc_id": mrc_id, "region_id": region_id or region_of(mrc_id, visited_on)}
    if enterprise_id is not None:
        enterprise = Organisation.objects.get(pk=canonical_ids([enterprise_id])[enterprise_id])
        frozen = {**snapshot(enterprise, visited_on), "enterprise": enterprise}
    row = Visit.objects.create(
        edition=edition, visited_on=visited_on, summary=summary, next_step=next_step, is_demo=is_demo, **frozen
    )
    VisitExpert.objects.bulk_create([VisitExpert(visit=row, organisation_id=e) for e in dict.fromkeys(expert_ids)])
    return row


@action(access.edition)
def record_visits(
    *, edition_id: int, enterprise_ids: Sequence[int], by: Account | None, region_id: int | None = None, **told: Any
) -> list[Visit]:
    """The visits of one day to several enterprises, each a visit that counts by itself; without any, a stop in a
    region. All or nothing. Raises NotATour."""
    each = dict.fromkeys(canonical_ids(list(enterprise_ids)).values())
    if not each:
        return [record_visit(edition_id=edition_id, region_id=region_id, by=by, **told)]
    return [record_visit(edition_id=edition_id, enterprise_id=key, by=by, **told) for key in each]


@action(access.visit)
def cancel_visit(*, visit_id: int, reason: str, now: datetime, by: Account | None) -> None:
    """A visit that did not take place stays, and does not count."""
    row = locked(Visit, visit_id)
    row.cancelled_at, row.cancel_reason = now, reason[:200]
    row.save()


@action(access.partner)
def add_partner(
    *,
    organisation_id: int,
    role: str,
    by: Account | None,
    edition_id: int | None = None,
    activity_id: int | None = None,
) -> Partner:
    """An organisation that takes part in an edition or an activity. Idempotent."""
    of: dict[str, Any] = {"edition_id": edition_id, "activity_id": activity_id}
    row, _made = Partner.objects.get_or_create(organisation_id=organisation_id, role=role, **of)
    return row


@action(access.an_activity)
def save_activity(
    *,
    organisation_id: int,
    values: dict[str, Any],
    sessions: Sequence[tuple[datetime, datetime]] | None,
    now: datetime,
    by: Account | None,
    activity_id: int | None = None,
) -> Activity:
    """Make or change an activity; its first and last days follow from its sessions. A session that stays on its day
    keeps its attendances. Seats that a larger capacity frees are offered to those who wait; those who have a seat are
    told when a session or the place moved. Raises BelowSeated, NotOurs.
    """
    check_ours(
        organisation_id,
        stream=(Stream, values.get("stream_id")),
        edition=(Edition, values.get("edition_id")),
        agreement=(Agreement, values.get("agreement_id")),
    )
    row = Activity(organisation_id=organisation_id) if activity_id is None else locked(Activity, activity_id)
    before = (row.place, row.online_url)
    for name, value in values.items():
        setattr(row, name, value)
    _check_capacity(row)
    row.region_id = region_of(row.mrc_id, row.starts_on or timezone.localdate(now)) or row.region_id
    if sessions:
        row.starts_on = timezone.localdate(min(start for start, _end in sessions))
        row.last_on = timezone.localdate(max(end for _start, end in sessions))
    elif row.starts_on and not row.last_on:
        row.last_on = row.starts_on
    row.save()
    moved = activity_id is not None and before != (row.place, row.online_url)
    if moved:
        row.sessions.update(sequence=F("sequence") + 1)
    if sessions is not None:
        moved = _set_sessions(row, sessions) or moved
    if moved and row.state == ActivityState.PUBLISHED:
        _tell(row, "moved", SEATED)
    if activity_id is not None and row.state == ActivityState.PUBLISHED:
        offer_free_seats(activity_id=row.pk, now=now, by=by)
    return row


def _check_capacity(row: Activity) -> None:
    if row.pk is None or row.capacity is None:
        return
    seated = row.registrations.filter(state__in=["confirmed", "offered"]).count()
    if row.capacity < seated:
        raise BelowSeated(
            _("%(n)s personnes ont déjà une place : la capacité ne peut pas être plus petite.") % {"n": seated}
        )


def _tell(row: Activity, what: str, states: Sequence[str]) -> None:
    """A message for each person registered in one of these states, who has an address."""
    known = written_to(row.pk).exclude(hold_until=F("created_at") + CONFIRM)  # the others confirmed no address
    for key in known.filter(state__in=states).values_list("pk", flat=True):
        publish(RegistrationChanged(registration_id=key, what=what))


def _set_sessions(row: Activity, sessions: Sequence[tuple[datetime, datetime]]) -> bool:
    """Whether a session moved, came or went, for people who registered before. A session that is still there at its
    hours, else on its day, is the same one, with its presences; of the others, the first becomes the first."""
    wanted, known = sorted(sessions), list(row.sessions.order_by("starts_at", "pk"))
    kept = _same(wanted, known)
    moved = False
    for session in known:
        if session not in kept.values():
            _drop(row, session)
    Session.objects.filter(pk__in=[s.pk for s in kept.values()]).update(number=F("number") + _ASIDE)
    for number, (start, end) in enumerate(wanted, start=1):
        session = kept.get(number) or Session(activity=row)
        changed = (session.starts_at, session.ends_at) != (start, end)
        if session.pk and changed:
            session.sequence += 1
            session.reminded_at = None
        moved = moved or changed
        session.number, session.starts_at, session.ends_at = number, start, end
        session.save()
    return moved


_ASIDE = 10_000  # added to a number while others take it


def _same(wanted: list[tuple[datetime, datetime]], known: list[Session]) -> dict[int, Session]:
    """Which of the known sessions each of the wanted ones is, by its rank from 1."""
    kept: dict[int, Session] = {}
    ways: tuple[Callable[[datetime, datetime, Session], bool], ...] = (
        lambda start, end, s: (s.starts_at, s.ends_at) == (start, end),
        lambda start, end, s: s.starts_at == start,
        lambda start, end, s: timezone.localdate(s.starts_at) == timezone.localdate(start),
        lambda start, end, s: True,
    )
    left = list(known)
    for same in ways:
        for number, (start, end) in enumerate(wanted, start=1):
            found = next((s for s in left if number not in kept and same(start, end, s)), None)
            if found is not None:
                kept[number] = found
                left.remove(found)
    return kept


def _drop(row: Activity, session: Session) -> None:
    """The session goes, from calendars too. Raises HasPresences."""
    if session.attendances.exists():
        raise HasPresences(_("Des présences sont notées à la séance %(n)s : elle reste.") % {"n": session.number})
    for key in written_to(row.pk).filter(state=RegistrationState.CONFIRMED).values_list("pk", flat=True):
        publish(
            SessionDropped(
                registration_id=key,
                key=session.public_id.hex,
                sequence=session.sequence + 1,
                starts_at=session.starts_at,
                ends_at=session.ends_at,
            )
        )
    session.delete()


@action(access.activity)
def set_activity_state(*, activity_id: int, state: str, by: Account | None) -> Activity:
    """Publish, cancel, or take back to draft. Whoever registered is told that it is cancelled, or on again, and their
    calendar follows; whoever the team registered in a draft is told once it is published. Raises HasRegistrations for
    a draft again of what people were told of."""
    row = locked(Activity, activity_id)
    told = row.registrations.exclude(state=RegistrationState.CANCELLED).exclude(mailed_at=None)
    if state == ActivityState.DRAFT and row.state != state and told.exists():
        raise HasRegistrations(_("Des personnes y sont inscrites : annulez l'activité, elles en seront prévenues."))
    before, row.state = row.state, state
    row.save()
    if before == ActivityState.DRAFT and state == ActivityState.PUBLISHED:
        tell_those_of_the_draft(row)
    if before != state and ActivityState.CANCELLED in (before, state):
        row.sessions.update(sequence=F("sequence") + 1)
        if state == ActivityState.CANCELLED:
            _tell(row, "cancelled", (*SEATED, RegistrationState.WAITING))
        elif state == ActivityState.PUBLISHED:
            _tell(row, "moved", SEATED)
    return row


@action(access.activity)
def set_head_count(*, activity_id: int, head_count: int | None, by: Account | None) -> None:
    """How many people were there, counted by eye; told apart from the presences noted by name."""
    row = locked(Activity, activity_id)
    row.head_count = head_count
    row.save()


@action(access.activity)
def save_talk(*, activity_id: int, values: dict[str, Any], by: Account | None, talk_id: int | None = None) -> Talk:
    """Add a talk, a panel or a booth to a conference, or change one."""
    row = Talk.objects.get(pk=talk_id, activity=activity_id) if talk_id else Talk(activity_id=activity_id)
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    return row


@action(access.activity)
def delete_talk(*, activity_id: int, talk_id: int, by: Account | None) -> None:
    """Take a talk out of the programme."""
    Talk.objects.filter(pk=talk_id, activity=activity_id).delete()


class DateMissing(Refused):
    """A representation at an event has a day; a committee may have none."""


@action(access.team)
def record_representation(
    *,
    organisation_id: int,
    kind: str,
    title: str,
    on: date | None,
    by: Account | None,
    place: str = "",
    represented_by_id: int | None = None,
    stream_id: int | None = None,
    outcome: str = "",
    met_ids: Sequence[int] = (),
) -> Activity:
    """Someone represented the organisation at an event, or sits for it in a committee (`kind`). Without a day a
    committee is listed, and no figure of a period counts it. `met_ids`: organisations met there. Raises DateMissing,
    NotOurs."""
    check_ours(organisation_id, stream=(Stream, stream_id))
    if on is None and kind != ActivityKind.COMMITTEE:
        raise DateMissing(_("Choisissez le jour de l'événement."))
    row = Activity.objects.create(
        organisation_id=organisation_id,
        kind=kind,
        role=OrganiserRole.PARTICIPANT,
        title=title,
        starts_on=on,
        last_on=on,
        place=place,
        represented_by_id=represented_by_id,
        stream_id=stream_id,
        outcome=outcome,
        state=ActivityState.PUBLISHED,
    )
    Partner.objects.bulk_create(
        Partner(activity=row, organisation_id=key, role="met") for key in dict.fromkeys(met_ids)
    )
    return row


@action(access.activity)
def remove_partner(*, activity_id: int, partner_id: int, by: Account | None) -> None:
    """Take a partner out of an activity."""
    Partner.objects.filter(pk=partner_id, activity=activity_id).delete()
