"""What governance knows of a person. The register of those who sat is kept: an erased person has no name there."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.directory.models import Person

from .models import Presence, Term


def terms(person: Person) -> list[dict[str, Any]]:
    """The seats and posts that the person held."""
    rows = Term.objects.filter(person=person).select_related("seat__body__organisation").order_by("during")
    return [
        {
            _("Organisation"): t.seat.body.organisation.name,
            _("Instance"): t.seat.body.name,
            _("Siège"): str(t.seat),
            _("Depuis"): t.during.lower,
            _("Jusqu'au"): t.during.upper - timedelta(days=1) if t.during.upper else None,
            _("Motif de fin"): t.end_reason,
        }
        for t in rows
    ]


def presences(person: Person) -> list[dict[str, Any]]:
    """The meetings where the person's presence was noted."""
    rows = Presence.objects.filter(term__person=person).select_related("meeting__body").order_by("meeting__starts_at")
    return [
        {
            _("Date"): timezone.localdate(p.meeting.starts_at),
            _("Rencontre"): str(p.meeting),
            _("État"): p.get_state_display(),
        }
        for p in rows
    ]
