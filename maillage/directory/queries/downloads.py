"""The files that a person asked for: their own alone."""

from typing import Any
from uuid import UUID

from django.http import Http404

from ..models import Download

SHOWN = 50


def downloads_of(*, user: Any) -> list[Download]:
    """The latest first."""
    return list(Download.objects.filter(account=user)[:SHOWN])


def download_for(*, user: Any, public_id: UUID) -> Download:
    """One's own file; nobody else's, whatever their roles. Http404."""
    found = Download.objects.filter(account=user, public_id=public_id).first()
    if found is None:
        raise Http404
    return found
