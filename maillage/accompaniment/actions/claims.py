"""Work that was claimed under two agreements which exclude each other: one keeps it, and who chose stays known."""

from datetime import datetime

from django.utils.translation import gettext as _

from maillage.core.actions import Refused, action, locked
from maillage.directory.types import Account

from .. import access
from ..models import Claim, ClaimRelease, Intervention


class NotClaimedTwice(Refused):
    """The intervention is not claimed under both agreements any more."""


@action(access.claimed)
def keep_claim(
    *, intervention_id: int, kept_id: int, released_id: int, now: datetime, by: Account | None
) -> ClaimRelease:
    """The agreement `kept_id` keeps the work; `released_id` no longer counts it. Raises NotClaimedTwice."""
    locked(Intervention, intervention_id)
    claims = {c.agreement_id: c for c in Claim.objects.filter(intervention_id=intervention_id)}
    if kept_id == released_id or not {kept_id, released_id} <= claims.keys():
        raise NotClaimedTwice(_("Cette intervention n'est plus rattachée aux deux ententes : relisez la liste."))
    claims[released_id].delete()
    return ClaimRelease.objects.create(
        intervention_id=intervention_id, kept_id=kept_id, released_id=released_id, at=now, by=by
    )


@action(access.release)
def undo_release(*, release_id: int, now: datetime, by: Account | None) -> None:
    """The work counts under both agreements again, and the choice is to be made anew. Idempotent."""
    release = locked(ClaimRelease, release_id)
    if release.undone_at is None:
        Claim.objects.get_or_create(intervention_id=release.intervention_id, agreement_id=release.released_id)
        release.undone_at, release.undone_by = now, by
        release.save(update_fields=["undone_at", "undone_by"])
