"""A member whom the organisation itself signs up: at the desk, by telephone, on paper."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core.actions import Refused, action
from maillage.directory import actions as directory_actions
from maillage.directory import queries as directory
from maillage.directory.models import Account, Organisation, Person, RoleKind

from .. import access, queries
from ..models import Membership
from .members import join


class SeveralSuch(Refused):
    """Several organisations have that name."""


@action(access.enrolment)
def enrol_person(
    *, member_class_id: int, given_name: str, family_name: str, email: str, phone: str, now: datetime, by: Account
) -> Membership:
    """Make a person a member, closed classes too; the fee is posted. One known by that e-mail is not made twice.

    Raises AlreadyMember, NotForYou.
    """
    person = queries.people_known([email]).get(email.lower()) if email else None
    if person is None:
        person = Person.objects.create(given_name=given_name, family_name=family_name, email=email, phone=phone)
    return join(
        person_id=person.pk, member_class_id=member_class_id, today=timezone.localdate(now), by=by, by_staff=True
    )


@action(access.enrolment)
def enrol_organisation(
    *, member_class_id: int, name: str, neq: str, email: str, phone: str, buyer_email: str, now: datetime, by: Account
) -> Membership:
    """Make an organisation a member, found by NEQ or name, else made; the fee is posted.

    For one that is made here, whoever has `buyer_email` is invited to buy in its name; one that was there before
    gives that role itself. Raises SeveralSuch, AlreadyMember, NotForYou.
    """
    found = organisation_called(name=name, neq=neq)
    organisation = found or directory_actions.create_organisation(
        name=name, neq=neq, email=email, phone=phone, by=by, today=timezone.localdate(now)
    )
    if found is None and buyer_email:
        directory_actions.invite(
            organisation_id=organisation.pk, email=buyer_email, kind=RoleKind.BUYER, now=now, by=by
        )
    return join(
        member_organisation_id=organisation.pk,
        member_class_id=member_class_id,
        today=timezone.localdate(now),
        by=by,
        by_staff=True,
    )


def organisation_called(*, name: str, neq: str) -> Organisation | None:
    """The one organisation of that NEQ, else of that name; None when it is not known. Raises SeveralSuch."""
    found = directory.organisations_named(name=name, neq=neq)
    if len(found) > 1:
        raise SeveralSuch(_("Plusieurs organisations se nomment « %(name)s ». Ajoutez le NEQ.") % {"name": name})
    return found[0] if found else None
