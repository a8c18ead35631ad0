"""People, the roles they hold, and the invitations to hold one."""

from datetime import date, datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core.actions import NotAllowed, Refused, action, locked
from maillage.core.events import publish

from .. import access
from ..models import Account, Invitation, Organisation, Person, Role, RoleKind
from ..types import MANAGERS, SENSITIVE, InvitationSent

INVITATION_LASTS = timedelta(days=14)


class AlreadyHolds(Refused):
    """The person holds this role there at that time."""


class LastManager(Refused):
    """Nobody would be left to manage the organisation's people."""


class NotYourRole(NotAllowed):
    """Direction and treasury are given by the direction."""


class WrongDates(Refused):
    """The role would end before it begins."""


class InvitationClosed(Refused):
    """The invitation was accepted, withdrawn, or has expired."""


@action(access.account)
def person_for_account(
    *, account: Account, by: Account | None, given_name: str = "", family_name: str = "", language: str = ""
) -> Person:
    """The person behind an account, made if there is none."""
    person, _created = Person.objects.get_or_create(
        account=account,
        defaults={
            "email": account.email,
            "given_name": given_name,
            "family_name": family_name,
            "language": language or account.language,
        },
    )
    return person


@action(access.account)
def claim_person(*, account: Account, by: Account | None) -> Person:
    """After the address of a new account is verified: link it to the one person without account who has that address.

    The person made at sign-up, whom nothing refers to yet, gives its names and goes. With none or several such people
    nothing is linked. Only before the account's first sign-in.
    """
    own = person_for_account(account=account, by=by)
    if account.last_login is not None:
        return own
    known = list(
        Person.objects.select_for_update(of=("self",))
        .filter(account=None, erased_at=None, email__iexact=account.email)
        .order_by("pk")[:2]
    )
    if len(known) != 1:
        return own
    person = known[0]
    person.given_name = person.given_name or own.given_name
    person.family_name = person.family_name or own.family_name
    own.delete()
    person.account = account
    person.save()
    return person


@action(access.people)
def add_person(
    *,
    organisation_id: int,
    kind: str,
    since: date,
    by: Account | None,
    title: str = "",
    until: date | None = None,
    **values: Any,
) -> Person:
    """A person without an account who holds a role; `values` are fields of `Person`. Raises NotYourRole, WrongDates."""
    person = Person.objects.create(**values)
    give_role(
        person_id=person.pk, organisation_id=organisation_id, kind=kind, since=since, until=until, title=title, by=by
    )
    return person


@action(access.newcomer)
def create_person(*, values: dict[str, Any], by: Account | None) -> Person:
    """A person without an account and without a role: named by another record (a seat at a board). `values` are fields
    of `Person`."""
    return Person.objects.create(**values)


@action(access.person)
def edit_person(*, person_id: int, values: dict[str, Any], by: Account | None) -> Person:
    """Change the fields of `values`; the account follows the language."""
    person = locked(Person, person_id)
    for field, value in values.items():
        setattr(person, field, value)
    person.save()
    if person.account_id and "language" in values:
        Account.objects.filter(pk=person.account_id).update(language=values["language"])
    return person


@action(access.people)
def give_role(
    *,
    person_id: int,
    organisation_id: int,
    kind: str,
    since: date,
    by: Account | None,
    title: str = "",
    until: date | None = None,
) -> Role:
    """`person` holds `kind` from `since` (in) to `until` (out; None: open). Raises AlreadyHolds, NotYourRole,
    WrongDates.
    """
    _check_may_give(organisation_id, kind, by)
    _check_dates(since, until)
    try:
        with transaction.atomic():
            return Role.objects.create(
                person_id=person_id, organisation_id=organisation_id, kind=kind, title=title, during=(since, until)
            )
    except IntegrityError as error:
        if "role_once_at_a_time" not in str(error):
            raise
        name = Person.objects.get(pk=person_id).name
        raise AlreadyHolds(
            _("%(name)s a déjà ce rôle à cette date : %(role)s.") % {"name": name, "role": RoleKind(kind).label}
        ) from error


def _check_dates(since: date | None, until: date | None) -> None:
    if since is not None and until is not None and until <= since:
        raise WrongDates(_("Le rôle prendrait fin avant de commencer : choisissez une fin plus tardive."))


def _check_may_give(organisation_id: int, kind: str, by: Account | None) -> None:
    """Direction and treasury: by the direction if there is one, or by who keeps the platform."""
    if kind not in SENSITIVE or by is None or by.is_platform_admin:
        return
    directors = Role.objects.filter(
        organisation_id=organisation_id, kind=RoleKind.DIRECTOR, during__contains=timezone.localdate()
    )
    if directors.exists() and not directors.filter(person__account=by).exists():
        raise NotYourRole(_("Seule la direction confie la direction et la trésorerie. Demandez-le-lui."))


@action(access.role)
def end_role(*, role_id: int, on: date, by: Account | None) -> None:
    """The role is not held any more from `on`. One that began that day or later disappears; one already over stays.

    Raises LastManager if nobody would be left to manage people, NotYourRole for direction and treasury.
    """
    organisation_id = Role.objects.filter(pk=role_id).values_list("organisation_id", flat=True).get()
    locked(Organisation, organisation_id)
    role = Role.objects.select_related("person").get(pk=role_id)
    if role.during.upper is not None and role.during.upper <= on:
        return
    own = by is not None and role.person.account_id == by.pk
    if not own:
        _check_may_give(organisation_id, role.kind, by)
    admin = by is None or by.is_platform_admin
    if role.kind in MANAGERS and not admin:
        _check_manager_remains(role, on)
    if role.during.lower is not None and role.during.lower >= on:
        role.delete()
    else:
        Role.objects.filter(pk=role.pk).update(during=(role.during.lower, on))


def _check_manager_remains(role: Role, on: date) -> None:
    others = Role.objects.filter(
        organisation_id=role.organisation_id,
        kind__in=MANAGERS,
        during__contains=on,
        person__account__is_active=True,
    ).exclude(pk=role.pk)
    if not others.exists():
        raise LastManager(
            _("Il ne resterait personne pour gérer l'équipe : confiez d'abord la coordination à quelqu'un.")
        )


@action(access.people)
def invite(
    *,
    organisation_id: int,
    email: str,
    kind: str,
    now: datetime,
    by: Account | None,
    person_id: int | None = None,
    title: str = "",
    language: str = "fr",
    since: date | None = None,
    until: date | None = None,
) -> Invitation:
    """Invite an address to hold a role from `since` (None: once accepted) until `until` (out; None: open).

    The message leaves from the worker. The same open invitation is sent again, with these dates. Valid for 14 days.
    Raises NotYourRole, WrongDates, AlreadyHolds if the account of that address holds the role today.
    """
    _check_may_give(organisation_id, kind, by)
    _check_dates(max(since, timezone.localdate(now)) if since else timezone.localdate(now), until)
    email = email.strip().lower()
    holders = Role.objects.filter(
        organisation_id=organisation_id,
        kind=kind,
        during__contains=timezone.localdate(now),
        person__account__email=email,
    )
    if holders.exists():
        raise AlreadyHolds(_("%(email)s a déjà ce rôle.") % {"email": email})
    known = Invitation.objects.filter(
        organisation_id=organisation_id, kind=kind, email=email, accepted_at=None, withdrawn_at=None
    ).first()
    if known:
        Invitation.objects.filter(pk=known.pk).update(since=since, until=until, title=title, language=language)
        return resend_invitation(invitation_id=known.pk, now=now, by=by)
    invitation = Invitation.objects.create(
        organisation_id=organisation_id,
        person_id=person_id,
        email=email,
        kind=kind,
        title=title,
        language=language,
        since=since,
        until=until,
        invited_by=by,
        expires_at=now + INVITATION_LASTS,
    )
    publish(InvitationSent(invitation_id=invitation.pk, sending=invitation.sending))
    return invitation


def _open(invitation_id: int) -> Invitation:
    """The invitation, its row locked, if nobody has accepted or withdrawn it."""
    invitation = locked(Invitation, invitation_id)
    if invitation.accepted_at is not None:
        raise InvitationClosed(_("Cette invitation a déjà été acceptée."))
    if invitation.withdrawn_at is not None:
        raise InvitationClosed(_("Cette invitation a été retirée."))
    return invitation


@action(access.invitation)
def resend_invitation(*, invitation_id: int, now: datetime, by: Account | None) -> Invitation:
    """Send again, for 14 more days; the link of the message before stops working. Raises InvitationClosed,
    NotYourRole.
    """
    invitation = _open(invitation_id)
    _check_may_give(invitation.organisation_id, invitation.kind, by)
    invitation.sending += 1
    invitation.expires_at = now + INVITATION_LASTS
    invitation.save()
    publish(InvitationSent(invitation_id=invitation.pk, sending=invitation.sending))
    return invitation


@action(access.invitation)
def withdraw_invitation(*, invitation_id: int, now: datetime, by: Account | None) -> None:
    """The link stops working. Raises InvitationClosed."""
    invitation = _open(invitation_id)
    invitation.withdrawn_at = now
    invitation.save()


@action(access.house)
def open_account(
    *, invitation_id: int, given_name: str, family_name: str, password: str, now: datetime, by: Account | None = None
) -> Account:
    """The account of someone invited, who proved the address by opening the link, and their role.

    Raises InvitationClosed, also when an account has that address already.
    """
    invitation = _usable(invitation_id, now)
    if Account.objects.filter(email__iexact=invitation.email).exists():
        raise InvitationClosed(_("Un compte existe déjà à cette adresse. Connectez-vous, puis rouvrez l'invitation."))
    account = Account.objects.create_user(invitation.email, password, language=invitation.language)
    EmailAddress.objects.create(user=account, email=account.email, verified=True, primary=True)
    if invitation.person_id is None:
        person_for_account(account=account, by=account, given_name=given_name, family_name=family_name)
    else:
        known = {"given_name": given_name, "family_name": family_name}
        Person.objects.filter(pk=invitation.person_id, account=None).update(account=account, **known)
    accept_invitation(invitation_id=invitation_id, account=account, now=now, by=account)
    return account


def _usable(invitation_id: int, now: datetime) -> Invitation:
    invitation = _open(invitation_id)
    if now >= invitation.expires_at:
        raise InvitationClosed(_("Cette invitation a expiré. Demandez qu'on vous l'envoie de nouveau."))
    return invitation


@action(access.account)
def accept_invitation(*, invitation_id: int, account: Account, now: datetime, by: Account | None) -> Person:
    """`account` takes the role, once. A person without account who was invited becomes the account's, or gives it its
    roles.

    Raises InvitationClosed.
    """
    invitation = _usable(invitation_id, now)
    invited = (
        Person.objects.filter(pk=invitation.person_id, account=None, erased_at=None).first()
        if invitation.person_id
        else None
    )
    own = Person.objects.filter(account=account).first()
    if own is None and invited is not None:
        invited.account = account
        invited.email = invited.email or account.email
        invited.save()
        own, invited = invited, None
    if own is None:
        own = person_for_account(account=account, by=by)
    if invited is not None:
        _hand_over(invited, own, invitation.organisation_id)
    _take_role(invitation, own, timezone.localdate(now))
    invitation.accepted_at = now
    invitation.save()
    account._held_roles = None  # type: ignore[attr-defined]
    return own


def _take_role(invitation: Invitation, person: Person, today: date) -> None:
    """The role invited to, unless the person holds it then; one noted for later gives way to it."""
    start = max(invitation.since or today, today)
    if invitation.until is not None and invitation.until <= start:
        raise InvitationClosed(_("Le rôle proposé est déjà terminé. Demandez une nouvelle invitation."))
    same = Role.objects.filter(person=person, kind=invitation.kind, organisation_id=invitation.organisation_id)
    if same.filter(during__contains=start).exists():
        return
    same.filter(during__startswith__gt=today, during__overlap=(start, invitation.until)).delete()
    give_role(
        person_id=person.pk,
        organisation_id=invitation.organisation_id,
        kind=invitation.kind,
        since=start,
        until=invitation.until,
        title=invitation.title,
        by=None,
    )


def _hand_over(invited: Person, own: Person, organisation_id: int) -> None:
    """The roles that were noted for someone without account go to their account's person, where it does not hold
    them.
    """
    for role in Role.objects.filter(person=invited, organisation_id=organisation_id):
        twin = Role.objects.filter(
            person=own, organisation_id=organisation_id, kind=role.kind, during__overlap=role.during
        )
        if not twin.exists():
            Role.objects.filter(pk=role.pk).update(person=own)
