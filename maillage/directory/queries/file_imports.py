"""Files that wait to be imported, and those that were."""

from typing import Any
from uuid import UUID

from django.http import Http404

from ..models import FileImport
from .roles import organisations_where

RECENT = 8


def import_for(*, user: Any, public_id: UUID) -> FileImport:
    """A file of an organisation where the user may import that kind. Http404."""
    found = FileImport.objects.select_related("organisation").filter(public_id=public_id).first()
    if found is None or found.organisation_id not in organisations_where(user=user, kinds=found.of.writers):
        raise Http404
    return found


def imports_of(*, organisation_id: int, kind: str) -> list[FileImport]:
    """The latest ones, without their cells."""
    found = FileImport.objects.filter(organisation=organisation_id, kind=kind).defer("rows", "headings")
    return list(found.select_related("uploaded_by")[:RECENT])
