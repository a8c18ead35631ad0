"""Steps that were promised, and whose day has come."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core.dates import say
from maillage.core.presence import Need, Source
from maillage.directory.queries import organisations_where
from maillage.directory.types import RoleKind

from .queries import interventions

ADVISES = (RoleKind.ADVISER.value, RoleKind.MANAGER.value)


def _to_follow_up(user: Any, now: datetime) -> Iterator[Need]:
    """Steps that an adviser promised and whose day has come."""
    if not organisations_where(user=user, kinds=ADVISES):
        return
    today = timezone.localdate(now)
    for step in interventions.next_steps(user=user, today=today, limit=4):
        href = reverse("accompaniment:intervention", args=[step.public_id])
        if step.next_step_on is not None:
            when = say(step.next_step_on, "DATE_FORMAT")
            tone = "bad" if step.next_step_on < today else ""
            title = str(step.next_step) or _("Suite promise")
            yield Need(title, _("Prévu le %(when)s.") % {"when": when}, href, _("Ouvrir"), "handshake", tone)


SOURCES = [Source(40, _to_follow_up)]
