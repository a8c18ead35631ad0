"""Registrations with capacity and a fair waiting list, attendance, feedback.

The activity's row is the scarce one: it is locked once, then seats are counted, then written. Capacity is never
exceeded,
whoever registers at the same time (shown in tests with real threads).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core import limits
from maillage.core.actions import Refused, action, locked
from maillage.core.events import publish
from maillage.core.text import fold
from maillage.directory.models import Organisation, Unaccent
from maillage.directory.models.frozen import snapshot
from maillage.directory.queries import address_is_confirmed
from maillage.directory.types import Account

from .. import access
from ..models import (
    Activity,
    ActivityState,
    Attendance,
    Feedback,
    Registration,
    RegistrationState,
    Session,
    Talk,
    TalkPlace,
)
from ..models.activity import SEATED
from ..types import Registered, RegistrationChanged, SeatOffered

CONFIRM = timedelta(minutes=45)
"""How long a seat is held for an address that nobody confirmed."""
RESEND = timedelta(minutes=30)
"""How long a ticket's link is not sent again to whoever asks for it by typing an address."""


class RegistrationClosed(Refused):
    """The activity takes no registration now."""


class HoldOver(Refused):
    """The offered seat was taken, refused, or its hours are over."""


class NotRegistered(Refused):
    """This ticket has no seat at this activity."""


class TalkFull(Refused):
    """The talk has no seat left."""


class TooManyLetters(Refused):
    """A message waits at an address that nobody confirmed, or it received enough of them today."""


class Busy(Refused):
    """Too many people register in the same second."""


@contextmanager
def _locked(activity_id: int) -> Iterator[Activity]:
    """The activity, its row locked for at most three seconds of waiting. Raises Busy."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '3s'")
    try:
        with transaction.atomic():
            row = locked(Activity, activity_id)
            yield row
    except OperationalError as error:
        if "lock timeout" not in str(error):
            raise
        raise Busy(_("Beaucoup de monde s'inscrit en ce moment. Réessayez dans quelques secondes.")) from error


def is_open(activity: Activity, now: datetime) -> bool:
    """Whether people may register by themselves now: published, within the dates, not over."""
    if activity.state != ActivityState.PUBLISHED or activity.starts_on is None:
        return False
    if activity.registration_opens_at and now < activity.registration_opens_at:
        return False
    if activity.registration_closes_at:
        return now < activity.registration_closes_at
    return timezone.localdate(now) <= (activity.last_on or activity.starts_on)


@action(access.registering)
def register(
    *,
    activity_id: int,
    name: str,
    email: str,
    now: datetime,
    by: Account | None = None,
    person_id: int | None = None,
    enterprise_id: int | None = None,
    enterprise_name: str = "",
    phone: str = "",
    needs: str = "",
    language: str = "fr",
    staff: bool = False,
    verified: bool = True,
    is_demo: bool = False,
) -> Registration:
    """A seat if one is free and nobody waits for it, else a place at the end of the waiting list (`fresh`). Someone
    who is registered already (address and name) gets their registration back, and its link by e-mail, now and then.
    `staff`: entered by the organiser, whatever the dates. Not `verified`: nobody knows yet that the address is theirs;
    a free seat, or the place in the list, is held for 45 minutes, until they confirm by the link that it receives.

    The enterprise is recognised by its exact name, if only one has it; its MRC, sector and size are copied.
    Raises RegistrationClosed, TooManyLetters, Busy.
    """
    with _locked(activity_id) as activity:
        if not staff and not is_open(activity, now):
            raise RegistrationClosed(_("Les inscriptions ne sont pas ouvertes."))
        known = _registered(activity, email, name)
        if known is not None:
            return _again(known, now, verified=verified)
        if not verified and not limits.may_write_to(email, confirmed=is_confirmed(email)):
            raise TooManyLetters(
                _(
                    "Un message attend déjà à cette adresse. Ouvrez-le et confirmez, puis recommencez ; s'il n'est pas "
                    "arrivé, réessayez demain."
                )
            )
        _expire_holds(activity, now)
        state = RegistrationState.CONFIRMED if _has_seat(activity) else RegistrationState.WAITING
        enterprise = _enterprise(enterprise_id, enterprise_name)
        frozen: dict[str, Any] = (
            dict(snapshot(enterprise, activity.starts_on or timezone.localdate(now))) if enterprise else {}
        )
        row = Registration.objects.create(
            activity=activity,
            hold_token=None if verified else uuid4(),
            hold_until=None if verified else now + CONFIRM,
            person_id=person_id,
            name=name.strip(),
            email=email.strip().lower(),
            phone=phone,
            needs=needs,
            language=language,
            enterprise=enterprise,
            enterprise_name=enterprise.name if enterprise else enterprise_name.strip(),
            state=RegistrationState.OFFERED if state == RegistrationState.CONFIRMED and not verified else state,
            created_at=now,
            mailed_at=None if activity.state == ActivityState.DRAFT else now,
            is_demo=is_demo,
            **frozen,
        )
        row.fresh = True
        _offer(activity, now)
    if row.email and not is_demo and row.mailed_at is not None:
        publish(Registered(registration_id=row.pk))
    return row


def tell_those_of_the_draft(activity: Activity) -> None:
    """Who was registered while nobody could see the activity receives their ticket. Inside an action."""
    for row in written_to(activity.pk).filter(mailed_at=None).exclude(state=RegistrationState.CANCELLED):
        row.mailed_at = timezone.now()
        row.save(update_fields=["mailed_at"])
        publish(Registered(registration_id=row.pk))


def is_to_confirm(row: Registration) -> bool:
    """Whether the seat, or the place in the list, is held until its address is confirmed (an offer made to someone who
    waited is none)."""
    held = row.state in (RegistrationState.OFFERED, RegistrationState.WAITING) and row.hold_until is not None
    return held and row.hold_until == row.created_at + CONFIRM


def is_confirmed(email: str) -> bool:
    """Whether the holder of the address confirmed it: for an account, or a registration that stands (those that an
    organiser entered count: they know whom they wrote down)."""
    if address_is_confirmed(email=email):
        return True
    rows = Registration.objects.filter(email__iexact=email.strip(), state=RegistrationState.CONFIRMED)
    return bool(rows.exists())


def _again(row: Registration, now: datetime, *, verified: bool) -> Registration:
    due = row.mailed_at is None or row.mailed_at + RESEND <= now
    if due and (verified or limits.may_write_to(row.email, confirmed=is_confirmed(row.email))):
        row.mailed_at = now
        row.save()
        publish(Registered(registration_id=row.pk))
    return row


def _registered(activity: Activity, email: str, name: str) -> Registration | None:
    """The registration of that person: two people who share an address are two."""
    if not email.strip():
        return None
    rows = activity.registrations.exclude(state=RegistrationState.CANCELLED).filter(email__iexact=email.strip())
    return next((row for row in rows.order_by("pk") if fold(row.name) == fold(name)), None)


def _has_seat(activity: Activity) -> bool:
    """A seat is free, and nobody waits for it."""
    if activity.capacity is None:
        return True
    if activity.registrations.filter(state=RegistrationState.WAITING, hold_token=None).exists():
        return False
    return activity.registrations.filter(state__in=SEATED).count() < activity.capacity


def _enterprise(enterprise_id: int | None, name: str) -> Organisation | None:
    if enterprise_id is not None:
        return Organisation.objects.filter(pk=enterprise_id).first()
    if not fold(name):
        return None
    rows = Organisation.objects.filter(merged_into=None).alias(plain=Unaccent(Lower("name")))
    found = [o for o in rows.filter(plain__contains=fold(name).split()[0])[:50] if fold(o.name) == fold(name)]
    return found[0] if len(found) == 1 else None


def _expire_holds(activity: Activity, now: datetime) -> None:
    held = (RegistrationState.OFFERED, RegistrationState.WAITING)
    for row in activity.registrations.filter(state__in=held, hold_until__lte=now):
        row.state, row.hold_token, row.hold_until, row.cancelled_at = RegistrationState.CANCELLED, None, None, now
        row.save()


def _offer(activity: Activity, now: datetime) -> int:
    """Offer the free seats to the first who wait and confirmed their address; none at what is cancelled, a draft or
    begun, and none that is held past the beginning. The activity's row is locked."""
    begins = _begins(activity)
    if activity.state != ActivityState.PUBLISHED or begins is None or now >= begins:
        return 0
    waiting = activity.registrations.filter(state=RegistrationState.WAITING, hold_token=None)
    waiting = waiting.order_by("created_at", "pk")
    if activity.capacity is not None:
        free = activity.capacity - activity.registrations.filter(state__in=SEATED).count()
        waiting = waiting[: max(0, free)]
    count = 0
    for row in waiting:
        row.state, row.hold_token = RegistrationState.OFFERED, uuid4()
        row.hold_until = min(now + timedelta(hours=activity.hold_hours), begins)
        row.save()
        publish(SeatOffered(registration_id=row.pk))
        count += 1
    return count


def _begins(activity: Activity) -> datetime | None:
    """When it begins: its first session to come, else the end of its last day; None when it has no day."""
    first = activity.sessions.order_by("starts_at").first()
    if first is not None:
        return first.starts_at
    day = activity.last_on or activity.starts_on
    return timezone.make_aware(datetime.combine(day, time.max)) if day else None


@action(access.activity)
def offer_free_seats(*, activity_id: int, now: datetime, by: Account | None = None) -> int:
    """End the holds whose hours are over, and offer what is free to the first who wait. Returns how many were
    offered."""
    with _locked(activity_id) as activity:
        _expire_holds(activity, now)
        return _offer(activity, now)


@action(access.seat_in_hand)
def take_offered_seat(*, token: UUID, now: datetime, by: Account | None = None) -> Registration:
    """The person who waited takes the seat that is held for them: once, before the hold ends. Whoever confirms an
    address that waits stays in the list, where they were. Raises HoldOver."""
    waiting = Registration.objects.filter(hold_token=token, state=RegistrationState.WAITING).first()
    if waiting is not None:
        with _locked(waiting.activity_id) as activity:
            row = _held(token, RegistrationState.WAITING, now)
            row.hold_token, row.hold_until = None, None
            row.save()
            _offer(activity, now)
        row.refresh_from_db()
        return row
    row = _held(token, RegistrationState.OFFERED, now)
    row.state, row.hold_token, row.hold_until = RegistrationState.CONFIRMED, None, None
    row.save()
    publish(Registered(registration_id=row.pk))
    return row


def _held(token: UUID, state: str, now: datetime) -> Registration:
    row = Registration.objects.select_for_update(of=("self",), no_key=True).filter(hold_token=token).first()
    if row is None or row.state != state or row.hold_until is None or row.hold_until <= now:
        raise HoldOver(_("Cette offre n'est plus valable : elle a servi, ou son délai est passé."))
    return row


@action(access.registration)
def cancel_registration(*, registration_id: int, now: datetime, by: Account | None = None) -> Registration:
    """Free the seat (or the place in the list); a freed seat goes to the first who waits. Idempotent."""
    activity_id = Registration.objects.values_list("activity_id", flat=True).get(pk=registration_id)
    with _locked(activity_id) as activity:
        row = locked(Registration, registration_id)
        if row.state != RegistrationState.CANCELLED:
            unknown = is_to_confirm(row)
            row.state, row.cancelled_at, row.hold_token, row.hold_until = RegistrationState.CANCELLED, now, None, None
            row.save()
            row.talks.all().delete()
            _offer(activity, now)
            if row.email and not row.is_demo and not unknown:
                publish(RegistrationChanged(registration_id=row.pk, what="left"))
    return row


@action(access.registration)
def check_in(
    *, registration_id: int, session_id: int, now: datetime, by: Account | None, nonce: UUID | None = None
) -> bool:
    """Note a presence. The same pair, or the same nonce, twice is one row: returns whether this call made it.

    Raises NotRegistered: cancelled, waiting, or of another activity.
    """
    row = Registration.objects.get(pk=registration_id)
    session = Session.objects.filter(pk=session_id, activity=row.activity_id).first()
    if session is None or row.state != RegistrationState.CONFIRMED:
        raise NotRegistered(_("%(name)s n'a pas de place confirmée à cette activité.") % {"name": row.name})
    if Attendance.objects.filter(registration=row, session=session).exists():
        return False
    made = Attendance(registration=row, session=session, nonce=nonce or uuid4(), noted_at=now, noted_by=by)
    Attendance.objects.bulk_create([made], ignore_conflicts=True)
    return Attendance.objects.filter(nonce=made.nonce, registration=row, session=session).exists()


@action(access.registration)
def undo_check_in(*, registration_id: int, session_id: int, by: Account | None) -> None:
    """The person was not there after all."""
    Attendance.objects.filter(registration=registration_id, session=session_id).delete()


@action(access.activity)
def add_walk_in(
    *, activity_id: int, session_id: int, name: str, enterprise_name: str, now: datetime, by: Account | None
) -> Registration:
    """Someone who came without a registration: seated whatever the capacity (they are in the room), and present."""
    activity = Activity.objects.get(pk=activity_id)
    enterprise = _enterprise(None, enterprise_name)
    frozen: dict[str, Any] = (
        dict(snapshot(enterprise, activity.starts_on or timezone.localdate(now))) if enterprise else {}
    )
    row = Registration.objects.create(
        activity=activity,
        name=name.strip(),
        enterprise=enterprise,
        enterprise_name=enterprise_name.strip(),
        state=RegistrationState.CONFIRMED,
        created_at=now,
        **frozen,
    )
    check_in(registration_id=row.pk, session_id=session_id, now=now, by=by)
    return row


@action(access.registration)
def take_talk_seat(*, talk_id: int, registration_id: int, now: datetime, by: Account | None = None) -> TalkPlace:
    """Keep a seat at a talk of the conference. Idempotent. Raises TalkFull, NotRegistered."""
    talk = locked(Talk, talk_id)
    row = Registration.objects.get(pk=registration_id)
    if row.activity_id != talk.activity_id or row.state != RegistrationState.CONFIRMED:
        raise NotRegistered(_("Inscrivez-vous d'abord à l'événement."))
    known = TalkPlace.objects.filter(talk=talk, registration=row).first()
    if known is not None:
        return known
    if talk.capacity is not None and talk.seats.count() >= talk.capacity:
        raise TalkFull(_("« %(title)s » est complet.") % {"title": talk.title})
    return TalkPlace.objects.create(talk=talk, registration=row, created_at=now)


@action(access.registration)
def leave_talk(*, talk_id: int, registration_id: int, by: Account | None = None) -> None:
    """Free a seat at a talk."""
    TalkPlace.objects.filter(talk=talk_id, registration=registration_id).delete()


@action(access.registration)
def give_feedback(
    *, registration_id: int, rating: int, useful: str, improve: str, now: datetime, by: Account | None = None
) -> Feedback:
    """One opinion for each registration; a second one replaces it. `rating` is 1 to 5."""
    row, _made = Feedback.objects.update_or_create(
        registration_id=registration_id,
        defaults={"rating": rating, "useful": useful.strip(), "improve": improve.strip(), "given_at": now},
    )
    return row


@action(access.session)
def remind(*, session_id: int, now: datetime, by: Account | None = None) -> int:
    """Write once to everyone who has a seat that the session comes. Returns to how many."""
    session = locked(Session, session_id)
    if session.reminded_at is not None:
        return 0
    session.reminded_at = now
    session.save()
    rows = written_to(session.activity_id).filter(state=RegistrationState.CONFIRMED)
    for row in rows:
        publish(RegistrationChanged(registration_id=row.pk, what="reminder", session_id=session.pk))
    return len(rows)


@action(access.activity)
def ask_feedback(*, activity_id: int, now: datetime, by: Account | None = None) -> int:
    """Ask once for an opinion: those who were seen there; everyone who had a seat, when no presence was noted.
    Returns how many."""
    activity = locked(Activity, activity_id)
    if activity.feedback_asked_at is not None:
        return 0
    activity.feedback_asked_at = now
    activity.save()
    rows = written_to(activity_id).filter(state=RegistrationState.CONFIRMED, feedback=None)
    came = rows.filter(attendances__isnull=False).distinct()
    asked = list(came) or list(rows)
    for row in asked:
        publish(RegistrationChanged(registration_id=row.pk, what="feedback"))
    return len(asked)


def written_to(activity_id: int) -> QuerySet[Registration]:
    """Registrations of the activity that have an address."""
    return Registration.objects.filter(activity=activity_id, is_demo=False).exclude(email="")
