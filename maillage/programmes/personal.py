"""What programmes know of a person, to hand over (Québec's Law 25) and to erase."""

from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from maillage.core import changes
from maillage.directory.models import Person
from maillage.directory.privacy import addresses_of

from .models import Application, Enrolment, Feedback, Registration


def _registrations(person: Person) -> QuerySet[Registration]:
    """Theirs, and those of their address that no person is linked to."""
    rows = Registration.objects.alias(address=Lower("email"))
    return rows.filter(Q(person=person) | Q(person=None, address__in=addresses_of(person)))


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


def enrolments(person: Person) -> list[dict[str, Any]]:
    """The editions that the person takes part in, for their enterprise."""
    rows = Enrolment.objects.filter(person=person).select_related("edition", "enterprise").order_by("joined_on", "pk")
    return [
        {
            _("Depuis"): e.joined_on,
            _("Programme"): str(e.edition),
            _("Entreprise"): e.enterprise.name,
            _("État"): e.get_state_display(),
        }
        for e in rows
    ]


def _applications(person: Person) -> QuerySet[Application]:
    return Application.objects.alias(address=Lower("email")).filter(address__in=addresses_of(person))


def applications(person: Person) -> list[dict[str, Any]]:
    """Applications to a call that name the person's address."""
    return [
        {
            _("Déposée le"): a.submitted_at,
            _("Appel"): str(a.call),
            _("Entreprise"): a.enterprise_name,
            _("Personne"): a.contact_name,
            _("État"): a.get_state_display(),
        }
        for a in _applications(person).select_related("call").order_by("submitted_at", "pk")
    ]


def forget(person: Person) -> int:
    """Presences stay, to be counted; the name, address and needs go, with their history and the opinions given.

    An enterprise's applications stay, without the name and address of who sent them.
    """
    asked = [a.pk for a in _applications(person)]
    Application.objects.filter(pk__in=asked).update(contact_name="—", email="")
    changes.forget_columns(Application, asked, contact_name="—", email="")
    rows = list(_registrations(person))
    keys = [r.pk for r in rows]
    Feedback.objects.filter(registration__in=keys).update(useful="", improve="")
    Registration.objects.filter(pk__in=keys).update(person=None, name="—", email="", phone="", needs="")
    changes.forget(Registration, keys)
    return len(keys) + len(asked)
