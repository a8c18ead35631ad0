"""Public reads of press, scoped by `user`."""

from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.http import Http404

from maillage.core.typed import search_words
from maillage.directory.models import Organisation
from maillage.directory.queries import organisations_where

from .models import Mention
from .types import READERS, WRITERS


def mentions_for(
    *, user: Any, organisation_ids: list[int], text: str = "", stream_id: int | None = None, removed: bool = False
) -> QuerySet[Mention]:
    """Of these organisations among those whose register the user reads, the latest first; accents do not count."""
    ours = set(organisations_where(user=user, kinds=READERS)) & set(organisation_ids)
    rows = Mention.objects.filter(organisation__in=ours, removed_at__isnull=not removed)
    if stream_id:
        rows = rows.filter(stream=stream_id)
    for word in search_words(text):
        rows = rows.filter(
            Q(title__unaccent__icontains=word)
            | Q(medium__unaccent__icontains=word)
            | Q(about__name__unaccent__icontains=word)
        )
    return rows.select_related("stream", "about", "organisation").order_by("-on", "-pk")


def media_of(*, organisation_id: int, limit: int = 40) -> list[str]:
    """The media of a register, those that speak most of it first."""
    rows = Mention.objects.filter(organisation=organisation_id, removed_at=None).values("medium")
    return [row["medium"] for row in rows.annotate(many=Count("pk")).order_by("-many", "medium")[:limit]]


def mention_for(*, user: Any, public_id: UUID, to_change: bool = False) -> Mention:
    """Http404 for who does not read that register (or keep it, `to_change`)."""
    ours = organisations_where(user=user, kinds=WRITERS if to_change else READERS)
    row = (
        Mention.objects.filter(organisation__in=ours, public_id=public_id)
        .select_related("about", "organisation")
        .first()
    )
    if row is None:
        raise Http404
    return row


def mentions_about(*, enterprise: Organisation, organisation_ids: set[int]) -> QuerySet[Mention]:
    """What the registers of these organisations say of an enterprise (all its duplicates), the latest first."""
    of_it = Q(about=enterprise) | Q(about__merged_into=enterprise)
    rows = Mention.objects.filter(of_it, organisation__in=organisation_ids, removed_at=None)
    return rows.select_related("organisation").order_by("-on", "-pk")
