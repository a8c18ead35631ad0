"""Consents, and the erasure of a person's data (Québec's Law 25: Act respecting the protection of personal
information).
"""

from datetime import date, datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.utils.translation import gettext as _

from maillage.core import changes
from maillage.core.actions import Refused, action, locked

from .. import access, privacy
from ..models import Account, Consent, ConsentText, Erasure, Invitation, Person, Role
from ..privacy import addresses_of
from .downloads import forget_downloads
from .security import forget_sign_ins


class ConfirmationMissing(Refused):
    """The word of confirmation was not typed."""


@action(access.person)
def give_consent(*, person_id: int, text_id: int, now: datetime, by: Account | None, source: str = "page") -> Consent:
    """The person agrees to that version of the text; an agreement to an earlier version ends. Idempotent while it
    lasts.
    """
    text = ConsentText.objects.get(pk=text_id)
    locked(Person, person_id)
    earlier = ConsentText.objects.filter(purpose=text.purpose, organisation=text.organisation).exclude(pk=text.pk)
    Consent.objects.filter(person_id=person_id, text__in=earlier, withdrawn_at=None).update(withdrawn_at=now)
    consent, _created = Consent.objects.get_or_create(
        person_id=person_id, text=text, withdrawn_at=None, defaults={"given_at": now, "source": source}
    )
    return consent


@action(access.consent)
def withdraw_consent(*, consent_id: int, now: datetime, by: Account | None) -> None:
    """The consent ends now; that it was given stays known. Withdrawing twice changes nothing."""
    Consent.objects.filter(pk=consent_id, withdrawn_at=None).update(withdrawn_at=now)


@action(access.person)
def erase_person(
    *, person_id: int, confirmation: str, now: datetime, by: Account | None, own_request: bool = True
) -> Erasure:
    """Anonymise a person, for good: names, addresses, account, history and whatever each context registered.

    Accounting rows stay, and point to a person without a name. What remains is one row that says when and how many
    rows, without personal data. `confirmation` is the word of `erasure_word()`. Erasing again returns the first
    trace. Raises ConfirmationMissing, and any Refused of a context that must be settled first (nothing is erased
    then).
    """
    if confirmation.strip().upper() != erasure_word():
        raise ConfirmationMissing(_("Pour confirmer, écrivez %(word)s.") % {"word": erasure_word()})
    person = locked(Person, person_id)
    known = Erasure.objects.filter(person=person).first()
    if known:
        return known
    rows = privacy.erase(person)
    return Erasure.objects.create(person=person, by=by, done_at=now, own_request=own_request, rows=rows)


def erasure_word() -> str:
    """What a person types to confirm, in the language of the page."""
    return _("EFFACER")


def erase_directory(person: Person, *, now: datetime, today: date) -> int:
    """The directory's own eraser: runs last."""
    account = person.account
    count = Invitation.objects.filter(email__in=addresses_of(person)).delete()[0]
    count += Consent.objects.filter(person=person, withdrawn_at=None).update(withdrawn_at=now)
    for role in Role.objects.filter(person=person):
        if role.during.upper is None or role.during.upper > today:
            Role.objects.filter(pk=role.pk).update(during=(min(role.during.lower or today, today), today))
            count += 1
    Role.objects.filter(person=person, during__isempty=True).delete()
    Role.objects.filter(person=person).exclude(title="").update(title="")
    for name in ("given_name", "family_name", "email", "phone", "address", "postal_code"):
        setattr(person, name, "")
    person.municipality = None
    person.account = None
    person.erased_at = now
    person.save()
    _forget_history(person)
    return count + 1 + (forget_downloads(account) + _close_account(account) if account else 0)


def _forget_history(person: Person) -> None:
    """What the log of changes kept of the person and of their roles' titles goes too."""
    changes.forget(Person, [person.pk])
    changes.forget_columns(Role, Role.objects.filter(person=person).values_list("pk", flat=True), title="")


def _close_account(account: Account) -> int:
    """Nobody signs in with it any more; the row stays, nameless, for what it did to be counted."""
    count: int = EmailAddress.objects.filter(user=account).delete()[0]
    count += Authenticator.objects.filter(user=account).delete()[0]
    count += forget_sign_ins(account)
    account.email = f"{account.public_id.hex}@efface.invalid"
    account.set_unusable_password()
    account.is_active = False
    account.is_platform_admin = False
    account.save()
    return count + 1
