"""Applications that await an opinion."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from maillage.core.presence import Need, Source
from maillage.directory.queries import organisations_where
from maillage.directory.types import RoleKind

from .queries import unread_of

JUDGES = (RoleKind.JUROR.value, RoleKind.ADVISER.value, RoleKind.MANAGER.value, RoleKind.BOARD.value)


def _to_judge(user: Any, now: datetime) -> Iterator[Need]:
    """Applications that await the opinion of a juror, or of an adviser who sits on a jury."""
    if not organisations_where(user=user, kinds=JUDGES):
        return
    for call, count in unread_of(user=user, now=now):
        title = ngettext("%(n)s candidature à évaluer", "%(n)s candidatures à évaluer", count) % {"n": count}
        href = reverse("programmes:jury", args=[call.public_id])
        yield Need(title, call.edition.title, href, _("Évaluer"), "gavel", "warn")


SOURCES = [Source(50, _to_judge)]
