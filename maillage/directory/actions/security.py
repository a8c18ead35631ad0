"""How an account signs in: its second factor put off or taken away, its sessions noted and ended."""

from datetime import datetime, timedelta
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.utils.translation import gettext as _

from maillage.core.actions import NotAllowed, Refused, action, locked
from maillage.core.events import publish

from .. import access
from ..models import Account, SecurityEvent, SignIn
from ..types import FactorReset, SignedInElsewhere

KEPT = timedelta(days=90)


class NoMoreTime(Refused):
    """The time to do without a second factor is over."""


class NotAdministration(NotAllowed):
    """Only the platform's administration takes a second factor away."""


class OwnFactor(NotAllowed):
    """Nobody takes their own second factor away."""


class NotSaidWhy(Refused):
    """Taking a second factor away is explained."""


@action(access.account)
def put_off_factor(*, account: Account, now: datetime, by: Account) -> datetime:
    """Until when the account may do without: counted from the first time, never longer after. Raises NoMoreTime."""
    from ..second_factor import GRACE

    row = locked(Account, account.pk)
    if row.second_factor_due is None:
        row.second_factor_due = now + GRACE
        row.save(update_fields=["second_factor_due"])
    if row.second_factor_due <= now:
        raise NoMoreTime(_("Le délai est passé : ajoutez un second facteur pour continuer."))
    return row.second_factor_due


@action(access.account)
def open_session(
    *,
    account: Account,
    session_key: str,
    device: UUID,
    user_agent: str,
    address: str,
    quiet: bool,
    now: datetime,
    by: Account | None,
) -> SignIn:
    """Note a sign-in. The account is told of a device that it never used, unless it is its first, or `quiet`."""
    before = SignIn.objects.filter(account=account)
    known = not before.exists() or before.filter(device=device).exists()
    row, _created = SignIn.objects.update_or_create(
        session_key=session_key,
        defaults={
            "account": account,
            "device": device,
            "user_agent": user_agent[:300],
            "address": address or None,
            "at": now,
            "seen_at": now,
        },
    )
    if not (known or quiet):
        publish(SignedInElsewhere(sign_in_id=row.pk))
    return row


@action(access.session)
def touch_session(*, sign_in_id: int, session_key: str, address: str, now: datetime, by: Account | None) -> None:
    """The session lives, under this key."""
    SignIn.objects.filter(pk=sign_in_id).update(session_key=session_key, address=address or None, seen_at=now)


@action(access.account)
def end_sessions(*, account: Account, but: str = "", public_id: UUID | None = None, by: Account | None) -> int:
    """End one session of the account, or all of them but the one of key `but`. How many ended."""
    rows = SignIn.objects.filter(account=account).exclude(session_key=but)
    if public_id is not None:
        rows = rows.filter(public_id=public_id)
    ended = Session.objects.filter(session_key__in=rows.values("session_key")).delete()[0]
    return int(ended)


@action(access.keepers)
def reset_factor(*, account: Account, why: str, now: datetime, by: Account) -> SecurityEvent:
    """Take away the second factor of someone who lost it, and its recovery codes; every session ends.

    They are told, and have the usual time to add another. Raises NotAdministration, OwnFactor, NotSaidWhy.
    """
    if not by.is_platform_admin:
        raise NotAdministration(_("Seule l'administration de la plateforme retire un second facteur."))
    if by.pk == account.pk:
        raise OwnFactor(
            _("On ne retire pas son propre second facteur : demandez à une autre personne de l'administration.")
        )
    why = " ".join(why.split())
    if len(why) < 10:
        raise NotSaidWhy(_("Dites en une phrase comment vous avez reconnu la personne."))
    Authenticator.objects.filter(user=account).delete()
    end_sessions(account=account, by=by)
    Account.objects.filter(pk=account.pk).update(second_factor_due=None)
    event = SecurityEvent.objects.create(
        account=account, kind=SecurityEvent.Kind.FACTOR_RESET, why=why[:300], at=now, by=by
    )
    publish(FactorReset(event_id=event.pk))
    return event


@action(access.house)
def create_administrator(*, email: str, name: str, now: datetime, by: Account | None) -> tuple[Account, bool]:
    """The account of that address keeps the platform: made if there is none; and whether it did not before.

    For who holds the server: no page does this. A password that someone chose without proving the address is dropped,
    with every session. Recorded in SecurityEvent, by the account itself when nobody is signed in.
    """
    from .people import person_for_account

    address = email.strip().lower()
    account = Account.objects.select_for_update(of=("self",), no_key=True).filter(email__iexact=address).first()
    if account is None:
        account = Account.objects.create_user(address)
    proved = EmailAddress.objects.filter(user=account, email__iexact=address, verified=True).exists()
    if not proved:
        account.set_unusable_password()
        end_sessions(account=account, by=by)
        EmailAddress.objects.filter(user=account).delete()
        EmailAddress.objects.create(user=account, email=account.email, verified=True, primary=True)
    given, _space, family = " ".join(name.split()).partition(" ")
    person_for_account(account=account, by=by, given_name=given, family_name=family)
    before, account.is_platform_admin = account.is_platform_admin and account.is_active, True
    account.is_active = True
    account.save()
    if not before:
        why = _("Créé depuis le serveur (create_administrator).")
        SecurityEvent.objects.create(
            account=account, kind=SecurityEvent.Kind.ADMINISTRATOR, why=why, at=now, by=by or account
        )
    return account, not before


def forget_sign_ins(account: Account) -> int:
    """The sessions of an account that closes end, and what is known of its devices goes."""
    end_sessions(account=account, by=None)
    count: int = SignIn.objects.filter(account=account).delete()[0]
    return count


def sweep_sign_ins(*, now: datetime) -> int:
    """Forget the sign-ins that were not seen for 90 days. How many went."""
    count: int = SignIn.objects.filter(seen_at__lt=now - KEPT).delete()[0]
    return count
