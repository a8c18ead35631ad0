"""An organisation that moved, changed of sector or of size: since when, and what it was before."""

from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core.actions import Refused, action, locked
from maillage.core.dates import say

from .. import access
from ..models import Account, Organisation, PastSituation


class ChangeToCome(Refused):
    """The day of the change is not here yet."""


class ChangeBefore(Refused):
    """Another change is dated that day or later."""


class NothingChanged(Refused):
    """The MRC, the sector and the size are those of before."""


@action(access.described)
def change_situation(
    *,
    organisation_id: int,
    since: date,
    mrc_id: int | None,
    sector_id: int | None,
    employees: int | None,
    now: datetime,
    by: Account | None,
) -> PastSituation:
    """Since that day, the organisation is in this MRC and sector, of this size. What it was before is kept: work dated
    before takes it, and no row that was written changes. A mistake is corrected instead, by `edit_organisation`.

    Raises ChangeToCome, ChangeBefore, NothingChanged.
    """
    if since > timezone.localdate(now):
        raise ChangeToCome(_("Choisissez aujourd'hui ou un jour passé : le changement se note une fois fait."))
    row = locked(Organisation, organisation_id)
    last = row.past_situations.order_by("-until").first()
    if last is not None and since <= last.until:
        raise ChangeBefore(
            _("Un changement est déjà noté le %(day)s : retirez-le d'abord, ou choisissez un jour qui le suit.")
            % {"day": say(last.until)}
        )
    if (row.mrc_id, row.sector_id, row.employees) == (mrc_id, sector_id, employees):
        raise NothingChanged(_("Rien ne change : choisissez une autre MRC, un autre secteur ou un autre nombre."))
    before = PastSituation.objects.create(
        organisation=row,
        until=since,
        mrc_id=row.mrc_id,
        sector_id=row.sector_id,
        employees=row.employees,
        noted_by=by,
        noted_at=now,
    )
    if row.mrc_id != mrc_id:
        row.municipality = None
    row.mrc_id, row.sector_id, row.employees = mrc_id, sector_id, employees
    row.save()
    return before


@action(access.described)
def undo_change(*, situation_id: int, by: Account | None) -> None:
    """The latest change was a mistake: the organisation is again what it was before. Others stay: ChangeBefore."""
    past = PastSituation.objects.select_related("organisation").get(pk=situation_id)
    row = locked(Organisation, past.organisation_id)
    if row.past_situations.filter(until__gt=past.until).exists():
        raise ChangeBefore(_("Un changement plus récent existe : retirez-le d'abord."))
    row.mrc_id, row.sector_id, row.employees = past.mrc_id, past.sector_id, past.employees
    row.save()
    past.delete()


@action(access.described)
def move_change(*, situation_id: int, since: date, now: datetime, by: Account | None) -> None:
    """The change was on another day, between those before and after it. Raises ChangeToCome, ChangeBefore."""
    if since > timezone.localdate(now):
        raise ChangeToCome(_("Choisissez aujourd'hui ou un jour passé : le changement se note une fois fait."))
    past = locked(PastSituation, situation_id)
    others = PastSituation.objects.filter(organisation=past.organisation_id).exclude(pk=past.pk)
    low, high = min(past.until, since), max(past.until, since)
    if others.filter(until__gte=low, until__lte=high).exists():
        raise ChangeBefore(_("Un autre changement se trouve entre ces deux jours."))
    past.until = since
    past.save()
