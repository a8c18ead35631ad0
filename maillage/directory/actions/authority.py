"""Giving one's file to keep, and what follows a change of an address that money follows."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from maillage.core.actions import NotAllowed, Refused, action, locked
from maillage.core.events import publish

from .. import access
from ..models import Account, ContactChange, ContactCheck, Organisation, Stewardship
from ..queries.authority import may_change_contact, may_edit
from ..types import ContactChanged


class NotYourFile(NotAllowed):
    """The file is kept by its own people, or by those to whom they gave it."""


class NotYourContact(NotAllowed):
    """The address where money is announced is changed by the organisation's own people alone."""


class KeepsAlready(Refused):
    """That organisation keeps the file already, or is the organisation itself."""


class NotSaidHow(Refused):
    """A check says how it was made."""


def require_file(organisation: Organisation, by: Account | None) -> None:
    """Raises NotYourFile unless `by` (None: the clock, a command) may change the file."""
    if by is not None and not may_edit(user=by, organisation=organisation):
        raise NotYourFile(_("La fiche de « %(name)s » est tenue par ses propres gens.") % {"name": organisation.name})


def require_contact(organisation: Organisation, by: Account | None) -> None:
    """Raises NotYourContact unless `by` (None: the clock, a command) may change where its money is announced."""
    if by is not None and not may_change_contact(user=by, organisation=organisation):
        raise NotYourContact(
            _("Seules les personnes de « %(name)s » changent son courriel et réunissent sa fiche à une autre.")
            % {"name": organisation.name}
        )


@action(access.its_body)
def give_file(*, organisation_id: int, steward_id: int, now: datetime, by: Account | None) -> Stewardship:
    """Those who work at the steward may change the file, but not its contact. Raises NotYourContact, KeepsAlready."""
    organisation = Organisation.objects.get(pk=organisation_id)
    require_contact(organisation, by)
    if steward_id == organisation_id:
        raise KeepsAlready(_("L'organisation tient déjà sa propre fiche."))
    try:
        with transaction.atomic():
            return Stewardship.objects.create(
                organisation=organisation, steward_id=steward_id, given_at=now, given_by=by
            )
    except IntegrityError as error:
        if "stewardship_once" not in str(error):
            raise
        raise KeepsAlready(_("Cette organisation a déjà la garde de la fiche.")) from error


@action(access.its_body)
def take_back_file(*, stewardship_id: int, now: datetime, by: Account | None) -> None:
    """The steward may not change the file any more. Twice changes nothing. Raises NotYourContact."""
    row = locked(Stewardship, stewardship_id)
    require_contact(row.organisation, by)
    if row.ended_at is None:
        row.ended_at, row.ended_by = now, by
        row.save(update_fields=["ended_at", "ended_by"])


def note_change(
    *, organisation_id: int, field: str, before: str, after: str, now: datetime, by: Account | None
) -> ContactChange | None:
    """Keep a change of an address that money follows, and tell both addresses; None when nothing changed.

    Called inside the transaction of the change, by whoever writes such an address.
    """
    if before == after:
        return None
    change = ContactChange.objects.create(
        organisation_id=organisation_id, field=field, before=before, after=after, at=now, by=by
    )
    publish(ContactChanged(change_id=change.pk))
    return change


@action(access.payer)
def check_contact(*, change_id: int, payer_id: int, how: str, now: datetime, by: Account) -> ContactCheck:
    """Who pays made sure of the new address by another channel: payouts wait no more there. The first check stays.

    The caller has checked that `by` keeps the payer's books. Raises NotSaidHow.
    """
    how = " ".join(how.split())
    if len(how) < 10:
        raise NotSaidHow(_("Dites en une phrase comment vous avez vérifié : à qui vous avez parlé, à quel numéro."))
    check, _created = ContactCheck.objects.get_or_create(
        change_id=change_id, payer_id=payer_id, defaults={"how": how[:300], "at": now, "by": by}
    )
    return check
