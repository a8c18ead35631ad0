"""What programmes know of a person, to hand over (Québec's Law 25) and to erase."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from maillage.directory.models import Person

from .models import Feedback, Registration


def _registrations(person: Person) -> QuerySet[Registration]:
    """Theirs, and those of their address that no person is linked to."""
    mine = Q(person=person)
    if person.email:
        mine |= Q(person=None, email__iexact=person.email)
    return Registration.objects.filter(mine)


def registrations(person: Person) -> list[dict[str, Any]]:
    """The person's registrations and needs."""
    rows = _registrations(person).select_related("activity").order_by("created_at")
    return [
        {
            _("Date"): r.activity.starts_on,
            _("Activité"): r.activity.title,
            _("État"): r.get_state_display(),
            _("Besoins particuliers"): r.needs,
        }
        for r in rows
    ]


def forget(person: Person) -> int:
    """Presences stay, to be counted; the name, address and needs go, with their history and the opinions given."""
    rows = list(_registrations(person))
    keys = [r.pk for r in rows]
    Feedback.objects.filter(registration__in=keys).update(useful="", improve="")
    Registration.objects.filter(pk__in=keys).update(person=None, name="—", email="", phone="", needs="")
    Registration.pgh_event_model.objects.filter(pgh_obj_id__in=keys).delete()  # type: ignore[attr-defined]
    return len(keys)
