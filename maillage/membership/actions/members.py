"""Memberships: classes, joining, renewing, leaving."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from maillage.core import events
from maillage.core.actions import Refused, action, locked
from maillage.directory import queries as directory
from maillage.ledger import actions as ledger
from maillage.ledger.types import AccountKind, Line, Posting

from .. import access, queries
from ..models import FeePeriod, HeldBy, MemberClass, MemberSequence, Membership
from ..types import Holder, MembershipStarted


class AlreadyMember(Refused):
    """The person, or the organisation, is a member then."""


class ClassClosed(Refused):
    """The class does not take members by themselves."""


class NotForYou(Refused):
    """The class is for people and an organisation asks, or the other way round."""


class CannotRenew(Refused):
    """The membership is for life, or is renewed already."""


class CannotLeave(Refused):
    """The date is outside the membership."""


class NumberTaken(Refused):
    """The member number is another member's."""


@action(access.member_class)
def save_class(*, member_class: MemberClass, by: Any = None) -> MemberClass:
    """Make or change a class. Memberships that began keep what they were charged."""
    member_class.save()
    return member_class


@action(access.joining)
def join(
    *,
    member_class_id: int,
    today: date,
    person_id: int | None = None,
    member_organisation_id: int | None = None,
    by: Any = None,
    by_staff: bool = False,
) -> Membership:
    """Make the person, or the organisation (a duplicate joins as the one it is united with), a member from `today`.

    The fee is posted (debit MEMBER, credit FEES or SHARES). The member number is the one that they had, else the next
    of the organisation, given without race. Raises AlreadyMember; NotForYou; ClassClosed unless `by_staff`.
    """
    member_class = MemberClass.objects.get(pk=member_class_id)
    if not (member_class.is_open or by_staff):
        raise ClassClosed(_("Cette catégorie n'accepte pas d'adhésion en ligne. Écrivez à l'organisation."))
    holder = _holder(person_id, member_organisation_id)
    _check_for_whom(member_class, holder)
    number = next_number(holder, member_class.organisation_id)
    if holder.organisation_id is None:
        active = queries.is_member(holder.person_id or 0, member_class.organisation_id, today)
    else:
        active = queries.organisation_is_member(holder.organisation_id, member_class.organisation_id, today)
    if active:
        raise AlreadyMember(_already(holder, by_staff=by_staff))
    return _start(holder, member_class, number, today, today, by)


def _already(holder: Holder, *, by_staff: bool) -> str:
    if holder.organisation_id is not None:
        return _("Cette organisation est déjà membre. Il n'y a rien à payer.")
    if by_staff:
        return _("Cette personne est déjà membre. Il n'y a rien à payer.")
    return _("Vous êtes déjà membre. Il n'y a rien à payer.")


def _holder(person_id: int | None, organisation_id: int | None) -> Holder:
    if organisation_id is not None:
        organisation_id = directory.canonical_ids([organisation_id])[organisation_id]
    return Holder(person_id=person_id, organisation_id=organisation_id)


def _check_for_whom(member_class: MemberClass, holder: Holder) -> None:
    if holder.organisation_id == member_class.organisation_id:
        raise NotForYou(_("Une organisation ne peut pas être membre d'elle-même."))
    if holder.organisation_id is None and member_class.held_by == HeldBy.ORGANISATION:
        raise NotForYou(_("Cette catégorie est pour les organisations. Choisissez-en une pour les personnes."))
    if holder.organisation_id is not None and member_class.held_by == HeldBy.PERSON:
        raise NotForYou(_("Cette catégorie est pour les personnes. Choisissez-en une pour les organisations."))


def _holder_of(membership: Membership) -> Holder:
    return Holder(person_id=membership.person_id, organisation_id=membership.member_organisation_id)


@action(access.renewal)
def renew(*, membership_id: int, today: date, by: Any = None) -> Membership:
    """The following year: from the end of this one, or from `today` if it is past. The class's fee of now is posted.

    Raises CannotRenew.
    """
    old = locked(Membership, membership_id)
    if old.during.upper is None:
        raise CannotRenew(_("Cette adhésion est à vie : elle ne se renouvelle pas."))
    later = Membership.objects.filter(
        organisation_id=old.organisation_id, holder=old.holder, during__startswith__gte=old.during.upper
    )
    if later.exists():
        raise CannotRenew(_("Cette adhésion est déjà renouvelée."))
    start = max(old.during.upper, today)
    return _start(_holder_of(old), MemberClass.objects.get(pk=old.member_class_id), old.number, start, today, by)


@action(access.membership)
def leave(*, membership_id: int, on: date, by: Any = None) -> Membership:
    """End a membership: `on` is the first day without it. Raises CannotLeave. Shares are given back by a payment."""
    held = locked(Membership, membership_id)
    if on <= held.during.lower or (held.during.upper and on > held.during.upper):
        raise CannotLeave(_("Choisissez une date pendant l'adhésion, après son premier jour."))
    held.during = (held.during.lower, on)
    held.save(update_fields=["during"])
    held.refresh_from_db(fields=["during"])
    return held


@action(access.enrolment)
def join_many(*, member_class_id: int, since: Sequence[tuple[int, date]], by: Any = None) -> int:
    """Many new members of one class at once, as (person, first day): numbers in that order, fees posted in bulk.

    In about ten SQL statements. Returns how many joined; raises AlreadyMember (and nobody joins).
    """
    member_class = MemberClass.objects.get(pk=member_class_id)
    sequence = lock_sequence(member_class.organisation_id)
    made = [
        Membership(
            organisation_id=member_class.organisation_id,
            person_id=person_id,
            member_class=member_class,
            number=sequence.last + i,
            during=(start, _end(member_class, start)),
            fee=member_class.fee,
        )
        for i, (person_id, start) in enumerate(since, start=1)
    ]
    try:
        with transaction.atomic():
            Membership.objects.bulk_create(made, batch_size=1000)
    except IntegrityError as error:
        raise AlreadyMember(_("Une de ces personnes est déjà membre.")) from error
    sequence.last += len(made)
    sequence.save(update_fields=["last"])
    if member_class.fee:
        _post_fees(member_class, made, by)
    return len(made)


def _post_fees(member_class: MemberClass, made: Sequence[Membership], by: Any) -> None:
    book = ledger.open_book(organisation_id=member_class.organisation_id, by=by)
    postings = [
        Posting(
            _key(m), m.during[0], _memo(member_class), _fee_lines(member_class, _holder_of(m)), getattr(by, "pk", None)
        )
        for m in made
    ]
    ledger.post_many(book_id=book.pk, postings=postings)
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE membership_membership m SET fee_transaction_id = t.id FROM ledger_transaction t
               WHERE t.book_id = %s AND t.key = 'membership:' || m.public_id::text AND m.id = ANY(%s)""",
            [book.pk, [m.pk for m in made]],
        )


@action(access.house)
def mark_reminded(*, membership_ids: Sequence[int], today: date, by: Any = None) -> int:
    """Note that the reminder was sent. Returns how many were not noted before."""
    return Membership.objects.filter(pk__in=membership_ids, reminded_on=None).update(reminded_on=today)


def lock_sequence(organisation_id: int) -> MemberSequence:
    MemberSequence.objects.bulk_create([MemberSequence(organisation_id=organisation_id)], ignore_conflicts=True)
    return MemberSequence.objects.select_for_update(no_key=True).get(organisation_id=organisation_id)


NEXT_NUMBER = """
    INSERT INTO membership_membersequence AS s (organisation_id, last) VALUES (%s, 1)
    ON CONFLICT (organisation_id) DO UPDATE SET last = s.last + 1 RETURNING last"""


def next_number(holder: Holder, organisation_id: int) -> int:
    """The member's number, or the next one; the organisation's row stays locked until the transaction ends."""
    known = Membership.objects.filter(holder=holder.key, organisation_id=organisation_id)
    number = known.values_list("number", flat=True).first()
    if number is not None:
        return number
    with connection.cursor() as cursor:
        cursor.execute(NEXT_NUMBER, [organisation_id])
        return int(cursor.fetchone()[0])


def year_after(start: date) -> date:
    """The same day a year later; 29 February gives 1 March."""
    try:
        return start.replace(year=start.year + 1)
    except ValueError:
        return start + timedelta(days=366)


def _end(member_class: MemberClass, start: date) -> date | None:
    return None if member_class.period == FeePeriod.LIFE else year_after(start)


def _key(membership: Membership) -> str:
    return f"membership:{membership.public_id}"


def _memo(member_class: MemberClass) -> str:
    return _("Adhésion : %(name)s") % {"name": member_class.name}


def _fee_lines(member_class: MemberClass, holder: Holder) -> list[Line]:
    return [
        Line(
            AccountKind.MEMBER,
            member_class.fee,
            person_id=holder.person_id,
            organisation_id=holder.organisation_id,
        ),
        Line(AccountKind(member_class.fee_kind), -member_class.fee),
    ]


def _start(holder: Holder, member_class: MemberClass, number: int, start: date, today: date, by: Any) -> Membership:
    end = _end(member_class, start)
    made = insert(holder, member_class.pk, member_class.organisation_id, number, (start, end))
    if member_class.fee:
        book = ledger.open_book(organisation_id=member_class.organisation_id, by=by)
        made.fee = member_class.fee
        made.fee_transaction = ledger.post(
            book_id=book.pk,
            key=_key(made),
            occurred_on=today,
            memo=_memo(member_class),
            lines=_fee_lines(member_class, holder),
            by=by,
        )
        made.save(update_fields=["fee", "fee_transaction"])
    events.publish(MembershipStarted(membership_id=made.pk))
    return made


def insert(
    holder: Holder, member_class_id: int, organisation_id: int, number: int, during: tuple[date, date | None]
) -> Membership:
    try:
        with transaction.atomic():
            made = Membership.objects.create(
                person_id=holder.person_id,
                member_organisation_id=holder.organisation_id,
                member_class_id=member_class_id,
                organisation_id=organisation_id,
                number=number,
                during=during,
            )
    except IntegrityError as error:
        if "membership_once_at_a_time" in str(error):
            raise AlreadyMember(_("Ce membre l'est déjà à cette date.")) from error
        if "membership_number_of_one_holder" in str(error):
            raise NumberTaken(_("Ce numéro est celui d'un autre membre.")) from error
        raise
    made.refresh_from_db(fields=["during"])
    return made
