"""What membership knows of a person (Québec's Law 25)."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.directory.models import Person

from . import actions, queries
from .models import Membership


def memberships(person: Person) -> list[dict[str, Any]]:
    return [
        {
            _("Organisation"): m.organisation.name,
            _("Catégorie"): m.member_class.name,
            _("Numéro"): m.number,
            _("Depuis"): m.during.lower,
            _("Jusqu'au"): m.during.upper,
            _("Montant"): m.fee,
        }
        for m in queries.memberships_of_person(person.pk)
    ]


def end_memberships(person: Person) -> int:
    """Memberships in force end; what was stays in the register, under an anonymous person."""
    today = timezone.localdate()
    held = Membership.objects.filter(person=person, during__contains=today).exclude(during__startswith=today)
    return len([actions.leave(membership_id=m.pk, on=today) for m in held])
