"""Public writes of press."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from maillage.core.actions import Refused, action, check_ours, locked
from maillage.directory.types import Account
from maillage.funding.models import Stream

from . import access
from .models import Mention


class AlreadyThere(Refused):
    """The register has this mention."""


@action(access.a_mention)
def save_mention(*, mention: Mention, by: Account) -> Mention:
    """Make or correct a mention. Raises NotOurs; AlreadyThere for the same day, medium and title."""
    check_ours(mention.organisation_id, stream=(Stream, mention.stream_id))
    same = Mention.objects.filter(
        organisation=mention.organisation_id, on=mention.on, medium=mention.medium, title=mention.title
    )
    if same.exclude(pk=mention.pk).exists():
        raise AlreadyThere(_("Cette mention est déjà dans la revue de presse."))
    mention.save()
    return mention


@action(access.team)
def import_mentions(
    *, organisation_id: int, rows: Iterable[tuple[date, str, str, str, int | None]], by: Account
) -> int:
    """Write rows of (day, medium, title, link, stream); those that are there already stay as they are. How many are
    new. Raises NotOurs."""
    names: tuple[str, ...] = ("on", "medium", "title", "link", "stream_id")
    made: list[dict[str, Any]] = [dict(zip(names, row, strict=True)) for row in rows]
    check_ours(organisation_id, streams=(Stream, {values["stream_id"] for values in made}))
    before = Mention.objects.filter(organisation=organisation_id).count()
    Mention.objects.bulk_create(
        [Mention(organisation_id=organisation_id, **values) for values in made], ignore_conflicts=True
    )
    return Mention.objects.filter(organisation=organisation_id).count() - before


@action(access.mention)
def remove_mention(*, mention_id: int, now: datetime | None, by: Account) -> Mention:
    """Take a mention out of the register at `now`; None puts it back."""
    mention = locked(Mention, mention_id)
    mention.removed_at = now
    mention.save(update_fields=["removed_at"])
    return mention
